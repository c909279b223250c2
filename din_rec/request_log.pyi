# Made by .ci/stubs.py: do not edit.
from pydantic import BaseModel
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path

__all__ = ['RequestLog', 'pseudonym', 'replay']

def pseudonym(user: str | None, key: bytes) -> str | None: ...

class RequestLog:
    def __init__(self, path: str | Path, key: bytes, most: int=...) -> None: ...
    def write(self, path: str, asked: BaseModel, answer: dict) -> None: ...

def replay(lines: Iterable, open_run: Callable, key: bytes, users: Iterable) -> dict: ...
