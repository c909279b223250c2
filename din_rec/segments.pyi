# Made by .ci/stubs.py: do not edit.
from din_rec.splits import Split
import numpy as np
import pandas as pd

__all__ = ['mean_by_segment', 'segment_labels']

def segment_labels(split: Split, by: str, users: np.ndarray, most: int=...) -> pd.Series: ...

def mean_by_segment(frame: pd.DataFrame, labels: pd.Series, names: list | None=...) -> pd.DataFrame: ...
