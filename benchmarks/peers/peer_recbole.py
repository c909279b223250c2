"""RecBole's SASRec, GRU4Rec and NARM with their default settings, BERT4Rec and LightGCN in our shapes.

The sequential ones learn by full-softmax cross entropy, LightGCN by BPR.
"""

from types import SimpleNamespace

from peer_common import arguments, edges, measure, versions

import numpy as np
import torch
from scipy.sparse import coo_matrix, dok_matrix

torch.set_num_threads(1)
from recbole.model.general_recommender import LightGCN
from recbole.model.sequential_recommender import BERT4Rec, GRU4Rec, NARM, SASRec

args = arguments(
    ["sasrec", "gru4rec", "narm", "gru4rec_64", "narm_64", "bert4rec", "lightgcn"]
)  # _64: their width of the state is ours, 64
USERS, ITEMS, L, MASKED = 943, 1682, 50, 10
B = dict(bert4rec=64, lightgcn=4096).get(args.variant, 2048)
common = dict(
    USER_ID_FIELD="user_id",
    ITEM_ID_FIELD="item_id",
    NEG_PREFIX="neg_",
    LIST_SUFFIX="_list",
    ITEM_LIST_LENGTH_FIELD="item_length",
    MAX_ITEM_LIST_LENGTH=L,
    device=torch.device("cpu"),
    loss_type="CE",
    MASK_ITEM_SEQ="masked",
    POS_ITEMS="positives",
    NEG_ITEMS="negatives",
    MASK_INDEX="places",
)
BLOCKS = dict(n_layers=2, n_heads=2, hidden_size=64, inner_size=256, hidden_act="gelu")
BLOCKS |= dict(layer_norm_eps=1e-12, initializer_range=0.02)
settings = dict(
    sasrec=(
        SASRec,
        dict(BLOCKS, hidden_dropout_prob=0.5, attn_dropout_prob=0.5),
    ),
    gru4rec=(GRU4Rec, dict(embedding_size=64, hidden_size=128, num_layers=1, dropout_prob=0.3)),
    narm=(NARM, dict(embedding_size=64, hidden_size=128, n_layers=1, dropout_probs=[0.25, 0.5])),
    bert4rec=(
        BERT4Rec,
        dict(BLOCKS, hidden_dropout_prob=0.2, attn_dropout_prob=0.0, mask_ratio=MASKED / L),
    ),
    lightgcn=(
        LightGCN,
        dict(embedding_size=64, n_layers=2, reg_weight=1e-3, require_pow=True),
    ),
)
kind, own = settings[args.variant.removesuffix("_64")]
if args.variant.endswith("_64"):
    own["hidden_size"] = 64
torch.manual_seed(1)
user, item = edges(USERS, ITEMS)
shape_of_graph = 1 + USERS, 1 + ITEMS
graph = coo_matrix((np.ones(len(user)), (user, item)), shape_of_graph)
if not hasattr(dok_matrix, "_update"):  # SciPy has lost it
    dok_matrix._update = lambda self, values: self._dict.update(values)
data = SimpleNamespace(
    num=lambda field: 1 + (USERS if field == "user_id" else ITEMS), inter_matrix=lambda form: graph
)
model = kind(dict(common, **own), data)
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
units, infer, targets = ("prefix rows", "rows (scores of all items)"), rows, B
if args.variant == "bert4rec":  # ten of the places 1..49 of full windows: it counts no place 0
    places = torch.rand(B, L - 1).argsort(1)[:, :MASKED] + 1
    full, answers = torch.randint(1, ITEMS + 1, (2, B, L))
    masked = full.scatter(1, places, ITEMS + 1)
    infer = {k: v[:256] for k, v in infer.items()}
    rows = dict(masked=masked, positives=answers.gather(1, places), places=places, negatives=None)
    units, targets = ("targets", units[1]), B * MASKED
elif args.variant == "lightgcn":
    users, items = torch.tensor(user[:B]), torch.tensor(item[:B])
    rows = dict(user_id=users, item_id=items, neg_item_id=rows["item_id"])
    units, infer = ("pairs", "users (all items)"), dict(user_id=torch.arange(1, 1 + USERS))


def train_step(_):
    model.train()
    optimizer.zero_grad()
    model.calculate_loss(rows).backward()
    optimizer.step()
    return targets


def infer_step(_):
    model.eval()
    model.restore_user_e = None  # LightGCN's vectors of all, computed anew
    with torch.no_grad():
        model.full_sort_predict(infer)
    return len(next(iter(infer.values())))


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
    *units,
)
