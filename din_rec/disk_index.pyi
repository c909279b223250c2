# Made by .ci/stubs.py: do not edit.
from collections.abc import Callable
from din_rec.index import Catalogue
from collections.abc import Iterator
from din_rec.index import LogIndex
from typing import NamedTuple
from din_rec.index import Neighbours
from pathlib import Path
from din_rec.sharded_log import Shard
from din_rec.sharded_log import ShardedLog
import numpy as np
import pandas as pd

__all__ = ['DiskIndex', 'features_of_shard', 'write_features', 'write_index']

class _Seen(NamedTuple):
    user: np.ndarray
    item: np.ndarray
    time: np.ndarray
    rating: np.ndarray
    kind: np.ndarray

class _Source:
    def __init__(self, log, folder, shown, rows) -> None: ...
    def __iter__(self) -> Iterator[_Seen]: ...
    def files(self, before, n): ...

class _Sums:
    def __init__(self, write) -> None: ...
    def add(self, ratings): ...

def write_index(log: ShardedLog, folder: str | Path, shown: Callable | None=..., neighbours: bool=..., rows: int=...) -> None: ...

class DiskIndex(LogIndex):
    def __init__(self, shard: Shard, folder: str | Path, catalogue: Catalogue | None=...) -> None: ...
    @property
    def neighbours(self) -> Neighbours: ...

class _Midnights:
    def __init__(self, path, first) -> None: ...
    def __contains__(self, key): ...
    def __getitem__(self, key): ...

def features_of_shard(shard: Shard, index: str | Path, names: list | str | None=..., *, part: str=..., max_len: int=..., split: Callable=...) -> pd.DataFrame: ...

def write_features(log: ShardedLog, index: str | Path, folder: str | Path, names: list | str | None=..., *, workers: int=..., **how) -> None: ...
