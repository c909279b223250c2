"""One step through DIN's unit of one hidden layer, there and back: by PyTorch's derivative, the same some rows at a time and computed anew on the way back, compiled, and by hand (chapter 6c).

The compiler needs a C++ compiler at hand; its own time is not counted."""

import torch
import torch.nn.functional as F
from common import record, seconds
import numpy as np
from torch.utils.checkpoint import checkpoint
from din_rec.derivatives import UnitFunction

B, L, C, D, H, ROWS = 128, 50, 8, 64, 36, 13


def plain(k, q, b, W, W_p, alpha, v):
    "v·PReLU(A_q k + b_q) in the regrouped form"
    A = (W + W_p * q.unsqueeze(2)).flatten(1, 2)
    s = torch.bmm(k, A.mT).add_(b.flatten(1).unsqueeze(1)).view(-1, H)
    return F.prelu(s, alpha).view(-1, L, C, H) @ v


def in_rows(k, q, b, *parameters):
    pieces = zip(*(x.split(ROWS) for x in (k, q, b)))
    return torch.cat([checkpoint(plain, *p, *parameters, use_reentrant=False) for p in pieces])


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    shapes = (B, L, D), (B, C, D), (B, C, H), (H, D), (H, D), (H,), (H,)
    inputs = [torch.randn(shape, requires_grad=True) for shape in shapes]
    g = torch.randn(B, L, C)
    ways = {
        "PyTorch's derivative": plain,
        'the same, some rows at a time': in_rows,
        'compiled': torch.compile(plain, dynamic=False),
        'by hand': lambda *x: UnitFunction.apply(*x, ROWS),
    }
    step = lambda unit: lambda: torch.autograd.grad(unit(*inputs), inputs, g)
    wanted = step(plain)()
    for unit in ways.values():
        for one, other in zip(step(unit)(), wanted):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3 * other.abs().max().item())
    times = {name: [] for name in ways}
    for _ in range(25):
        for name, unit in ways.items():
            times[name].append(seconds(step(unit)))
    took = {name: float(np.median(t)) for name, t in times.items()}
    record(
        __file__,
        {
            name: {'ms': round(1e3 * t, 1), 'times by hand': round(t / took['by hand'], 2)}
            for name, t in took.items()
        },
    )


if __name__ == '__main__':
    main()
