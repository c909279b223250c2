# Made by .ci/stubs.py: do not edit.
from din_rec.network_settings import DINSettings
from din_rec.batches import ExampleData
from din_rec.processor import FeatureProcessor
from din_rec.trainer import RichTrainer
from din_rec.recipes import Run
from din_rec.splits import Split
import numpy as np

__all__ = ['LikeData', 'like_auc', 'make_like_data', 'protocol_figures', 'task_figures', 'train_to_judge']

class LikeData(ExampleData):
    liked: np.ndarray
    def __getitems__(self, rows): ...

def make_like_data(split: Split, part: str, max_len: int=..., features: FeatureProcessor | None=..., low: float=...) -> LikeData: ...

def like_auc(scorer, data: LikeData) -> float: ...

def train_to_judge(split: Split, settings: DINSettings, seed: int=...) -> RichTrainer: ...

def protocol_figures(run: Run, sample: int=...) -> dict[str, dict]: ...

def task_figures(run: Run) -> dict[str, dict]: ...
