# Made by .ci/stubs.py: do not edit.
from torch import Tensor
from torch import nn
import torch

__all__ = ['GRUFunction', 'can_walk', 'recur', 'turn', 'walk']

def can_walk(gru: nn.GRU) -> bool: ...

def walk(gru: nn.GRU, inputs: Tensor, events: Tensor, length: Tensor, last: bool=...) -> Tensor: ...

class GRUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, mask: Tensor, W_i: Tensor, W_h: Tensor, b_i: Tensor, b_h: Tensor) -> Tensor: ...
    @staticmethod
    def backward(ctx, d: Tensor): ...

def turn(x: Tensor, steps: Tensor) -> Tensor: ...

def recur(gru: nn.GRU, x: Tensor, mask: Tensor) -> Tensor: ...
