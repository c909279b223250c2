"""Our models in the shapes of the peers, by the same clock (see peer_common.py)."""

from peer_common import arguments, measure, versions

import os
import numpy as np
import torch

from din_rec import models
from din_rec.trainer import RichTrainer

args = arguments(
    [
        "din_relu",
        "din_sigmoid",
        "din_dice",
        "sasrec_bce",
        "sasrec",
        "gru4rec",
        "narm",
        "gru4rec_64",
        "narm_64",
    ]
)
ITEMS, L = 1682, 50
rng = np.random.default_rng(1)
torch.manual_seed(1)
ids = lambda *shape: torch.from_numpy(rng.integers(1, ITEMS + 1, shape))

if args.variant.startswith(
    "din"
):  # one candidate a row, labels 0 or 1, batches of 4,096 computed in 32 pieces
    B, D, pieces = 4096, 64, int(os.environ.get('PIECES', 32))
    model = models.DIN(
        ITEMS,
        D,
        attention=(80, 40),
        hidden=(256, 128),
        activation=args.variant[4:],
        position=0,
        dropout=0.0,
    )
    trainer = RichTrainer(model, loss="binary", batch_size=B, accumulate=pieces, progress=False)
    batch = dict(hist=ids(B, L), cand=ids(B, 1), label=torch.randint(0, 2, (B, 1)).float())
    shape = dict(
        batch=B,
        pieces=pieces,
        candidates=1,
        length=L,
        dim=D,
        attention=[80, 40],
        dnn=[256, 128],
        items=ITEMS,
        lengths="all 50",
    )
    units, infer, everybody = ("samples", "pairs"), batch, False
    count = B
else:
    if args.variant == "sasrec_bce":  # one window of 50 a user, as SASRec.pytorch has it
        B, model = 128, models.SASRec(ITEMS, 50, 0.2, blocks=2, heads=1, max_len=L)
        loss, rows = "binary", dict(negatives=ids(B, L, 1))
        lengths = np.minimum(
            rng.geometric(1 / 95, B) + 10, L
        )  # about 41 targets a window, as in ml-100k
    else:  # all targets of full windows against the whole catalogue; widths as RecBole's defaults, or 64
        B, loss, rows, lengths = 64, "catalogue", {}, np.full(64, L)
        kind, width = args.variant.split("_")[0], args.variant.split("_")[1:]
        model = {
            "sasrec": lambda: models.SASRec(
                ITEMS, 64, 0.5, blocks=2, heads=2, inner=256, max_len=L
            ),
            "gru4rec": lambda: models.GRU4Rec(ITEMS, 64, 0.3, hidden=64 if width else 128),
            "narm": lambda: models.NARM(ITEMS, 64, 0.3, hidden=64 if width else 128),
        }[kind]()
    trainer = RichTrainer(model, loss=loss, batch_size=B, progress=False)
    inside = torch.arange(L) >= L - torch.from_numpy(lengths)[:, None]
    batch = dict(hist=ids(B, L) * inside, target=ids(B, L) * inside, **rows)
    if rows:
        batch["negatives"] = batch["negatives"] * inside.unsqueeze(2)
    there = (
        torch.arange(L) >= L - 1 - (torch.arange(256) % L)[:, None]
    )  # 1..50 in turn, as RecBole's
    infer, everybody = dict(hist=ids(256, L) * there), True  # the scores of all items
    shape = dict(batch=B, length=L, items=ITEMS, loss=loss, targets_a_batch=int(inside.sum()))
    units, count = ("targets", "users (scores of all items)"), int(inside.sum())
    pieces = 1
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


shape["parameters"] = sum(p.numel() for p in model.parameters())
measure(f"din_rec_{args.variant}", args, shape, versions("torch"), train_step, infer_step, *units)
