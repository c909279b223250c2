# Made by .ci/stubs.py: do not edit.
from typing import Callable
from pathlib import Path

__all__ = ['hash_of_files', 'write_in_chunks']

def write_in_chunks(path: str | Path, keys: list, make: Callable, promise: dict, chunk: int=..., progress: bool=...) -> int: ...

def hash_of_files(save: Callable) -> str: ...
