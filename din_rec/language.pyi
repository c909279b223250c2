# Made by .ci/stubs.py: do not edit.
from collections.abc import Iterable
from collections.abc import Mapping
from din_rec.schema import Meaning
from dataclasses import dataclass

__all__ = ['Language', 'Sentence', 'read_language', 'topic_name', 'wording', 'words_file']

class Sentence:
    def __init__(self, pieces: str | Iterable) -> None: ...
    def render(self, known: Mapping) -> str: ...

@dataclass(frozen=True)
class Language:
    words: dict
    columns: dict
    labels: dict
    topics: dict
    sentences: dict
    lines: dict
    def say(self, template: Sentence, meaning: Meaning, other: bool=..., *, known: Mapping=..., **values) -> str: ...
    def phrase(self, name: str) -> dict: ...

def read_language(lang: str=..., meaning: Meaning=...) -> Language: ...

def wording(lang: str=..., meaning: Meaning=...) -> dict: ...

def topic_name(topic: str, lang: str=..., meaning: Meaning=...) -> str: ...

def words_file(meaning: Meaning=..., columns: Iterable=..., lang: str=...) -> dict: ...
