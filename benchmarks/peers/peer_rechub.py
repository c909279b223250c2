"""torch-rechub's DIEN, which always computes its auxiliary loss, and MMOE."""

from peer_common import arguments, measure_samples, versions

import torch

torch.set_num_threads(1)
from torch_rechub.basic.features import SequenceFeature, SparseFeature
from torch_rechub.models.multi_task import MMOE
from torch_rechub.models.ranking import DIEN

args = arguments(["dien_auxiliary", "mmoe"])
B, L, D, ITEMS = 4096, 50, 64, 1682
how = dict(vocab_size=ITEMS + 1, embed_dim=D, padding_idx=0)
item, other = SparseFeature("item", **how), SparseFeature("other", shared_with="item", **how)
history = lambda name, pooling: SequenceFeature(name, pooling=pooling, shared_with="item", **how)
torch.manual_seed(1)
if args.variant == "mmoe":  # `other` stands where ours has the product of interest and candidate
    model = MMOE(
        [item, history("hist", "mean"), other],
        ["classification"] * 2,
        4,
        dict(dims=[128], activation="relu"),
        [dict(dims=[64], activation="relu")] * 2,
    )
else:
    sequences = [history("hist", "concat")], [history("wrong", "concat")]
    model = DIEN([other], *sequences, [item], dict(dims=[256, 128]), alpha=1.0)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
ids = lambda *shape: torch.randint(1, ITEMS + 1, shape)
x = dict(item=ids(B), other=ids(B), hist=ids(B, L), wrong=ids(B, L))
y = torch.randint(0, 2, (B, 2) if args.variant == "mmoe" else (B,)).float()


def loss():
    answer, more = (model(x), 0) if args.variant == "mmoe" else model(x)
    return torch.nn.functional.binary_cross_entropy(answer, y) * answer[0].numel() + more


made_with, how = versions("torch-rechub", "torch"), dict(loss=loss, answer=lambda: model(x))
shape = dict(batch=B, length=L, dim=D, items=ITEMS)
measure_samples(f"rechub_{args.variant}", args, made_with, model, optimizer, **how, **shape)
