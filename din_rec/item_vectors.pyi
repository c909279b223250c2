# Made by .ci/stubs.py: do not edit.
from din_rec.data import Interactions
from din_rec.splits import Split
from torch import Tensor
from dataclasses import dataclass
from torch import nn
import numpy as np

__all__ = ['Content', 'ItemVectors', 'content_of', 'grown', 'known_by_columns', 'unmet']

@dataclass(frozen=True)
class Content:
    codes: np.ndarray
    numbers: np.ndarray
    n_codes: int

def content_of(data: Interactions, table: str=..., every: bool=...) -> Content | None: ...

class ItemVectors(nn.Embedding):
    def __init__(self, n_items: int, dim: int) -> None: ...
    def describe(self, content: Content) -> 'ItemVectors': ...
    def table(self) -> Tensor: ...
    def forward(self, ids: Tensor) -> Tensor: ...

def unmet(split: Split) -> np.ndarray: ...

def known_by_columns(net: nn.Module, new: np.ndarray) -> None: ...

def grown(net: nn.Module, content: Content) -> None: ...
