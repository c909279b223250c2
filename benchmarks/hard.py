"""Which negatives should trees learn from that rank a whole catalogue? Trials on MovieLens-1M, validation only.

    OMP_NUM_THREADS=1 python benchmarks/hard.py FOLDER

Trains a LiGR without the newest events of each user and one on all training events (checkpoints in FOLDER; hours without a graphics
card), fits trees on 15,000 of the held-back moments with negatives of several kinds, and ranks the first hundred of the second
network anew for 2,000 users. The columns are the explicit features and the log-probability of the network. Writes
results/hard-search.csv.
"""

import sys
from pathlib import Path

import din_rec  # noqa: F401  # before PyTorch
import lightgbm as lgb
import numpy as np
import pandas as pd
import torch

from din_rec.data import k_core
from din_rec.plans import LARGE
from din_rec.hybrid import hold_back
from din_rec.processor import FeatureProcessor
from din_rec.recipes import How, train_model
from din_rec.settings import settings_of
from din_rec.sources import load
from din_rec.splits import Part, leave_one_out
from din_rec.topk import ranking_metrics, seen_items

HOW = dict(objective='lambdarank', learning_rate=0.05, num_leaves=15, min_data_in_leaf=200)
HOW |= dict(feature_fraction=0.5, bagging_fraction=0.7, bagging_freq=1, lambda_l2=5.0, seed=0)
HOW |= dict(verbosity=-1, num_threads=1, deterministic=True, force_row_wise=True, metric='None')
TRIALS = [(19, 0, 1, 200), (49, 0, 1, 200), (0, 19, 100, 200), (0, 49, 50, 200), (12, 12, 200, 200)]
TRIALS += [(25, 25, n, 200) for n in (100, 200, 500)] + [(35, 15, 200, 200), (25, 25, 200, 400)]
LISTED = 100


def log_probs(trainer, rows):
    "[N, n_items]"
    n, out = rows.data.n_items, []
    for low in range(0, len(rows), 256):
        some = rows[low : low + 256]
        scores = trainer.score(some, np.tile(np.arange(1, n + 1), (len(some), 1)))
        out.append(torch.from_numpy(scores).log_softmax(1).numpy())
    return np.concatenate(out)


def unmet(rows, scores):
    "The same, without what the user has met before"
    out = np.concatenate([seen_items(rows[i : i + 512]) for i in range(0, len(rows), 512)])
    out[np.arange(len(rows)), rows.item - 1] = False
    return np.where(out, -np.inf, scores)


def unstudied(rows, scores, split):
    "The same, without what the user meets in training, before or after"
    data, known = split.data, np.isin(split.part, (Part.TRAIN, Part.BLOCK))
    met = np.zeros((data.n_users + 1, data.n_items), bool)
    met[data.user[known], data.item[known] - 1] = True
    return np.where(met[rows.user], -np.inf, scores)


def some_of(scores, target, k, first, rng):
    "`k` items, of the `first` ones, or (1) of all; [N, k]"
    left = scores.copy()
    left[np.arange(len(left)), target - 1] = -np.inf
    chance = rng.random(left.shape, dtype='float32')
    if first == 1:
        return np.where(np.isinf(left), 2, chance).argpartition(k, 1)[:, :k] + 1
    top = (-left).argpartition(first, 1)[:, :first]
    order = rng.random(top.shape).argsort(1)[:, :k]
    return np.take_along_axis(top, order, 1) + 1


def figures(scores, hits):
    "HR@10 and NDCG@10 of lists, [N, C] and where the target is"
    own = np.where(hits, scores, -np.inf).max(1, keepdims=True)  # of the target
    above = np.where(hits.any(1), (scores > own).sum(1), 10**6)
    tied = np.where(hits.any(1), (scores == own).sum(1) - 1, 0)
    return {f'{m.upper()}@10': ranking_metrics[m](above, tied, 10).mean() for m in ('hr', 'ndcg')}


def main(folder):
    torch.set_num_threads(1)
    data, rng = k_core(load('ml-1m'), 5), np.random.default_rng(0)
    split, settings = leave_one_out(data), settings_of('ligr', **LARGE['ligr'])
    blocks, trained = hold_back(split), {}
    for name, part in {'block': blocks, 'all': split}.items():
        how = How(0, folder / name, (folder / name / 'last.pt').exists())
        trained[name] = train_model(settings, part, how=how)
    rows = blocks.examples('block', settings.max_len)
    rows = rows[np.sort(rng.choice(len(rows), 15_000, replace=False))]
    logs = log_probs(trained['block'], rows)
    left = unstudied(rows, logs, blocks)
    asked = split.examples('valid', settings.max_len)
    asked = asked[np.sort(rng.choice(len(asked), 2_000, replace=False))]
    asked_logs = log_probs(trained['all'], asked)
    top = (-unmet(asked, asked_logs)).argsort(1)[:, :LISTED]
    hits, features = top + 1 == asked.item[:, None], FeatureProcessor('all').of(data)

    def table(rows, items, logs):
        own = np.take_along_axis(logs, items - 1, 1)[..., None]
        return np.concatenate([features.transform(rows, items), own], -1)

    lists = table(asked, top + 1, asked_logs)
    found = [{'even': 0, 'hard': 0, 'trees': 0, **figures(lists[..., -1], hits)}]
    for even, hard, first, trees in TRIALS:
        drawn = [some_of(left, rows.item, even, 1, rng)] if even else []
        drawn += [some_of(left, rows.item, hard, first, rng)] if hard else []
        items = np.concatenate([rows.item[:, None], *drawn], 1)
        x = table(rows, items, logs).reshape(items.size, -1)
        label, group = np.arange(items.size) % items.shape[1] == 0, [items.shape[1]] * len(items)
        booster = lgb.train(HOW, lgb.Dataset(x, label.astype(float), group=group), trees)
        scores = booster.predict(lists.reshape(-1, x.shape[1])).reshape(top.shape)
        told = {'even': even, 'hard': hard, 'from the first': first if hard else None}
        found.append({**told, 'trees': trees, **figures(scores, hits)})
        print(found[-1], flush=True)
    pd.DataFrame(found).to_csv('results/hard-search.csv', index=False, float_format='%.4f')


if __name__ == '__main__':
    main(Path(sys.argv[1]))
