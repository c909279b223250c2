# Made by .ci/stubs.py: do not edit.
from typing import Any
from typing import Optional
from pathlib import Path
from dataclasses import dataclass

__all__ = ['app', 'main']
app: Any

def main(): ...

@dataclass(frozen=True)
class _Asked:
    out: Path
    split: str
    history: str
    repeats: str
    features: bool
    seed: int
    full: bool
    final: bool
    resume: bool
    tensorboard: bool
    record: Optional[Path]
    quiet: bool
    def check(self, settings): ...
