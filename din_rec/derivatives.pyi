# Made by .ci/stubs.py: do not edit.
from torch import Tensor
import torch

__all__ = ['CandidateMatrix', 'DiceFunction', 'NARMFunction', 'PReLUFunction', 'UnitFunction']

class DiceFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, s: Tensor, alpha: Tensor, mean: Tensor, rate: Tensor, w: Tensor | None) -> Tensor: ...
    @staticmethod
    def backward(ctx, g: Tensor): ...

class PReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, s: Tensor, alpha: Tensor) -> Tensor: ...
    @staticmethod
    def backward(ctx, g: Tensor): ...

class CandidateMatrix(torch.autograd.Function):
    @staticmethod
    def forward(ctx, W: Tensor, W_p: Tensor, q: Tensor) -> Tensor: ...
    @staticmethod
    def backward(ctx, g: Tensor): ...

class UnitFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, k: Tensor, q: Tensor, b: Tensor, W: Tensor, W_p: Tensor, alpha: Tensor, v: Tensor, rows: int) -> Tensor: ...
    @staticmethod
    def backward(ctx, g: Tensor): ...

class NARMFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p: Tensor, q: Tensor, v: Tensor, first: Tensor) -> Tensor: ...
    @staticmethod
    def backward(ctx, g: Tensor): ...
