# Made by .ci/stubs.py: do not edit.
from pathlib import Path
import numpy as np

__all__ = ['forget_in', 'forgotten']

def forget_in(folder: str | Path, user: str) -> None: ...

def forgotten(folder: str | Path, users) -> np.ndarray: ...
