"""pmixer/SASRec.pytorch (model.py to be fetched by hand; SASREC_PYTORCH names its folder): one window of 50 a user of MovieLens-100k.

Its sampler (three worker processes) is left out: the arrays are prepared before the clock starts. One epoch
is its own number of steps, 8 batches of 128 users.
"""

import os
import sys
from types import SimpleNamespace

from peer_common import arguments, measure, versions

import numpy as np
import torch

torch.set_num_threads(1)
sys.path.insert(0, os.environ["SASREC_PYTORCH"])  # folder with model.py
from model import SASRec

args = arguments(["default", "norm_first"])
B, L, ITEMS, USERS = 128, 50, 1682, 943
data = np.loadtxt(os.path.join(os.environ["DIN_REC_DATA"], "ml-100k", "u.data"), dtype=np.int64)
data = data[np.lexsort((data[:, 1], data[:, 3]))]
histories = [
    data[data[:, 0] == user, 1][:-2] for user in range(1, USERS + 1)
]  # two held out, as it does
generator = np.random.default_rng(1)
sequences, positives, negatives = (np.zeros((USERS, L), dtype=np.int64) for _ in range(3))
for row, history in enumerate(histories):
    inputs, targets = history[:-1][-L:], history[1:][-L:]
    sequences[row, L - len(inputs) :], positives[row, L - len(targets) :] = inputs, targets
    unseen = np.setdiff1d(np.arange(1, ITEMS + 1), history)
    negatives[row, L - len(targets) :] = generator.choice(unseen, len(targets))
users = np.arange(1, USERS + 1)
drawn = generator.permutation(np.resize(np.arange(USERS), 8 * B))
batches = [
    (users[part], sequences[part], positives[part], negatives[part], np.where(positives[part] != 0))
    for part in np.split(drawn, 8)
]
torch.manual_seed(1)
model = SASRec(
    USERS,
    ITEMS,
    SimpleNamespace(
        device="cpu",
        norm_first=args.variant == "norm_first",
        hidden_units=50,
        maxlen=L,
        dropout_rate=0.2,
        num_blocks=2,
        num_heads=1,
    ),
)
for parameter in model.parameters():
    if parameter.dim() > 1:
        torch.nn.init.xavier_normal_(parameter.data)
model.pos_emb.weight.data[0] = 0
model.item_emb.weight.data[0] = 0
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98))
criterion = torch.nn.BCEWithLogitsLoss()
everything = np.arange(1, ITEMS + 1)


def train_step(i):
    model.train()
    user, sequence, positive, negative, places = batches[i % len(batches)]
    up, down = model(user, sequence, positive, negative)
    optimizer.zero_grad()
    loss = criterion(up[places], torch.ones(up.shape)[places])
    loss = loss + criterion(down[places], torch.zeros(down.shape)[places])
    loss.backward()
    optimizer.step()
    return len(places[0])


def infer_step(i):
    model.eval()
    user, sequence = batches[i % len(batches)][:2]
    with torch.no_grad():  # the states of 128 windows and their scores with every item
        states = model.log2feats(sequence)[:, -1]
        states @ model.item_emb(torch.LongTensor(everything)).T
    return len(user)


shape = dict(
    batch=B,
    length=L,
    users=USERS,
    items=ITEMS,
    hidden=50,
    blocks=2,
    heads=1,
    dropout=0.2,
    norm_first=args.variant == "norm_first",
    targets_a_batch=float(np.mean([len(b[4][0]) for b in batches])),
    targets_of_all_users=int((positives != 0).sum()),
    parameters=sum(p.numel() for p in model.parameters()),
)
measure(
    f"sasrec_pytorch_{args.variant}",
    args,
    shape,
    ["pmixer/SASRec.pytorch python/model.py 3e5bb0f7be1c3a7526cb9a6b20a3e9a9ea2e7ba9"]
    + versions("torch"),
    train_step,
    infer_step,
    "targets",
    "users (scores of all items)",
)
