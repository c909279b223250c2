# Made by .ci/stubs.py: do not edit.
from typing import Any
from collections.abc import Callable
from din_rec.models import Encoder
from torch import Tensor
from torch import nn
import torch

__all__ = ['LOSSES', 'binary_loss', 'bpr_max_loss', 'catalogue_loss', 'list_logits', 'minibatch_aware', 'softmax_loss', 'window_users']

def window_users(model: nn.Module, batch: dict) -> tuple[Tensor, Tensor]: ...

def list_logits(model: nn.Module, batch: dict) -> Tensor: ...

def binary_loss(model: nn.Module, batch: dict) -> tuple[Tensor, int]: ...

def softmax_loss(model: nn.Module, batch: dict) -> tuple[Tensor, int]: ...

def bpr_max_loss(model: nn.Module, batch: dict, regularization: float=...) -> tuple[Tensor, int]: ...

class _CatalogueCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, W, b, y, rows): ...
    @staticmethod
    def backward(ctx, g): ...

def catalogue_loss(model: Encoder, batch: dict, rows: int=...) -> tuple[Tensor, int]: ...
LOSSES: Any

def minibatch_aware(loss: Callable, counts: Tensor, weight: float) -> Callable: ...
