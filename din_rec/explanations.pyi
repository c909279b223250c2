# Made by .ci/stubs.py: do not edit.
from din_rec.splits import Examples
from collections.abc import Iterable
from collections.abc import Iterator
from din_rec.hybrid import LightGBMRanker
from din_rec.schema import Meaning
from dataclasses import dataclass
import numpy as np
import pandas as pd

__all__ = ['Explanation', 'Reason', 'ablate_columns', 'adjusted_scores', 'deletion_test', 'explain', 'explanation_text', 'history_influence', 'reasons', 'reasons_of_lists', 'supporting', 'topic_of', 'topic_values', 'with_reasons', 'without_event']

def topic_of(ranker: LightGBMRanker) -> dict: ...

def topic_values(ranker: LightGBMRanker, examples: Examples, candidates: np.ndarray, table: np.ndarray | None=...) -> pd.DataFrame: ...

def history_influence(trainer, examples: Examples, candidate: int) -> pd.DataFrame: ...

@dataclass
class Reason:
    topic: str
    text: str
    contribution: float

def reasons(ranker: LightGBMRanker, examples: Examples, candidate: int, lang: str=..., history: pd.DataFrame | None=..., dated: bool=..., values: pd.Series | None=...) -> list: ...

def supporting(ranker: LightGBMRanker, examples: Examples, items: np.ndarray, most: int=..., *, lang: str=..., table: np.ndarray | None=..., dated: bool=...) -> list: ...

def reasons_of_lists(ranker: LightGBMRanker, examples: Examples, items: np.ndarray, most: int=..., lang: str=...) -> np.ndarray: ...

def with_reasons(chunks: Iterable, ranker: LightGBMRanker, examples: Examples, first: int, lang: str=...) -> Iterator: ...

def adjusted_scores(ranker: LightGBMRanker, examples: Examples, candidates: np.ndarray, weights: dict) -> np.ndarray: ...

def without_event(examples: Examples, item: int) -> Examples: ...

@dataclass
class Explanation:
    title: str
    day: str
    rank: int
    n: int
    reasons: list
    history: pd.DataFrame
    without: tuple | None
    suggestion: tuple | None
    lang: str
    tainted: bool
    meaning: Meaning
    other: bool = ...
    def __str__(self): ...

def explanation_text(explanation: Explanation) -> str: ...

def explain(ranker: LightGBMRanker, examples: Examples, item: int, candidates: np.ndarray | None=..., lang: str=..., dated: bool=...) -> Explanation: ...

def ablate_columns(ranker: LightGBMRanker, x: np.ndarray, columns: list) -> np.ndarray: ...

def deletion_test(ranker: LightGBMRanker, examples: Examples, items: np.ndarray, n: int=..., seed: int=...) -> pd.DataFrame: ...
