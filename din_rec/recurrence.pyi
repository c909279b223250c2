# Made by .ci/stubs.py: do not edit.
from torch import Tensor
from torch import nn

__all__ = ['can_walk', 'turn', 'walk']

def can_walk(gru: nn.GRU) -> bool: ...

def walk(gru: nn.GRU, inputs: Tensor, events: Tensor, length: Tensor, last: bool=...) -> Tensor: ...

def turn(x: Tensor, steps: Tensor) -> Tensor: ...
