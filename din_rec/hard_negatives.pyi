# Made by .ci/stubs.py: do not edit.
from din_rec.splits import Examples
from din_rec.trainer import RichTrainer
from collections.abc import Sequence
from din_rec.splits import Split
import numpy as np

__all__ = ['draw_hard', 'rank_first']

def rank_first(models: Sequence[RichTrainer], split: Split, rows: Examples, n: int) -> np.ndarray: ...

def draw_hard(models: Sequence[RichTrainer], split: Split, rows: Examples, n: int, *, among: int=..., rng: np.random.Generator) -> np.ndarray: ...
