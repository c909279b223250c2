"""A training step as one would write it first, and as it is: milliseconds by what they were spent on, one core, in turn."""

import statistics
import torch
from torch import nn
import torch.nn.functional as F
from attention import Plain
from common import record
from din_rec.sources import load
from din_rec.splits import leave_one_out
from din_rec.processor import FeatureProcessor
from din_rec.batches import ExampleData, WindowData
from din_rec.models import DIN, SASRec
from din_rec.profiling import profile_training
from din_rec.trainer import RichTrainer


class OneByOne(torch.utils.data.Dataset):
    "The same data, fetched one example at a time and put together"

    def __init__(self, data):
        self.data = data

    def set_epoch(self, epoch):
        self.data.set_epoch(epoch)

    def __len__(self):
        return len(self.data)

    def __getitems__(self, rows):
        return torch.utils.data.default_collate([self.data[row] for row in rows])


def first_catalogue(model, batch):
    there = batch['target'] > 0
    logits = model.encode_all(batch)[there] @ model.item.weight[1:].T + model.bias.weight[1:, 0]
    return F.cross_entropy(logits, batch['target'][there] - 1, reduction='sum'), len(logits)


def with_torch_dropout(module):
    for name, child in module.named_children():
        if isinstance(child, nn.Dropout):
            setattr(module, name, nn.Dropout(child.p))
        else:
            with_torch_dropout(child)
    return module


torch.set_num_threads(1)
split = leave_one_out(load('ml-100k'))
features = FeatureProcessor().fit(split)


def din(first):
    model = DIN(split.data.n_items, 64, features.width, activation='prelu')
    data = ExampleData(split.examples('train'), None, split, 7, 50, features)
    if first:
        with_torch_dropout(model)
        model.attention = Plain(64, (36,), 'prelu', first=True)
    return RichTrainer(model, features, batch_size=128, progress=False), OneByOne(
        data
    ) if first else data


def sasrec(first):
    model, data = SASRec(split.data.n_items, 64, 0.4), WindowData(split, 50)
    if first:
        with_torch_dropout(model)
    return RichTrainer(
        model, loss=first_catalogue if first else 'catalogue', batch_size=64, progress=False
    ), OneByOne(data) if first else data


results = {}
for name, make in ('DIN', din), ('SASRec', sasrec):
    torch.manual_seed(0)
    rounds = {f'{name}, first': [], f'{name}, now': []}
    pair = [make(True), make(False)]
    for _ in range(5):
        for found, (trainer, data) in zip(rounds.values(), pair):
            found.append(profile_training(trainer, data, steps=10) / 10 * 1e3)
    for version, found in rounds.items():
        results[version] = {
            part: round(statistics.median(row[part] for row in found), 3) for part in found[0].index
        }
record(__file__, results)
