# Made by .ci/stubs.py: do not edit.
from typing import Any

__all__ = ['plot_by_k', 'plot_ranks']

def plot_by_k(frames: dict, metric: str=..., n_candidates: int | str | None=...) -> Any: ...

def plot_ranks(counts: dict, n_candidates: int=..., bins: int=...) -> Any: ...
