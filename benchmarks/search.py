"""Search settings of a network on MovieLens-1M by successive halving; every model has the same hours.

    python benchmarks/search.py MODEL [HOURS]          # gru4rec, narm, sasrec, ligr, lrurec, bert4rec, two-towers, avgpool

The log is that of the papers: items with five events or more. Validation ranks the whole catalogue, met items removed; the test is
not looked at. One record per trial in `results/search`, checkpoints beside them in `.unfinished`: what was interrupted goes on when
the same command is given again. The spaces below were written down before the first trial. The
winner is then trained until it stops by itself, as a job of chapter 14.
"""

import sys

import din_rec  # noqa: F401  # before PyTorch
import torch

from din_rec.data import k_core
from din_rec.search import Search, draw_trials, halving
from din_rec.sources import load

COMMON = {'max_len': 200, 'batch_size': 32, 'epochs': 200, 'patience': 10, 'watch': 'catalogue'}
WIDTHS = {'dim': [64, 128], 'dropout': [0.1, 0.2, 0.3]}
ATTENTION = {**WIDTHS, 'lr': [5e-4, 1e-3, 2e-3], 'weight_decay': [0.01, 0.05, 0.2]}
RECURRENT = {**WIDTHS, 'hidden': [128, 256], 'lr': [1e-3, 3e-3], 'weight_decay': [0.0, 0.01]}
SPACES = {
    'gru4rec': RECURRENT,
    'narm': RECURRENT,
    'sasrec': ATTENTION,
    'ligr': ATTENTION,
    'lrurec': {**WIDTHS, 'lr': [1e-3, 3e-3], 'weight_decay': [0.01, 0.1], 'blocks': [1, 2]},
    'bert4rec': {**ATTENTION, 'masked': [0.2, 0.4, 0.6]},
    'two-towers': {**WIDTHS, 'lr': [1e-3, 3e-3], 'temperature': [0.05, 0.1, 0.2]},
    'avgpool': {'dim': [64, 128], 'dropout': [0.1, 0.3], 'lr': [1e-3, 3e-3], 'max_len': [3, 5, 10]},
}

if __name__ == '__main__':
    torch.set_num_threads(1)
    model, hours = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 3.0
    search = Search(k_core(load('ml-1m'), 5), 'results/search', progress=True)
    trials = draw_trials(model, SPACES[model], n=6, common=COMMON)
    print(halving(search, trials, rungs=(2, 6, 18), hours=hours).to_string())
