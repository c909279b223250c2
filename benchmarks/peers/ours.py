"""Our models in the shapes of the peers, by the same clock (see peer_common.py)."""

from peer_common import arguments, edges, measure, versions

import os
import numpy as np
import torch

from din_rec import models
from din_rec.attentive import BERT4Rec, LiGR
from din_rec.graph import graph_loss, normalised_adjacency, propagate
from din_rec.interest import DIEN
from din_rec.linear_recurrence import LRURec
from din_rec.multitask import MMoE
from din_rec.trainer import RichTrainer

READERS = ["din_relu", "din_sigmoid", "din_dice", "dien", "dien_auxiliary", "mmoe", "mmoe_mean"]
ENCODERS = ["sasrec_bce", "sasrec", "gru4rec", "narm", "gru4rec_64", "narm_64"]
ENCODERS += ["bert4rec", "ligr", "lrurec"]
args = arguments([*READERS, *ENCODERS, "lightgcn"])
kind, *width = args.variant.split("_")
ITEMS, L = 1682, 50
rng = np.random.default_rng(1)
torch.manual_seed(1)
ids = lambda *shape: torch.from_numpy(rng.integers(1, ITEMS + 1, shape))


class Mean(torch.nn.Module):
    "The mean of a history in place of DIN's attention, as MMoE's peers have it"

    def forward(self, q, keys, mask, age):
        weights = mask / mask.sum(1, keepdim=True).clamp(min=1)
        return weights.unsqueeze(1) @ keys  # [B, 1, D]


def learned(model, loss, batch, count, infer, everybody, pieces=1):
    "Steps of a trainer, and of inference in pieces of 256"
    trainer = RichTrainer(
        model, loss=loss, batch_size=len(batch["hist"]), accumulate=pieces, progress=False
    )
    parts = [({k: v[i::pieces] for k, v in batch.items()}, 1.0) for i in range(pieces)]

    def train_step(_):
        model.train()
        trainer._step(parts)
        return count

    def infer_step(_):
        model.eval()
        with torch.no_grad():
            for i in range(0, len(infer["hist"]), 256):
                some = {k: v[i : i + 256] for k, v in infer.items()}
                model.all_logits(model.encode(some)) if everybody else model(some)
        return len(infer["hist"])

    return train_step, infer_step


if args.variant in READERS:  # one candidate a row, labels 0 or 1, batches of 4,096 in pieces
    B, D, pieces = 4096, 64, int(os.environ.get("PIECES", 8 if kind == "mmoe" else 32))
    how = dict(dropout=0.0, activation=args.variant[4:] if kind == "din" else "relu")
    if kind == "dien":
        alpha = float(args.variant.endswith("auxiliary"))
        model = DIEN(ITEMS, D, hidden=(256, 128), auxiliary_weight=alpha, **how)
    elif kind == "mmoe":
        model = MMoE(ITEMS, D, hidden=(128, 64), position=0, **how)
        if args.variant == "mmoe_mean":
            model.attention = Mean()
    else:
        model = models.DIN(ITEMS, D, attention=(80, 40), hidden=(256, 128), position=0, **how)
    batch = dict(hist=ids(B, L), cand=ids(B, 1), label=torch.randint(0, 2, (B, 1)).float())
    batch["liked"] = torch.randint(0, 2, (B,)).float()
    shape = dict(batch=B, pieces=pieces, candidates=1, length=L, dim=D, lengths="all 50")
    units = "samples", "pairs"
    steps = learned(model, "binary", batch, B, batch, False, pieces)
elif args.variant in ENCODERS:
    asked = np.arange(256) % L + 1  # lengths at inference: 1..50 in turn, as RecBole's
    if args.variant == "sasrec_bce":  # one window of 50 a user, as SASRec.pytorch has it
        B, model = 128, models.SASRec(ITEMS, 50, 0.2, blocks=2, heads=1, max_len=L)
        loss, rows = "binary", dict(negatives=ids(B, L, 1))
        of_users = np.minimum(rng.geometric(1 / 95, B + 256) + 10, L)
        lengths, asked = of_users[:B], of_users[B:]  # about 41 on average, as in ml-100k
    else:  # targets of full windows against the whole catalogue; widths as RecBole's, or 64
        B, loss, rows, lengths = 64, "catalogue", {}, np.full(64, L)
        block = dict(blocks=2, heads=2, inner=256, max_len=L)
        model = {
            "sasrec": lambda: models.SASRec(ITEMS, 64, 0.5, **block),
            "gru4rec": lambda: models.GRU4Rec(ITEMS, 64, 0.3, hidden=64 if width else 128),
            "narm": lambda: models.NARM(ITEMS, 64, 0.3, hidden=64 if width else 128),
            "bert4rec": lambda: BERT4Rec(ITEMS, 64, 0.2, **block),
            "ligr": lambda: LiGR(ITEMS, 64, 0.2, **block),
            "lrurec": lambda: LRURec(ITEMS, 64, 0.2),
        }[kind]()
    inside = torch.arange(L) >= L - torch.from_numpy(lengths)[:, None]
    batch = dict(hist=ids(B, L) * inside, target=ids(B, L) * inside, **rows)
    if rows:
        batch["negatives"] = batch["negatives"] * inside.unsqueeze(2)
    if kind == "bert4rec":  # ten of fifty places are masked, and are the targets
        masked = torch.rand(B, L).argsort(1) < 10
        batch = dict(hist=ids(B, L) * ~masked, target=batch["target"] * masked, masked=masked)
    there = torch.arange(L) >= L - torch.from_numpy(asked)[:, None]
    count = int((batch["target"] > 0).sum())
    shape = dict(batch=B, length=L, loss=loss, targets_a_batch=count)
    units = "targets", "users (scores of all items)"
    steps = learned(model, loss, batch, count, dict(hist=ids(256, L) * there), True)
else:  # LightGCN, whose own `fit` does these steps: a graph as large as ml-100k
    users, B, layers = 943, 4096, 2
    user, item = (torch.from_numpy(codes) for codes in edges(users, ITEMS))
    A = normalised_adjacency(user, item, users, ITEMS)
    model = torch.nn.ParameterList([0.1 * torch.randn(len(A), 64)])
    (E,), adam = model, torch.optim.Adam(model.parameters(), lr=0.01)
    nodes = torch.stack([user[:B], users + item[:B], users + ids(B)])

    def train_step(_):
        loss = graph_loss(E, propagate(E, A, layers), nodes, 1e-3)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return B

    def infer_step(_):  # the vectors of all, once, and the scores of all users with all items
        with torch.no_grad():
            final = propagate(E, A, layers)
            final[1 : 1 + users] @ final[1 + users :].T
        return users

    shape, steps = dict(batch=B, layers=layers, edges=len(user)), (train_step, infer_step)
    units = "pairs", "users (all items)"

shape.update(items=ITEMS, parameters=sum(p.numel() for p in model.parameters()))
measure(f"din_rec_{args.variant}", args, shape, versions("torch"), *steps, *units)
