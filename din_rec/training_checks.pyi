# Made by .ci/stubs.py: do not edit.
from collections.abc import Callable
from torch.utils.data import Dataset
from din_rec.batches import ExampleData
from din_rec.processor import FeatureProcessor
from din_rec.models import SequenceModel
from din_rec.splits import Split
from contextlib import contextmanager
import numpy as np
import torch

__all__ = ['auc_and_logloss', 'check_lists', 'check_parts', 'check_training', 'check_validation', 'default_device', 'memory_advice', 'out_of_memory']

def check_parts(model: SequenceModel, features: FeatureProcessor | None, loss: str | Callable): ...

def check_training(train: Dataset, model: SequenceModel, loss: Callable, *, features: FeatureProcessor | None, max_len: int): ...

def check_validation(valid: ExampleData, split: Split, *, features: FeatureProcessor | None, max_len: int): ...

def check_lists(data: ExampleData): ...

def out_of_memory(error: BaseException) -> bool: ...

@contextmanager
def memory_advice(advice: str): ...

def auc_and_logloss(scores: np.ndarray) -> dict: ...

def default_device() -> torch.device: ...
