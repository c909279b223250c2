# Made by .ci/stubs.py: do not edit.
from typing import Any
from pathlib import Path
from din_rec.recipes import Run

__all__ = ['HASTY', 'quick_runs', 'run_quickstart', 'someone']
HASTY: Any

def quick_runs(split, seed: int=..., progress: bool=...): ...

def someone(run: Run): ...

def run_quickstart(split, out: str | Path, seed: int=..., progress: bool=...): ...
