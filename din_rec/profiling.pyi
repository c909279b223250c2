# Made by .ci/stubs.py: do not edit.
from din_rec.batches import ExampleData
from din_rec.trainer import RichTrainer
from din_rec.batches import WindowData
import pandas as pd

__all__ = ['profile_training']

class _Stopwatch:
    def __init__(self, device) -> None: ...
    def reset(self): ...
    def lap(self, name): ...

def profile_training(trainer: RichTrainer, train: ExampleData | WindowData, steps: int=...) -> pd.Series: ...
