"""DIN's local activation unit: eq. 3 of the paper word by word against the regrouped form of chapter 2 (equal to 1e-5 there)."""
import torch
from torch import nn
from common import alternate, record
from din_rec.attention import DINAttention, activate, make_activation


class Plain(nn.Module):
    "All four blocks written out for every (history item, candidate) pair"
    def __init__(self, dim, hidden, activation):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip((4 * dim, *hidden), (*hidden, 1)))
        self.activations = nn.ModuleList(make_activation(activation, width) for width in hidden)
    def forward(self, query, keys, mask):
        q = query[:, :, None].expand(-1, -1, keys.shape[1], -1)
        k = keys[:, None].expand_as(q)
        x = torch.cat([k, q, k * q, k - q], -1)
        for layer, activation in zip(self.layers, self.activations): x = activate(activation, layer(x), mask[:, None])
        return (self.layers[-1](x).squeeze(-1) * mask[:, None]) @ keys


torch.manual_seed(0)
torch.set_num_threads(1)
B, C, L, D = 64, 8, 50, 64
query, keys, mask = torch.randn(B, C, D, requires_grad=True), torch.randn(B, L, D, requires_grad=True), torch.rand(B, L) < .9
results = {}
for hidden in (36,), (80, 40):
    for activation in 'prelu', 'dice':
        fast, plain = DINAttention(D, hidden, activation), Plain(D, hidden, activation)
        train = lambda unit: lambda: unit(query, keys, mask).sum().backward()
        infer = lambda unit: lambda: unit(query, keys, mask)
        name = f'hidden {hidden}, {activation}'
        ours, theirs, ratio = alternate(train(fast), train(plain), 9)
        results[f'{name}: training, microseconds a pair, ours'] = round(ours / B / C * 1e6, 1)
        results[f'{name}: training, plain / ours'] = round(ratio, 2)
        fast.eval(), plain.eval()
        with torch.no_grad(): ours, theirs, ratio = alternate(infer(fast), infer(plain), 9)
        results[f'{name}: inference, microseconds a pair, ours'] = round(ours / B / C * 1e6, 1)
        results[f'{name}: inference, plain / ours'] = round(ratio, 2)
record(__file__, results)
