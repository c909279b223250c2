# Made by .ci/stubs.py: do not edit.
from typing import Any
from din_rec.data import Interactions
from pathlib import Path
import os
import pandas as pd

__all__ = ['ARCHIVES', 'LARGEST_MEMBER', 'fetch', 'is_log_file', 'load', 'read_log', 'read_table', 'synthetic']

def is_log_file(path: str | os.PathLike) -> bool: ...

def read_table(path: str | os.PathLike, encoding: str=..., ids: tuple | str=..., sep: str | None=...) -> pd.DataFrame: ...

def read_log(path: str | os.PathLike, user: str=..., item: str=..., time: str=..., rating: str | None=..., encoding: str=..., sep: str | None=..., **kw) -> Interactions: ...
LARGEST_MEMBER: Any
ARCHIVES: Any

def fetch(name: str, cache: str | os.PathLike | None=..., source: tuple | None=..., timeout: float=..., progress: bool=...) -> Path: ...

def load(name: str | os.PathLike=..., root: str | os.PathLike | None=..., **kw) -> Interactions: ...

def synthetic(n_users: int=..., n_items: int=..., n_events: int=..., seed: int=..., series: float=...) -> Interactions: ...
