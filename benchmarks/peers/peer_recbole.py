"""RecBole's SASRec, GRU4Rec and NARM with their default settings, full-softmax cross entropy."""

from types import SimpleNamespace

from peer_common import arguments, measure, versions

import numpy as np
import torch

torch.set_num_threads(1)
from recbole.model.sequential_recommender import GRU4Rec, NARM, SASRec

args = arguments(
    ["sasrec", "gru4rec", "narm", "gru4rec_64", "narm_64"]
)  # _64: their width of the state is ours, 64
B, L, ITEMS = 2048, 50, 1682
common = dict(
    USER_ID_FIELD="user_id",
    ITEM_ID_FIELD="item_id",
    NEG_PREFIX="neg_",
    LIST_SUFFIX="_list",
    ITEM_LIST_LENGTH_FIELD="item_length",
    MAX_ITEM_LIST_LENGTH=L,
    device=torch.device("cpu"),
    loss_type="CE",
)
settings = dict(
    sasrec=(
        SASRec,
        dict(
            n_layers=2,
            n_heads=2,
            hidden_size=64,
            inner_size=256,
            hidden_dropout_prob=0.5,
            attn_dropout_prob=0.5,
            hidden_act="gelu",
            layer_norm_eps=1e-12,
            initializer_range=0.02,
        ),
    ),
    gru4rec=(GRU4Rec, dict(embedding_size=64, hidden_size=128, num_layers=1, dropout_prob=0.3)),
    narm=(NARM, dict(embedding_size=64, hidden_size=128, n_layers=1, dropout_probs=[0.25, 0.5])),
)
kind, own = settings[args.variant.removesuffix("_64")]
if args.variant.endswith("_64"):
    own["hidden_size"] = 64
torch.manual_seed(1)
model = kind(dict(common, **own), SimpleNamespace(num=lambda field: ITEMS + 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
generator = np.random.default_rng(1)
lengths = np.arange(B) % L + 1  # 1..50 in turn
items = generator.integers(1, ITEMS + 1, (B, L))
items[np.arange(L)[None, :] >= lengths[:, None]] = 0
rows = dict(
    item_id_list=torch.tensor(items),
    item_length=torch.tensor(lengths),
    item_id=torch.tensor(generator.integers(1, ITEMS + 1, B)),
)


def train_step(_):
    model.train()
    optimizer.zero_grad()
    model.calculate_loss(rows).backward()
    optimizer.step()
    return B


def infer_step(_):
    model.eval()
    with torch.no_grad():
        model.full_sort_predict(rows)
    return B


shape = dict(
    batch=B,
    length=L,
    lengths="1..50 in turn, padded to 50",
    items=ITEMS,
    settings=own,
    parameters=sum(p.numel() for p in model.parameters()),
)
measure(
    f"recbole_{args.variant}",
    args,
    shape,
    versions("recbole", "torch", "numpy"),
    train_step,
    infer_step,
    "prefix rows",
    "rows (scores of all items)",
)
