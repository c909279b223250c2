"""yueqirex/LRURec (lru.py of its model folder to be fetched by hand; LRUREC names the folder it is in).

Its steps are those of its trainer: full softmax of all places, AdamW, gradients clipped at 5.
"""

import os
import sys
from types import SimpleNamespace

from peer_common import arguments, measure, versions

import torch

torch.set_num_threads(1)
sys.path.insert(0, os.environ["LRUREC"])  # folder with lru.py
from lru import LRU

args = arguments(["default"])
B, L, ITEMS = 64, 50, 1682
torch.manual_seed(1)
model = LRU(
    SimpleNamespace(
        num_items=ITEMS,
        bert_hidden_units=64,
        bert_num_blocks=2,
        bert_dropout=0.2,
        bert_attn_dropout=0.2,
        dataset_code="ml-100k",
    )
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
criterion = torch.nn.CrossEntropyLoss(ignore_index=0)
hist, target = torch.randint(1, ITEMS + 1, (2, B, L))
there = torch.arange(L) >= L - 1 - (torch.arange(256) % L)[:, None]  # 1..50 in turn, as ours
windows = torch.randint(1, ITEMS + 1, (256, L)) * there


def train_step(_):
    model.train()
    optimizer.zero_grad()
    criterion(model(hist)[0].flatten(0, 1), target.flatten()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return B * L


def infer_step(_):
    model.eval()  # its trainer scores all places and reads the last; here only that one is scored
    only = model.model.lru_blocks[-1].register_forward_hook(lambda block, x, y: y[:, -1:])
    with torch.no_grad():
        model(windows)[0]
    only.remove()
    return len(windows)


shape = dict(batch=B, length=L, items=ITEMS, targets_a_batch=B * L)
shape["parameters"] = sum(p.numel() * (1 + p.is_complex()) for p in model.parameters())
measure(
    "lrurec",
    args,
    shape,
    ["yueqirex/LRURec model/lru.py e02a559bd8c42342f5c53d69cefea2589becb22c", *versions("torch")],
    train_step,
    infer_step,
    "targets",
    "users (scores of all items)",
)
