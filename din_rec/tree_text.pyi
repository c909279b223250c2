# Made by .ci/stubs.py: do not edit.
from din_rec.hybrid import LightGBMRanker
from pathlib import Path

__all__ = ['load_trees', 'save_trees']

def save_trees(ranker: LightGBMRanker, path: str | Path) -> None: ...

def load_trees(ranker: LightGBMRanker, path: str | Path) -> LightGBMRanker: ...
