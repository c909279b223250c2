"""A training step of every encoder on windows of MovieLens-1M, on the processor and on a graphics card.

    OMP_NUM_THREADS=1 python benchmarks/devices.py

Median milliseconds of a step of 64 windows of 200 events (forward, backward, AdamW, averaged weights) with the settings of chapter
12a, states of 128 numbers, one thread of the processor. On a card: in full precision, in TF32 and in bfloat16, and the most memory
that was held there. Writes devices.json.
"""

import json
import os
import subprocess
import sys
import time
from statistics import median

import din_rec  # noqa: F401  # before PyTorch
import torch
from common import record

from din_rec.batches import make_loader
from din_rec.network_settings import ENCODERS
from din_rec.recipes import build_model, machine_name, make_trainer
from din_rec.settings import settings_of
from din_rec.sources import load
from din_rec.splits import leave_one_out

torch.set_num_threads(1)
CARD = torch.cuda.is_available()
WAYS = {'fp32': ('highest', 'fp32')}
if CARD:
    WAYS |= {'TF32': ('high', 'fp32'), 'bf16': ('highest', 'bf16')}


def timed(name, split, way):
    "Median milliseconds of a step; on a card also GiB"
    products, precision = WAYS[way]
    torch.set_float32_matmul_precision(products)
    hidden = {'hidden': 128} if name in ('gru4rec', 'narm') else {}
    settings = settings_of(name, max_len=200, batch_size=64, precision=precision, **hidden)
    torch.manual_seed(0)
    trainer = make_trainer(build_model(settings, split.data), settings, progress=False)
    data, taken, steps = settings.training_data(split), [], 25 if CARD else 6
    data.set_epoch(0, 0)
    trainer._start_anew()
    trainer.model.train()
    if CARD:
        torch.cuda.reset_peak_memory_stats()
    for _, batch in zip(range(steps), make_loader(data, 64, shuffle=True)):
        begin = time.perf_counter()
        trainer._step([(trainer._to_device(batch), 1.0)])
        if CARD:
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - begin)
    out = {way: round(1000 * median(taken[2:]), 2)}
    if CARD:
        out[f'{way} GiB'] = round(torch.cuda.max_memory_allocated() / 2**30, 2)
    return out


def measured():
    "Model → milliseconds"
    split, found = leave_one_out(load('ml-1m')), {}
    for name in ENCODERS:
        found[name] = {k: v for way in WAYS for k, v in timed(name, split, way).items()}
        print(name, found[name], file=sys.stderr, flush=True)
    return {machine_name(): found}


if __name__ == '__main__':
    results = measured()
    if sys.argv[1:] in (['part'], ['gpu']):
        print(json.dumps(results))
    elif CARD:  # the processor of the same machine
        env = {**os.environ, 'CUDA_VISIBLE_DEVICES': ''}
        command = [sys.executable, __file__, 'part']
        done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
        record(__file__, results | json.loads(done.stdout))
    else:
        record(__file__, results)
