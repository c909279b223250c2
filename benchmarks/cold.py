"""Cold start: from how many events on is a model worth using?

    OMP_NUM_THREADS=1 python benchmarks/cold.py users [MODEL …] [--tiny]
    OMP_NUM_THREADS=1 python benchmarks/cold.py items [MODEL …] [--tiny]

`users`: the last 30 % of the users of ml-100k to arrive are new. Models learn from the events before the first of them arrived,
and each old user's newest event there is validation. A new user is asked about after 0, 1, 3, 5 and 10 events; the figure is how
many of the ten films at the top of the whole catalogue (met films removed) are among the user's next ten.

`items`: one clock (80 % of the events train, 10 % validate, 10 % test). A test event is of a film with so many *training* events;
the figure is the share of films below it among all that the user has not met (0.5 is chance), and the same among the films that
are as rare as it.

Models learn from training events alone, but features (LightGBM, DIN, the hybrid) are counted at the moment of the question, as a
service counts them, and so is `popularity-live`, the events of the last 30 days: what is above it knows more than a counter.
About half of the events share their second with the one before, so that within a second "before" is the order of the rows.

No figure is used to choose anything. Adds to `cold-users.json` and `cold-items.json`, one entry a model, means and a value per user
or test event; models that are there are not trained again.
"""

import json
import sys
import time
from pathlib import Path

import din_rec  # noqa: F401  # before PyTorch
import numpy as np
import torch

from din_rec.recipes import train_run
from din_rec.settings import settings_of
from din_rec.sources import load, synthetic
from din_rec.splits import Examples, Part, Split, global_time
from din_rec.topk import seen_items

GIVEN, NEXT = (0, 1, 3, 5, 10), 10
RARE = (0, 1, 3, 6, 11, 21)  # first number of training events of each group
MODELS = {  # label → model and what is changed
    'popularity': ('popularity', {}),
    'recent-popularity': ('recent-popularity', {}),
    'popularity-live': (None, {}),
    'itemknn': ('itemknn', {}),
    'rules': ('rules', {}),
    'ease': ('ease', {}),
    'lightgcn': ('lightgcn', {}),
    'avgpool': ('avgpool', {}),
    'gru4rec': ('gru4rec', {}),
    'narm': ('narm', {}),
    'lrurec': ('lrurec', {}),
    'bert4rec': ('bert4rec', {}),
    'ligr': ('ligr', {}),
    'sasrec': ('sasrec', {}),
    'two-towers': ('two-towers', {}),
    'two-towers-hide': ('two-towers', {'hide': 0.5}),
    'lightgbm': ('lightgbm', {}),
    'din': ('din', {}),
    'hybrid': ('hybrid', {}),
}


class Live:
    "Popularity at the moment of the question: events of the last 30 days, whoever's"

    max_len = 50

    def __init__(self, data):
        order = np.argsort(data.time, kind='stable')
        self.time, self.item, self.size = data.time[order], data.item[order], data.n_items + 1

    def score(self, examples, candidates):
        "Counts; whoever ranks by them breaks ties by chance"
        begin = np.searchsorted(self.time, examples.time - 30 * 86_400)
        end = np.searchsorted(self.time, examples.time, side='left')
        counts = [np.bincount(self.item[a:b], minlength=self.size) for a, b in zip(begin, end)]
        return np.take_along_axis(np.array(counts, float), candidates, 1)


def new_users(data, share=0.3):
    "Codes of the users who arrive last, and the second at which the first of them does"
    users = np.unique(data.user)
    arrival = data.time[data.user_start[users]]
    begin = np.sort(arrival)[int(len(users) * (1 - share))]
    counts = np.diff(data.user_start)[users]
    return users[(arrival >= begin) & (counts >= max(GIVEN) + NEXT)], begin


def users_split(data):
    "Old users' events before the new ones arrive train; one event of each new user is the test"
    new, begin = new_users(data)
    part = np.full(len(data), Part.SEEN, 'int8')
    old = data.time < begin
    part[old] = Part.TRAIN
    rows = np.flatnonzero(old)
    last = rows[np.r_[np.diff(data.user[rows]) > 0, True]]
    several = np.bincount(data.user[rows], minlength=data.n_users + 2)[data.user[last]] > 2
    part[last[several]] = Part.VALID
    part[data.user_start[new]] = Part.TEST
    return Split(data, 'new users', part), new


def asked_after(data, users, n, max_len):
    "The moments of users after n events"
    row = data.user_start[users] + n
    return Examples(
        data,
        users,
        data.item[row],
        data.time[row],
        start=np.maximum(row - max_len, row - n),
        end=row,
    )


