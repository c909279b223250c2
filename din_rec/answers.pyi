# Made by .ci/stubs.py: do not edit.
from typing import Any
from typing import Optional
from pathlib import Path
from dataclasses import dataclass

__all__ = ['asking']
asking: Any

@dataclass(frozen=True)
class _Wanted:
    items: Optional[Path]
    where: Optional[str]
    max_per: Optional[list[str]]
    min_score: Optional[float]
    only: Optional[Path]
    exclude: Optional[Path]
    reasons: int
    lang: str
    def check(self, run): ...
    def rules(self, rec): ...
