# Made by .ci/stubs.py: do not edit.
from typing import Any
from din_rec.experiments import Job

__all__ = ['ABLATION', 'COMPARED', 'LARGE', 'LENGTHS', 'NEWER', 'OPINIONS', 'SHORT', 'STUDIED', 'STUDIES', 'TRIED', 'VARIANTS', 'plan']
STUDIES: list[Any]
LENGTHS: tuple[Any, ...]
STUDIED: tuple[Any, ...]
NEWER: tuple[Any, ...]
COMPARED: Any
SHORT: Any
ABLATION: Any
VARIANTS: Any
LARGE: Any
TRIED: Any
OPINIONS: Any

def plan(study: str, data: str=..., seeds: int=..., tiny: bool=...) -> list[Job]: ...
