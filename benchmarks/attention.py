"""DIN's local activation unit: eq. 3 of the paper word by word against the regrouped form of chapter 2 (equal to 1e-5 there).

`plain` writes the four blocks out and uses our activations; `first` also uses activations as one would write them first."""

import torch
from torch import nn
from common import alternate, record
from din_rec.attention import DINAttention, Dice, activate, make_activation


class FirstDice(Dice):
    "The formula as it stands, statistics by picking the unpadded rows"

    def forward(self, s, mask=None):
        mean, var = self.mean, self.var
        if self.training:
            rows = s[mask.expand(s.shape[:-1])]
            mean, var = rows.mean(0), rows.var(0, unbiased=False)
            self.mean.lerp_(mean.detach(), self.momentum)
            self.var.lerp_(var.detach(), self.momentum)
        p = torch.sigmoid((s - mean) / (var + self.eps).sqrt())
        return p * s + (1 - p) * self.alpha * s


class Plain(nn.Module):
    "All four blocks written out for every (history item, candidate) pair"

    def __init__(self, dim, hidden, activation, first=False):
        super().__init__()
        make = (
            {'dice': FirstDice, 'prelu': nn.PReLU, 'relu': lambda width: nn.ReLU()}[activation]
            if first
            else lambda width: make_activation(activation, width)
        )
        self.layers = nn.ModuleList(
            nn.Linear(a, b) for a, b in zip((4 * dim, *hidden), (*hidden, 1))
        )
        self.activations, self.first = nn.ModuleList(make(width) for width in hidden), first

    def activate(self, layer, x, mask):
        if not self.first:
            return activate(layer, x, mask)
        if isinstance(layer, Dice):
            return layer(x, mask)
        return layer(x.flatten(0, -2)).view_as(x)  # PReLU wants its columns second

    def forward(self, query, keys, mask, age=None):
        q = query[:, :, None].expand(-1, -1, keys.shape[1], -1)
        k = keys[:, None].expand_as(q)
        x = torch.cat([k, q, k * q, k - q], -1)
        for layer, activation in zip(self.layers, self.activations):
            x = self.activate(activation, layer(x), mask[:, None])
        return (self.layers[-1](x).squeeze(-1) * mask[:, None]) @ keys


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    L, D, results = 50, 64, {}
    for B, C in (256, 1), (64, 8):
        query, keys, mask = (
            torch.randn(B, C, D, requires_grad=True),
            torch.randn(B, L, D, requires_grad=True),
            torch.rand(B, L) < 0.9,
        )
        for hidden in (36,), (80, 40):
            for activation in 'relu', 'prelu', 'dice':
                units = {
                    'ours': DINAttention(D, hidden, activation),
                    'plain': Plain(D, hidden, activation),
                    'first': Plain(D, hidden, activation, first=True),
                }
                train = lambda unit: lambda: unit(query, keys, mask).sum().backward()
                infer = lambda unit: lambda: unit(query, keys, mask)
                name = f'{B} x {C} pairs, hidden {hidden}, {activation}'
                for what, run in ('training', train), ('inference', infer):
                    for unit in units.values():
                        unit.train(what == 'training')
                    with torch.set_grad_enabled(what == 'training'):
                        for other in 'plain', 'first':
                            ours, _, ratio = alternate(run(units['ours']), run(units[other]), 9)
                            results.setdefault(name, {})[f'{what}, {other} / ours'] = round(
                                ratio, 2
                            )
                    results[name][f'{what}, microseconds a pair'] = round(ours / B / C * 1e6, 1)
    record(__file__, results)


if __name__ == '__main__':
    main()
