"""How time and memory grow with the log: 10^5, 10^6 and 10^7 events, each size in a process of its own.

python benchmarks/scale.py             all sizes, written to benchmarks/scale.json
python benchmarks/scale.py 1000000     one size, printed
"""

import json, math, resource, subprocess, sys, time
import numpy as np, pandas as pd
from common import record
from din_rec.data import from_frame
from din_rec.splits import evaluation_candidates, leave_one_out
from din_rec.processor import FeatureProcessor
from din_rec.batches import ExampleData, WindowData
from din_rec.models import DIN, SASRec
from din_rec.topk import catalogue_counts
from din_rec.basics import keep_memory
from din_rec.trainer import RichTrainer


def world(n, rng):
    "A log of n events: a user has about a hundred, items follow a power law, two years, with ids, ratings and metadata"
    users, items = n // 100, int(30 * n**0.45)
    item = np.minimum((rng.pareto(1.0, n) * items / 50).astype('int64'), items - 1)
    frame = pd.DataFrame(
        {
            'user': rng.integers(0, users, n),
            'item': item,
            'time': np.sort(rng.integers(1_600_000_000, 1_663_000_000, n)),
            'rating': rng.integers(1, 6, n),
        }
    )
    genres = [
        '|'.join(f'Genre {g}' for g in sorted(rng.choice(18, rng.integers(1, 4), replace=False)))
        for _ in range(items)
    ]  # as many as MovieLens has
    about = pd.DataFrame(
        {
            'item': np.arange(items),
            'title': [f'Film {i}' for i in range(items)],
            'year': rng.integers(1950, 2020, items),
            'genres': genres,
        }
    )
    return frame, about[about['item'].isin(np.unique(item))]


def measure(n):
    rng, out = np.random.default_rng(0), {}
    frame, about = world(n, rng)

    def timed(name, function):
        wall, cpu = time.perf_counter(), time.process_time()
        value = function()
        out[name] = {
            'seconds': round(time.perf_counter() - wall, 2),
            'cpu seconds': round(time.process_time() - cpu, 2),
            'peak GB so far': round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        }
        print(name, out[name], file=sys.stderr, flush=True)
        return value

    keep_memory()
    data = timed(
        'load and check',
        lambda: from_frame(frame, rating='rating', items=about, duplicates='first'),  # noqa: F821
    )
    del frame
    split = timed('split', lambda: leave_one_out(data))
    train = split.examples('train')
    features = timed('features: index and fit', lambda: FeatureProcessor().fit(split))
    timed(
        'features of every event',
        lambda: [
            features.transform(train[low : low + 200_000], train.item[low : low + 200_000, None])
            for low in range(0, len(train), 200_000)
        ],
    )
    timed('neighbours: index of the four expensive features', lambda: data.index.neighbours)
    del data.index.neighbours
    valid = split.examples('valid')
    some = valid[np.sort(rng.permutation(len(valid))[:500])]
    lists = evaluation_candidates(some, 100)
    rows = train[np.sort(rng.permutation(len(train))[:20_000])]
    din = RichTrainer(
        DIN(data.n_items, n_feats=features.width, position=50), features, progress=False
    )
    timed(
        'DIN: an epoch of 20,000 examples',
        lambda: din.fit(
            ExampleData(rows, None, split, 4, 50, features),
            ExampleData(some, lists, features=features),
            1,
        ),
    )
    few = (
        data.select(data.user <= 1000, 'the first thousand users') if data.n_users > 1000 else data
    )
    part = leave_one_out(few)
    check = part.examples('valid')[:500]
    sasrec = RichTrainer(
        SASRec(few.n_items, max_len=50), loss='catalogue', batch_size=64, progress=False
    )
    timed(
        'SASRec: an epoch of a thousand users',
        lambda: sasrec.fit(
            WindowData(part, 50), ExampleData(check, evaluation_candidates(check, 100)), 1
        ),
    )
    test = part.examples('test')[:1000]
    timed('full ranking: a thousand users', lambda: catalogue_counts(sasrec.score, test))
    return {'events': len(data), 'users': data.n_users, 'items': data.n_items, 'steps': out}


if len(sys.argv) > 1:
    print(json.dumps(measure(int(sys.argv[1]))))
else:
    sizes = [10**5, 10**6, 10**7]
    found = {
        n: json.loads(
            subprocess.run(
                [sys.executable, __file__, str(n)], stdout=subprocess.PIPE, check=True, text=True
            ).stdout
        )
        for n in sizes
    }
    names = [
        name
        for name in found[sizes[0]]['steps']
        if found[sizes[0]]['steps'][name]['cpu seconds'] >= 0.05
    ]
    growth = {
        name: [
            round(
                math.log10(
                    found[b]['steps'][name]['cpu seconds'] / found[a]['steps'][name]['cpu seconds']
                )
                / math.log10(b / a),
                2,
            )
            for a, b in zip(sizes, sizes[1:])
        ]
        for name in names
    }
    record(
        __file__,
        {
            'sizes': {f'{n:,}': found[n] for n in sizes},
            'exponent of growth, from size to size, by cpu seconds': growth,
        },
    )
