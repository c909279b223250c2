# Made by .ci/stubs.py: do not edit.
from typing import Any
from din_rec.attributes import Attribute
from collections.abc import Callable
from din_rec.splits import Examples
from din_rec.data import Interactions
from dataclasses import dataclass

__all__ = ['TOPICS', 'Topic', 'column_topic', 'facts', 'facts_of', 'kind_topic', 'named_columns', 'topics_of']

def facts(examples: Examples, candidate: int, kept: dict | None=...) -> dict: ...

@dataclass(frozen=True)
class Topic:
    sentence: str
    holds: Callable
    columns: tuple = ...
    attribute: Attribute | None = ...
    count: Callable | None = ...
TOPICS: Any

def topics_of(data: Interactions) -> dict: ...

def column_topic(name: str) -> str: ...

def kind_topic(kind: str) -> str: ...

def named_columns() -> dict: ...

def facts_of(known: dict, name: str) -> dict: ...
