# Made by .ci/stubs.py: do not edit.
import numpy as np
import pandas as pd

__all__ = ['event_keys', 'grown_table', 'new_events']

def grown_table(old: pd.DataFrame, new: pd.DataFrame, key: str, column: str) -> tuple[pd.DataFrame, np.ndarray]: ...

def event_keys(df: pd.DataFrame, column: str, same: tuple, duplicates: str) -> np.ndarray: ...

def new_events(old: pd.DataFrame, more: pd.DataFrame, clocked: bool) -> tuple[pd.DataFrame, str]: ...
