# Made by .ci/stubs.py: do not edit.
from din_rec.splits import Examples
from din_rec.trainer import RichTrainer
import numpy as np
import pandas as pd

__all__ = ['ask_fewer', 'block_counts', 'rank_in_blocks']

def block_counts(trainer: RichTrainer, examples: Examples, users: int=..., items: int=...) -> tuple[np.ndarray, np.ndarray]: ...

def rank_in_blocks(trainer: RichTrainer, examples: Examples, ks: tuple=..., **blocks) -> pd.DataFrame: ...

def ask_fewer(examples: Examples, n: int, seed: int=...) -> Examples: ...
