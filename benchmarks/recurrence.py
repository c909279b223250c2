"""One training step of LRURec against GRU4Rec on windows of ml-1m, by turns in one process, one thread.

    OMP_NUM_THREADS=1 python benchmarks/recurrence.py

Writes recurrence.json beside it: medians in relation to GRU4Rec's, the milliseconds, and the machine.
"""

import json, platform, sys, time
from pathlib import Path
from statistics import median

import din_rec  # before torch
import torch
from common import windows_of_ml1m
from din_rec.basics import keep_memory
from din_rec.linear_recurrence import LRURec
from din_rec.losses import catalogue_loss
from din_rec.models import GRU4Rec

torch.set_num_threads(1)
torch.manual_seed(0)
keep_memory()
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 30
data, windows, batches = windows_of_ml1m(32, steps)
full = {'hist': torch.randint(1, data.n_items, (32, 200))}
models = {
    'GRU4Rec': GRU4Rec(data.n_items, 64, 0.2, hidden=128).train(),
    'LRURec, 2 blocks': LRURec(data.n_items, 64, 0.2).train(),
    'LRURec, 1 block': LRURec(data.n_items, 64, 0.2, blocks=1).train(),
}


def encoder(model, batch):
    model.encode_all(batch).sum().backward()


def step(model, batch):
    total, n = catalogue_loss(model, batch)
    (total / n).backward()


def timed(job, model, batch):
    wall, own = time.perf_counter(), time.process_time()
    job(model, batch)
    model.zero_grad()
    return time.process_time() - own, time.perf_counter() - wall


rows = {
    'encoder, windows of ml-1m': lambda model, batch: timed(encoder, model, batch),
    'encoder, full windows': lambda model, batch: timed(encoder, model, full),
    'step with the loss, windows of ml-1m': lambda model, batch: timed(step, model, batch),
}
times = {}
for batch in batches:
    for name, job in rows.items():
        for who, model in models.items():
            times.setdefault((name, who), []).append(job(model, batch))
own = {k: 1000 * median(t for t, _ in v[2:]) for k, v in times.items()}
wall = {k: 1000 * median(t for _, t in v[2:]) for k, v in times.items()}
epoch = -(-len(windows) // 32) / 1000
found = {
    'of GRU4Rec': {w: {r: round(own[r, w] / own[r, 'GRU4Rec'], 3) for r in rows} for w in models},
    'filled': round(
        float(torch.stack([(b['hist'] > 0).float().mean() for b in batches]).mean()), 3
    ),
    'milliseconds of the processor': {
        f'{w}, {r}': round(own[r, w], 1) for r in rows for w in models
    },
    'milliseconds': {f'{w}, {r}': round(wall[r, w], 1) for r in rows for w in models},
    'seconds of the processor per epoch': {
        w: round(epoch * own['step with the loss, windows of ml-1m', w], 1) for w in models
    },
    'steps': steps,
    'machine': f'{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}',
}
Path(__file__).with_suffix('.json').write_text(json.dumps(found, indent=1) + '\n', encoding='utf-8')
print(json.dumps(found, indent=1))
