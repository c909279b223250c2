"""Loading, splitting and point-in-time features: time, peak memory, and the ratio to pandas group-by code.

Needs copies of ml-100k and ml-1m (DIN_REC_DATA).
"""

import resource, statistics
import numpy as np, pandas as pd
from common import alternate, record, seconds
from din_rec.sources import load
from din_rec.splits import leave_one_out
from din_rec.processor import FeatureProcessor


def by_group(data):
    "Nine features of every event as one would write them with pandas group-by; ties in time are not even handled"
    e = data.events.sort_values('time', kind='stable').reset_index(drop=True)
    e['year'] = data.items.year.loc[e.item].to_numpy()
    user, item = e.groupby('user'), e.groupby('item')
    out = {'user_activity': user.cumcount(), 'item_popularity': item.cumcount()}
    out['user_mean_rating'] = user.rating.transform(lambda r: r.expanding().mean().shift())
    out['item_mean_rating'] = item.rating.transform(
        lambda r: (r.expanding().sum().shift().fillna(0) + 17.5) / (np.arange(len(r)) + 5)
    )
    out['user_days'] = (e.time - user.time.transform('first')) / 86400
    out['seq_year'] = user.year.transform(lambda y: y.rolling(50, min_periods=1).mean().shift())
    stamp = e.assign(when=pd.to_datetime(e.time, unit='s'), one=1).set_index('when')
    for days in 7, 30:
        out[f'item_popularity_{days}d'] = (
            stamp.groupby('item').one.rolling(f'{days}D', closed='left').sum()
        )
    genres = data.items.genres.str.get_dummies().loc[e.item].reset_index(drop=True)
    so_far = genres.groupby(e.user).cumsum() - genres
    out['genres_count'] = (so_far * genres).sum(axis=1)
    return out


small, big = load('ml-100k'), None
names = [
    'user_activity',
    'item_popularity',
    'user_mean_rating',
    'item_mean_rating',
    'user_days',
    'seq_year',
    'item_popularity_7d',
    'item_popularity_30d',
    'genres_count',
]
split = leave_one_out(small)
everything = split.examples('train')
ours, theirs, ratio = alternate(
    lambda: FeatureProcessor(names).transform(everything, everything.item[:, None]),
    lambda: by_group(small),
    3,
)


def read():
    global big
    big = leave_one_out(load('ml-1m'))


reading = statistics.median(seconds(read) for _ in range(3))
train = big.examples('train')
rows = np.arange(1_000_000) % len(train)
million = train[np.sort(rows)]
features = statistics.median(
    seconds(lambda: FeatureProcessor().transform(million, million.item[:, None])) for _ in range(3)
)
record(
    __file__,
    {
        'ml-1m: load and split, seconds (aim: 8)': round(reading, 2),
        f'ml-1m: all {len(FeatureProcessor().of(million.data).names)} features of 1,000,000 examples, index included, seconds (aim: 12)': round(
            features, 2
        ),
        'peak memory, GB (aim: 3)': round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2
        ),
        f'ml-100k: {len(names)} features of {len(everything):,} examples, ours, seconds': round(
            ours, 3
        ),
        'the same with pandas group-by, seconds': round(theirs, 3),
        'ratio': round(ratio, 1),
    },
)
