# Made by .ci/stubs.py: do not edit.
from typing import Any
from din_rec.splits import Examples
import numpy as np

__all__ = ['plot_by_k', 'plot_ranks', 'plot_timeline']

def plot_by_k(frames: dict, metric: str=..., n_candidates: int | str | None=...) -> Any: ...

def plot_ranks(counts: dict, n_candidates: int=..., bins: int=...) -> Any: ...

def plot_timeline(examples: Examples, candidates: np.ndarray): ...