def top_scores(scorer, examples):
    "Scores of the whole catalogue, met items at minus infinity [N, n_items]"
    out = []
    for low in range(0, len(examples), 128):
        some = examples[low : low + 128]
        scores = scorer(some, np.tile(np.arange(1, some.data.n_items + 1), (len(some), 1)))
        out.append(np.where(seen_items(some), -np.inf, scores))
    return np.concatenate(out)


def of_users(run, data, users):
    "Hits among ten films [U] after n events, by n"
    found = {}
    for n in GIVEN:
        scores = top_scores(run.score, asked_after(data, users, n, run.max_len))
        noise = np.random.default_rng(n).random(scores.shape)  # ties: by chance
        top = np.lexsort((noise, -scores))[:, :10] + 1  # codes
        row = data.user_start[users][:, None] + n + np.arange(NEXT)
        found[n] = (top[:, :, None] == data.item[row][:, None, :]).any(-1).sum(-1)
    return {str(n): hits.tolist() for n, hits in found.items()}


def items_of(split, most=400):
    "Test moments by the group of their item's training events: at most so many of each group"
    data = split.data
    count = np.bincount(data.item[split.rows('train')], minlength=data.n_items + 1)
    group = np.searchsorted(RARE, count, side='right') - 1
    test = split.examples('test', 200)
    rng, chosen = np.random.default_rng(0), []
    for g in range(len(RARE)):
        rows = np.flatnonzero((group[test.item] == g) & ~test.repeated)
        chosen.append(rng.permutation(rows)[:most])
    return test, chosen, group


def of_items(run, split):
    "Share of items below the target, among all unmet ones and among those of its group, by group"
    test, chosen, group = items_of(split)
    found = {}
    for first, rows in zip(RARE, chosen):
        if not len(rows):
            continue
        some = test[rows]
        start = np.maximum(some.start, some.end - run.max_len)
        some = Examples(some.data, some.user, some.item, some.time, start=start, end=some.end)
        scores, place = top_scores(run.score, some), np.arange(len(some))
        target = scores[place, some.item - 1][:, None]
        there = np.isfinite(scores)
        there[place, some.item - 1] = False
        alike = there & (group[None, 1:] == group[some.item][:, None])
        below = (scores < target) + 0.5 * (scores == target)
        shares = [(below * w).sum(1) / w.sum(1) for w in (there, alike)]  # NaN: no others
        found[str(first)] = {
            'users': some.user.tolist(),
            'all': [None if np.isnan(v) else round(float(v), 4) for v in shares[0]],
            'alike': [None if np.isnan(v) else round(float(v), 4) for v in shares[1]],
            'others alike': float(alike.sum(1).mean()),
        }
    return found


def main(what, labels, tiny):
    data = synthetic(n_users=150, n_events=40) if tiny else load('ml-100k')
    split, users = users_split(data) if what == 'users' else (global_time(data), None)
    path = Path(__file__).with_name(f'cold-{what}.json')
    kept = json.loads(path.read_text()) if path.exists() and not tiny else {}
    kept = kept if kept.get('fingerprint') == data.fingerprint else {}
    kept |= {'data': data.name, 'fingerprint': data.fingerprint, 'seed': 0}
    small = dict(epochs=1, encoder_epochs=1, base_epochs=1, rounds=5, dim=8, min_leaf=20)
    for label in labels or MODELS:
        model, changes = MODELS[label]
        settings = model and settings_of(model, **changes)
        if tiny and model:
            known = settings.get_params()
            settings = settings.changed(**{k: v for k, v in small.items() if k in known})
        asked = json.loads(json.dumps(settings.get_params())) if model else {}
        if kept.setdefault('models', {}).get(label, {}).get('settings') == asked:
            continue
        begin = time.time()
        run = Live(data)
        if model:
            how = dict(settings=settings, full=False, progress=False)
            run, _ = train_run(model, data, split, **how)
        figures = of_users(run, data, users) if what == 'users' else of_items(run, split)
        kept['models'][label] = {'settings': asked, 'figures': figures}
        print(label, f'{time.time() - begin:.0f} s', means(figures), flush=True)
        if not tiny:
            path.write_text(json.dumps(kept))


def means(figures):
    "What is printed"
    mean = lambda values: round(float(np.nanmean(np.array(values, float))), 3)
    if isinstance(next(iter(figures.values())), list):
        return {n: mean(hits) for n, hits in figures.items()}
    return {g: [mean(f[k]) for k in ('all', 'alike')] for g, f in figures.items()}


if __name__ == '__main__':
    torch.set_num_threads(1)
    words = [w for w in sys.argv[2:] if not w.startswith('--')]
    main(sys.argv[1], words, '--tiny' in sys.argv)
