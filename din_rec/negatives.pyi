# Made by .ci/stubs.py: do not edit.
from typing import Any
from collections.abc import Callable
from torch import Tensor
from din_rec.declarations import TrainingSettings
from torch import nn

__all__ = ['LOSSES', 'contrastive', 'gbce_loss', 'logq_loss', 'make_loss', 'nt_xent', 'view']

def logq_loss(model: nn.Module, batch: dict) -> tuple[Tensor, int]: ...

def gbce_loss(model: nn.Module, batch: dict, calibration: float=..., hardness: float=...) -> tuple[Tensor, int]: ...

def view(batch: dict, shares: tuple=...) -> dict: ...

def nt_xent(one: Tensor, other: Tensor, temperature: float=...) -> Tensor: ...

def contrastive(loss: Callable, weight: float=..., temperature: float=...) -> Callable: ...
LOSSES: Any

def make_loss(settings: TrainingSettings) -> Callable: ...
