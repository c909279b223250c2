"""Search settings of networks on MovieLens-1M by successive halving; every model is asked for the same trials and rungs.

    python benchmarks/search.py MODEL[,MODEL…] [--workers N] [--folder FOLDER] [--tiny]

`all` stands for the eight encoders. The log is that of the papers: items with five events or more. Validation ranks the whole
catalogue, met items removed; the test is not looked at. One record per trial in `results/search`, checkpoints beside them in
`.unfinished`: what was interrupted goes on when the same command is given again. The spaces below were written down before the
first trial. Workers are processes; on a GPU they share it. The winner is then trained until it stops by itself, as a job of
chapter 14. (In the records of `results/search` a clock ended what was asked for: four to nine trials of the first rung for each model,
then one or two longer trainings of settings chosen from these and from shorter ones.)
"""

import argparse
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import din_rec  # noqa: F401  # before PyTorch
import torch

from din_rec.data import k_core
from din_rec.search import Search, Trial, draw_trials, trials_frame
from din_rec.sources import load, synthetic

N, RUNGS, KEEP = 9, (3, 9, 27), 1 / 3
COMMON = {'max_len': 200, 'batch_size': 64, 'epochs': 200, 'patience': 10, 'watch': 'catalogue'}
WIDTHS = {'dim': [64, 128], 'dropout': [0.1, 0.2, 0.3]}
ATTENTION = {**WIDTHS, 'lr': [5e-4, 1e-3, 2e-3], 'weight_decay': [0.01, 0.05, 0.2]}
RECURRENT = {
    **WIDTHS,
    'dropout': [0.2, 0.3, 0.4],
    'hidden': [128, 256],
    'lr': [1e-3, 3e-3],
    'weight_decay': [0.0, 0.01, 0.1],
}
SPACES = {
    'gru4rec': RECURRENT,
    'narm': RECURRENT,
    'sasrec': ATTENTION,
    'ligr': ATTENTION,
    'lrurec': {**WIDTHS, 'lr': [1e-3, 3e-3], 'weight_decay': [0.01, 0.1], 'blocks': [1, 2]},
    'bert4rec': {**ATTENTION, 'lr': [1e-3, 3e-3], 'masked': [0.2, 0.4, 0.6]},
    'two-towers': {**WIDTHS, 'lr': [1e-3, 3e-3], 'temperature': [0.05, 0.1, 0.2]},
    'avgpool': {'dim': [64, 128], 'dropout': [0.1, 0.3], 'lr': [1e-3, 3e-3], 'max_len': [3, 5, 10]},
}


def begin(folder, tiny):
    "What each process needs, once"
    global SEARCH
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision('high')  # on a GPU: products in TF32
    SEARCH = Search(synthetic(n_users=60) if tiny else k_core(load('ml-1m'), 5), folder)


def train(trial, epochs):
    "Train a trial so far; returns its best validation figure"
    record = SEARCH.train(trial, epochs)
    print(f"{trial.name} {record['asked']} epochs: {record['best']:.4f}", flush=True)
    return record['best']


def halve(pool, trials):
    "Successive halving of one model, as `din_rec.search.halving`, its trials side by side"
    alive: list[Trial] = trials
    for epochs in RUNGS:
        best = list(pool.map(train, alive, [epochs] * len(alive)))
        order = sorted(range(len(alive)), key=lambda i: -best[i])
        alive = [alive[i] for i in order][: max(1, round(len(alive) * KEEP))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('models')
    parser.add_argument('--workers', type=int, default=1)
    parser.add_argument('--folder', default='results/search')
    parser.add_argument('--tiny', action='store_true')
    args = parser.parse_args()
    models = list(SPACES) if args.models == 'all' else args.models.split(',')
    common = COMMON | ({'dim': 8, 'max_len': 20} if args.tiny else {})
    trials = {m: draw_trials(m, SPACES[m], n=N, common=common) for m in models}
    told = args.folder, args.tiny
    with (
        ProcessPoolExecutor(args.workers, get_context('spawn'), begin, told) as pool,
        ThreadPoolExecutor(len(models)) as threads,
    ):
        for one in [threads.submit(halve, pool, trials[m]) for m in models]:
            one.result()
    begin(*told)
    for model in models:
        print(trials_frame(SEARCH, trials[model]).to_string())


if __name__ == '__main__':
    main()
