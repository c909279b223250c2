"""The exam atlas: one model, one log, and how far its figure moves with the rules of the exam alone.

    python benchmarks/atlas.py train FOLDER [MODEL] [--tiny]
    python benchmarks/atlas.py measure FOLDER [MODEL] [--tiny]
    python benchmarks/atlas.py papers MODEL=FOLDER …

`train` fits a model (two-towers, or that of MODEL) by leave-one-out on all items, keeps the weights of the best epoch on
*validation*, and notes the test figure after every epoch. That is one look at the test per epoch, made to show what such looks
are worth: the weights that are kept know nothing of them, and nothing else reads the notes. A training that was broken off is
taken up again. `measure` asks the kept weights under the rules of other papers: items with five events or more as the catalogue,
met items kept in the list, a test history without the validation event, ties of one second in another order. Writes `atlas.json`.

`papers` asks the same of models that the study `papers` has trained (items with five events or more are its log, so that row is not
among them); a folder is that of a training, with `best.safetensors` in it. Copies of its `last.pt`, one for each epoch
(`epoch-7.pt`), may stand beside it: then a row says what the epoch would give that is best on the *test*. Writes
`atlas-papers.json`; rows of other models that are there stay, if the log is the same.

Under another order of ties a part of the test items were training events for these weights. The row that says so counts only the
users whose test item is the same in both orders; the share of the others is beside it.
In the row of items with five events or more eight users of ml-1m have another test item, which the weights had learned or validated on.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import din_rec  # noqa: F401  # before PyTorch
import numpy as np
import torch
from common import record

from din_rec.basics import write_json
from din_rec.batches import gather_history
from din_rec.checkpoints import load_weights, save_weights
from din_rec.data import k_core
from din_rec.plans import LARGE
from din_rec.recipes import How, build_model, make_trainer, train_model
from din_rec.settings import settings_of
from din_rec.sources import load, synthetic
from din_rec.splits import leave_one_out
from din_rec.topk import catalogue_counts, count_above, ranking_metrics, seen_items

K = 10


def asked(model, tiny):
    "Settings of the training"
    how = dict(epochs=2, dim=8) if tiny else LARGE[model]
    return settings_of(model, **{**how, 'watch': 'catalogue'})


def figures(above, tied):
    "HR@10 and NDCG@10 with half of their 95 % intervals"
    out = {}
    for name in 'hr', 'ndcg':
        values = ranking_metrics[name](above, tied, K)
        out[f'{name}@{K}'] = round(float(values.mean()), 4)
        out[f'{name}@{K} ±'] = round(float(1.96 * values.std() / len(values) ** 0.5), 4)
    return out | {'users': len(above)}


def train(folder, data, settings):
    "Fit, and note the test figure after every epoch"
    split, looks = leave_one_out(data), []
    if resume := (folder / 'fit' / 'last.pt').exists():
        done = len((folder / 'fit' / 'log.jsonl').read_text().splitlines())
        looks += json.loads((folder / 'looks.json').read_text())['looks'][:done]
    test, measured = split.examples('test', settings.max_len), {}
    original = din_rec.trainer.RichTrainer._measure

    def measure(self, valid, monitor, epoch):
        row = original(self, valid, monitor, epoch)
        looks.append(
            {'valid': row['monitor'], **figures(*catalogue_counts(self.watched_score, test))}
        )
        write_json({'looks': looks}, folder / 'looks.json')
        return row

    din_rec.trainer.RichTrainer._measure = measure
    trainer = train_model(settings, split, how=How(0, folder / 'fit', resume))
    save_weights(trainer.model, folder / 'kept.safetensors')
    measured |= {'looks': looks, 'kept': int(trainer.best['epoch'])}
    write_json(measured, folder / 'looks.json')


def other_order(data, by):
    "The log with the events of one user and second in another order"
    key = {'film number': data.item, 'at random': np.random.default_rng(0).random(len(data))}[by]
    order = np.lexsort((key, data.time, data.user))
    events = data.events.iloc[order].reset_index(drop=True)
    return replace(data, events=events, notes=(*data.notes, f'ties {by}'))


def rare(data, k=5):
    "Items with fewer than k events [n_items + 1]"
    return np.bincount(data.item, minlength=data.n_items + 1) < k


def without(data, codes):
    "The log without the events of some items; the codes stay [n_items + 1 bool]"
    keep = ~codes[data.item]
    return replace(data, events=data.events[keep].reset_index(drop=True))


def measure(trainer, data, *, history='all', keep_seen=False, leave_out=None):
    "Ranks of the test items in the catalogue, by the rules given; (above, tied), and the moments"
    split = leave_one_out(data, history=history)
    test = split.examples('test', trainer.max_len)
    above, tied = [], []
    for low in range(0, len(test), 256):
        some = test[low : low + 256]
        scores = trainer.score(some, np.tile(np.arange(1, data.n_items + 1), (len(some), 1)))
        out = np.zeros(scores.shape, bool) if keep_seen else seen_items(some)
        if leave_out is not None:
            out |= leave_out[None, 1:]
        out[np.arange(len(some)), some.item - 1] = False
        counts = count_above(scores, some.item - 1, out)
        above.append(counts[0])
        tied.append(counts[1])
    return (np.concatenate(above), np.concatenate(tied)), test


def under_rules(trainer, data):
    "Rows of one model: what its figure becomes by the rules of the exam alone"
    usual, test = measure(trainer, data)
    rows = {'met items removed, all history': figures(*usual)}
    rows['met items stay in the list'] = figures(*measure(trainer, data, keep_seen=True)[0])
    rows['history without the validation event'] = figures(
        *measure(trainer, data, history='train')[0]
    )
    for by in 'film number', 'at random':
        counts, moved = measure(trainer, other_order(data, by))
        same = moved.item == test.item
        rows[f'ties {by}'] = {
            **figures(*counts),
            'test items that are others': round(float((~same).mean()), 4),
            'the rest': figures(*(c[same] for c in counts)),
            'the rest in the usual order': figures(*(c[same] for c in usual)),
        }
    return rows


def chosen_on_test(trainer, data, folder):
    "The row of the epoch whose weights are best on the test, if there are copies of every epoch"
    test, looks = leave_one_out(data).examples('test', trainer.max_len), {}
    for path in Path(folder).glob('epoch-*.pt'):
        state = torch.load(path, weights_only=True)
        weights = {name.removeprefix('module.'): v for name, v in state['averaged'].items()}
        weights.pop('n_averaged')
        trainer.model.load_state_dict(weights)
        row = {'valid': state['history']['monitor'][-1]}
        looks[state['epoch'] + 1] = row | figures(*catalogue_counts(trainer.score, test))
    if not looks:
        return {}
    kept = max(looks, key=lambda epoch: looks[epoch]['valid'])
    best = max(looks, key=lambda epoch: looks[epoch][f'ndcg@{K}'])
    row = {**looks[best], 'epoch': best, 'instead of': kept, 'epochs looked at': len(looks)}
    return {'epoch chosen on the test': row}


def papers(data, folders, rows):
    "Models of the study `papers` under other rules"
    for model, folder in folders.items():
        settings = settings_of(model, **LARGE[model])
        trainer = make_trainer(build_model(settings, data), settings, progress=False)
        load_weights(trainer.model, Path(folder) / 'best.safetensors')
        rows[model] = under_rules(trainer, data) | chosen_on_test(trainer, data, folder)
        print(model, rows[model], flush=True)
    return {'data': data.name, 'core': 5, 'fingerprint': data.fingerprint, 'models': rows}


def atlas(folder, data, settings):
    "All rows"
    trainer = make_trainer(build_model(settings, data), settings, progress=False)
    load_weights(trainer.model, folder / 'kept.safetensors')
    seen = json.loads((folder / 'looks.json').read_text())
    looks, kept = seen['looks'], seen['kept']
    best = max(range(len(looks)), key=lambda i: looks[i][f'ndcg@{K}'])
    few = rare(data)
    rows = under_rules(trainer, data)
    rows['items with 5 events or more'] = figures(
        *measure(trainer, without(data, few), leave_out=few)[0]
    )
    rows['epoch chosen on the test'] = {**looks[best], 'epoch': best + 1, 'instead of': kept + 1}
    about = {'data': data.name, 'fingerprint': data.fingerprint, 'model': settings.model}
    return {**about, 'epochs': len(looks), 'rows': rows}


if __name__ == '__main__':
    torch.set_num_threads(1)
    words = [word for word in sys.argv[1:] if word != '--tiny']
    what, folder, tiny = words[0], Path(words[1]), '--tiny' in sys.argv
    if what == 'papers':
        file, log = Path(__file__).with_name('atlas-papers.json'), k_core(load('ml-1m'), 5)
        known = json.loads(file.read_text()) if file.exists() else {}
        same = known.get('fingerprint') == log.fingerprint
        rows = known['models'] if same else {}
        write_json(papers(log, dict(word.split('=') for word in words[1:]), rows), file)
        sys.exit()
    log = synthetic(n_users=150, n_events=30) if tiny else load('ml-1m')
    settings = asked(*(words[2:] or ['two-towers']), tiny)
    folder.mkdir(parents=True, exist_ok=True)
    if what == 'train':
        train(folder, log, settings)
    else:
        found = atlas(folder, log, settings)
        if tiny:
            print(found)
        else:
            record(__file__, found)
