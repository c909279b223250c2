# Made by .ci/stubs.py: do not edit.
from collections.abc import Callable
from din_rec.hybrid import LightGBMRanker
from pathlib import Path
from din_rec.sharded_log import ShardedLog
import numpy as np

__all__ = ['fit_trees_by_dask', 'lists_of_shard']

def lists_of_shard(ranker: LightGBMRanker, log: ShardedLog, n: int, *, index: str | Path, split: Callable=..., last: int=..., moments: int | None=..., seed: int=...) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...

def fit_trees_by_dask(ranker: LightGBMRanker, log: ShardedLog, index: str | Path, client, *, seed: int=..., tries: int=..., **how) -> LightGBMRanker: ...
