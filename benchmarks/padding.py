"""What the padding of windows costs: encoders that leave it out against the same with it, by turns in one process, one thread.

    OMP_NUM_THREADS=1 python benchmarks/padding.py

Way forward and back, on windows of ml-1m and on windows without any padding. Writes padding.json beside it: medians of processor
time with the padding in relation to that without (GRU4Rec: PyTorch's own unit in relation to the function of chapter 6d).
"""

import platform, sys, time
from pathlib import Path
from statistics import median

import din_rec  # noqa: F401  # before torch
import torch
from common import windows_of_ml1m
from din_rec import attentive, models
from din_rec.batches import by_length as leave_out
from din_rec.attentive import BERT4Rec, LiGR
from din_rec.basics import keep_memory, write_json
from din_rec.models import GRU4Rec, SASRec

torch.set_num_threads(1)
torch.manual_seed(0)
keep_memory()
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10
data, windows, batches = windows_of_ml1m(64, steps)
full = {'hist': torch.randint(1, data.n_items, (64, 200))}
made = {
    'GRU4Rec': GRU4Rec(data.n_items, 64, 0.2, hidden=128).train(),
    'SASRec': SASRec(data.n_items, 64, 0.2, max_len=200).train(),
    'LiGR': LiGR(data.n_items, 64, 0.2, max_len=200).train(),
    'BERT4Rec': BERT4Rec(data.n_items, 64, 0.2, max_len=200).train(),
}
unit = torch.nn.GRU
other = type('WithPadding', (unit,), {})


def timed(model, batch, padding):
    "Processor time of one way forward and back"
    if isinstance(model, GRU4Rec):
        model.gru.__class__ = other if padding else unit
    whole = (lambda encode, batch: encode(batch)) if padding else leave_out
    models.by_length = attentive.by_length = whole
    batch = {**batch, 'masked': batch['hist'] % 5 == 1}
    start = time.process_time()
    model.encode_all(batch).sum().backward()
    spent = time.process_time() - start
    model.zero_grad()
    return spent


times = {}
for batch in batches:
    for name, model in made.items():
        for where, some in ('windows of ml-1m', batch), ('full windows', full):
            for padding in False, True:
                spent = timed(model, some, padding)
                times.setdefault((name, where, padding), []).append(spent)
own = {key: 1000 * median(spent[1:]) for key, spent in times.items()}
pairs = [(name, where) for name, where, padding in own if padding]
filled = torch.stack([(b['hist'] > 0).float().mean() for b in batches]).mean()
found = {
    'with the padding': {
        where: {n: round(own[n, w, True] / own[n, w, False], 3) for n, w in pairs if w == where}
        for where in ('windows of ml-1m', 'full windows')
    },
    'filled': round(float(filled), 3),
    'milliseconds of the processor': {f'{n}, {w}': round(own[n, w, False], 1) for n, w in pairs},
    'steps': steps,
    'machine': f'{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}',
}
write_json(found, Path(__file__).with_suffix('.json'))
print(found)
