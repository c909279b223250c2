# Made by .ci/stubs.py: do not edit.
from collections.abc import Iterable
from din_rec.schema import Meaning
from jinja2 import Template
from dataclasses import dataclass

__all__ = ['Language', 'read_language', 'topic_name', 'wording', 'words_file']

@dataclass(frozen=True)
class Language:
    words: dict
    columns: dict
    labels: dict
    topics: dict
    sentences: dict
    lines: dict
    def say(self, template: Template, meaning: Meaning, other: bool=..., **values) -> str: ...
    def phrase(self, name: str) -> dict: ...

def read_language(lang: str=..., meaning: Meaning=...) -> Language: ...

def wording(lang: str=..., meaning: Meaning=...) -> dict: ...

def topic_name(topic: str, lang: str=..., meaning: Meaning=...) -> str: ...

def words_file(meaning: Meaning=..., columns: Iterable=..., lang: str=...) -> dict: ...
