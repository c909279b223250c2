# Made by .ci/stubs.py: do not edit.
import ast
import numpy as np
import pandas as pd

__all__ = ['columns_in', 'read_condition', 'rows_where']

def read_condition(condition: str) -> ast.expr: ...

def rows_where(table: pd.DataFrame, condition: str) -> np.ndarray: ...

def columns_in(condition: str | None) -> set: ...
