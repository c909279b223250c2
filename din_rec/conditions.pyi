# Made by .ci/stubs.py: do not edit.
import numpy as np
import pandas as pd

__all__ = ['rows_where']

def rows_where(table: pd.DataFrame, condition: str) -> np.ndarray: ...
