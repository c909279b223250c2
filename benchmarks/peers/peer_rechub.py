"""torch-rechub's DIEN, which always computes its auxiliary loss, and MMOE."""

from peer_common import arguments, measure, versions

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


def train_step(_):
    model.train()
    optimizer.zero_grad()
    answer, more = (model(x), 0) if args.variant == "mmoe" else model(x)
    loss = torch.nn.functional.binary_cross_entropy(answer, y) * answer[0].numel() + more
    loss.backward()
    optimizer.step()
    return B


def infer_step(_):
    model.eval()
    with torch.no_grad():
        model(x)
    return B


shape = dict(batch=B, candidates=1, length=L, dim=D, items=ITEMS, lengths="all 50")
shape["parameters"] = sum(p.numel() for p in model.parameters())
made_with = versions("torch-rechub", "torch")
measure(
    f"rechub_{args.variant}", args, shape, made_with, train_step, infer_step, "samples", "pairs"
)
