"""How far from the possible: counted operations of the matrix products, the rate at which this core multiplies matrices, and the time each path takes.

The floor of a path is operations / rate: what it would take if nothing but its matrix products cost time. Training counts three times the way forward.
Peak memory is that of a fresh process that does nothing but the path. With the beginnings of names only those paths are measured; the other rows of `floors.json` stay.

    OMP_NUM_THREADS=1 DIN_REC_DATA=<folder with ml-100k> python benchmarks/floors.py [path …]
"""

import json, resource, subprocess, sys
from pathlib import Path

import numpy as np
import torch
from common import record, seconds

PATHS = [
    'DIN 80-40, training',
    'DIN 80-40, inference',
    'DIN 36, training',
    "DIN 36, training, PyTorch's derivative",
    'SASRec, training, full softmax',
    'GRU4Rec, training, full softmax',
    'NARM, training, full softmax',
    'SASRec, full-catalogue ranking of ml-100k',
    'DIN with features, full-catalogue ranking of ml-100k',
]


def rate():
    "float32 operations a second of a large matrix product: the best of twenty"
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return 2 * 1024**3 / min(seconds(lambda: a @ b) for _ in range(20))


def attention(L, D, widths):
    return (
        2 * widths[0] * D
        + sum(2 * L * a * b for a, b in zip((D, *widths), (*widths, 1)))
        + 2 * L * D
    )


def network(widths):
    return sum(2 * a * b for a, b in zip(widths, widths[1:]))


def catalogue(D, n):
    return 2 * D * n


def sasrec(L, D, blocks):
    return blocks * (2 * 4 * D * D + 2 * 2 * D * D + 4 * L * D)


def sasrec_user(L, D, blocks):
    "The last block: keys and values of all places, the rest for the newest place alone"
    last = L * 2 * 2 * D * D + 2 * 2 * D * D + 2 * 2 * D * D + 4 * L * D
    return L * sasrec(L, D, blocks - 1) + last


def gru(D, H):
    return 2 * 3 * (D + H) * H


def training(model, loss, batch, batch_size, pieces=1):
    from din_rec.trainer import RichTrainer

    trainer = RichTrainer(model.train(), loss=loss, batch_size=batch_size, progress=False)
    parts = [({k: v[i::pieces] for k, v in batch.items()}, 1.0) for i in range(pieces)]
    return lambda: trainer._step(parts)


def make(path):
    "(what to run, how many units it does, counted operations of a unit or None)"
    from din_rec import models

    torch.manual_seed(0)
    n, L, D = 1682, 50, 64
    ids = lambda *shape: torch.randint(1, n + 1, shape)
    if 'ml-100k' in path:
        from din_rec.sources import load
        from din_rec.splits import leave_one_out
        from din_rec.processor import FeatureProcessor
        from din_rec.topk import rank_catalogue
        from din_rec.trainer import RichTrainer

        split = leave_one_out(load('ml-100k'))
        test = split.examples('test', L)
        if path.startswith('SASRec'):
            features, model, per_user = (
                None,
                models.SASRec(n, D),
                sasrec_user(L, D, 2) + catalogue(D, n),
            )
        else:
            features = FeatureProcessor().fit(split)
            model = models.DIN(n, D, features.width, activation='prelu')
            per_user = n * (attention(L, D, (36,)) + network((3 * D + features.width, 128, 64, 1)))
        trainer = RichTrainer(model, features, progress=False)
        return (lambda: rank_catalogue(trainer.score, test)), len(test), per_user
    if path.startswith('DIN'):
        if path.endswith('derivative'):  # without `UnitFunction` of chapter 6c
            from din_rec.attention import DINAttention

            DINAttention._weights_by_hand = DINAttention._weights
        widths = (80, 40) if '80' in path else (36,)
        B, C, pieces = (4096, 1, 32) if '80' in path else (128, 8, 1)
        model = models.DIN(
            n,
            D,
            attention=widths,
            hidden=(256, 128) if '80' in path else (128, 64),
            activation='relu' if '80' in path else 'prelu',
            position=0,
            dropout=0.0,
        )
        each = attention(L, D, widths) + network(
            (3 * D, *((256, 128) if '80' in path else (128, 64)), 1)
        )
        batch = dict(
            hist=ids(B, L), cand=ids(B, C), label=(torch.arange(C) == 0).float().expand(B, C)
        )
        if 'training' in path:
            return training(model, 'binary', batch, B, pieces), B * C, 3 * each
        model.eval()

        def infer():
            with torch.no_grad():
                for i in range(0, B, 256):
                    model({k: v[i : i + 256] for k, v in batch.items()})

        return infer, B * C, each
    model, each = {
        'SASRec': (models.SASRec(n, D, 0.4), sasrec(L, D, 2)),
        'GRU4Rec': (models.GRU4Rec(n, D, 0.4), gru(D, D)),
        'NARM': (models.NARM(n, D, 0.4), gru(D, D) + 2 * 2 * D * D + 2 * L * D * 2 + 2 * 2 * D * D),
    }[path.split(',')[0]]
    return (
        training(model, 'catalogue', dict(hist=ids(64, L), target=ids(64, L)), 64),
        64 * L,
        3 * (each + catalogue(D, n)),
    )


def one(path):
    torch.set_num_threads(1)
    run, units, operations = make(path)
    run()
    times, rates = [], []
    for _ in range(5):
        rates.append(rate())
        times.append(seconds(run))
    took, fastest = float(np.median(times)), float(np.median(rates))
    print(
        json.dumps(
            {
                'seconds in all': round(took, 3),
                'units a second': round(units / took),
                'MFLOP a unit': round(operations / 1e6, 3),
                'GFLOP/s of a large product': round(fastest / 1e9, 1),
                'floor, units a second': round(fastest / operations),
                'times the floor': round(took / units * fastest / operations, 2),
                'peak MiB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


def measured(path):
    "What a fresh process prints"
    command = [sys.executable, __file__, '--one', path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == '__main__':
    if sys.argv[1:2] == ['--one']:
        one(sys.argv[2])
    else:
        asked, kept = tuple(sys.argv[1:]) or ('',), Path(__file__).with_suffix('.json')
        found = json.loads(kept.read_text())['results'] if sys.argv[1:] else {}
        found |= {path: measured(path) for path in PATHS if path.startswith(asked)}
        record(__file__, found)
