"""Search settings of the baselines on MovieLens-1M, as `search.py` does for networks: a full grid for those that take seconds.

    OMP_NUM_THREADS=1 python benchmarks/baselines.py [MODEL …] [--tiny]

The log is that of the papers: items with five events or more. Validation ranks the whole catalogue, met items removed, and lists of
100; the test is not looked at. One row per trial in `results/baseline-search-1m.csv`; a trial that is there is not made again. The
grids were written down before the first trial. `recent` 0 is the whole window of 200 events.
"""

import argparse
from itertools import product
from pathlib import Path

import din_rec  # noqa: F401  # before PyTorch
import pandas as pd
import torch

from din_rec.baselines import EASE, BPRMF, ItemKNN, RecentPopularity, SequentialRules
from din_rec.data import k_core
from din_rec.graph import LightGCN
from din_rec.recipes import measure_valid
from din_rec.sources import load, synthetic
from din_rec.splits import leave_one_out
from din_rec.topk import rank_catalogue

RECENT = (1, 3, 5, 10, 20, 50, 0)
GRIDS = {  # model → class, and values of its arguments
    'recent-popularity': (RecentPopularity, {'half_life': (1, 3, 7, 14, 30, 60, 120, 1000)}),
    'itemknn': (
        ItemKNN,
        {'k': (20, 50, 200, 1000, 3000), 'shrink': (0, 10, 100), 'recent': RECENT},
    ),
    'rules': (SequentialRules, {'steps': (1, 2, 3, 5, 10, 20, 50, 100)}),
    'ease': (EASE, {'penalty': (30, 100, 300, 1000, 3000, 10000), 'recent': RECENT}),
    'bprmf': (BPRMF, {'penalty': (1e-4, 1e-3), 'dim': (64, 128)}),
    'lightgcn': (LightGCN, {'weight': (1e-4, 1e-3), 'layers': (2, 3)}),
}
USUAL = {'bprmf': {'batch_size': 4096}}  # what study `papers` gives
FILE = Path('results/baseline-search-1m.csv')


def trials(model):
    "Settings of each trial; those that need no new fit follow each other"
    _, grid = GRIDS[model]
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def measured(model, scorer, split):
    "Validation figures in lists of 100 and in the whole catalogue"
    figures, _ = measure_valid(scorer, split, 200)
    whole = rank_catalogue(scorer, split.examples('valid', 200)).mean()
    names = ['hr@10', 'ndcg@10']
    return {**whole[names], **{f'{name}|100': figures[f'{name}|100'] for name in names}}


def search(model, split, done):
    "Rows of the trials of a model that are not on record yet"
    make, scorer, fitted = GRIDS[model][0], None, None
    for how in trials(model):
        if {'model': model, **how} in done:
            continue
        needs = {k: v for k, v in how.items() if k != 'recent'}
        if needs != fitted:
            scorer, fitted = make(**USUAL.get(model, {}), **how).fit(split), needs
        if 'recent' in how:
            scorer.recent = how['recent']
        row = {'model': model, **how, **measured(model, scorer, split)}
        print(row, flush=True)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('models', nargs='*', default=list(GRIDS))
    parser.add_argument('--tiny', action='store_true')
    args = parser.parse_args()
    torch.set_num_threads(1)
    split = leave_one_out(synthetic(n_users=60) if args.tiny else k_core(load('ml-1m'), 5))
    there = pd.read_csv(FILE) if FILE.exists() and not args.tiny else pd.DataFrame()
    figures = ('hr@10', 'ndcg@10', 'hr@10|100', 'ndcg@10|100')
    rows = there.to_dict('records')
    done = [{k: v for k, v in r.items() if k not in figures and v == v} for r in rows]
    for model in args.models:
        for row in search(model, split, done):
            rows.append(row)
            if not args.tiny:
                told = pd.DataFrame(rows)
                names = [c for c in told if c not in figures]
                told[[*names, *figures]].to_csv(FILE, index=False, float_format='%.5g')


if __name__ == '__main__':
    main()
