# Made by .ci/stubs.py: do not edit.
from pathlib import Path
from din_rec.recipes import Run
from contextlib import contextmanager

__all__ = ['claim_folder', 'count_evaluation', 'folder_lock', 'free_arguments']

@contextmanager
def folder_lock(out: str | Path): ...

def count_evaluation(folder: str | Path, run: Run) -> None: ...

def claim_folder(out: str | Path, asked: dict, resume: bool, look: bool=..., free: dict | None=...) -> None: ...

def free_arguments(out: str | Path) -> dict: ...
