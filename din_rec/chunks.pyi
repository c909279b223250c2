# Made by .ci/stubs.py: do not edit.
from typing import Callable
from pathlib import Path

__all__ = ['write_in_chunks']

def write_in_chunks(path: str | Path, keys: list, make: Callable, promise: dict, chunk: int=..., progress: bool=...) -> int: ...
