"""The recall stage at a million items: what each source takes, and how much of the exact neighbours the inverted file finds. Made up: a log with a few popular items and many rare ones, and vectors in clusters.

OMP_NUM_THREADS=1 python benchmarks/recall.py [ITEMS]
"""

import sys, time
import numpy as np
import pandas as pd
import din_rec  # noqa: F401  # before PyTorch
from common import record, seconds
from din_rec.data import from_frame
from din_rec.funnel import Near, Popular, Recall, Request, Vectors
from din_rec.live import LiveLog
from din_rec.splits import requests

QUOTAS = {"near": 300, "vectors": 300, "popular": 400}


def made_up(n_items, n_users=50_000, per_user=40, seed=0):
    "A log of events: items by a power law, those of a user from a few neighbourhoods"
    rng = np.random.default_rng(seed)
    taste = rng.integers(0, n_items, (n_users, 4))
    near = taste[np.arange(n_users)[:, None], rng.integers(0, 4, (n_users, per_user))]
    step = rng.geometric(0.02, near.shape)
    popular = (n_items * rng.random(near.shape) ** 6).astype(int)
    item = np.where(rng.random(near.shape) < 0.5, (near + step) % n_items, popular)
    time = 1_700_000_000 + np.sort(rng.integers(0, 90 * 86_400, near.shape), 1)
    frame = {"user": np.repeat(np.arange(n_users), per_user), "item": item.ravel()}
    events = pd.DataFrame({**frame, "time": time.ravel()})
    once = rng.permutation(n_items)  # every item is met at least once
    few = {"user": rng.integers(0, n_users, n_items), "item": once, "time": int(time.min())}
    events = pd.concat([pd.DataFrame(few), events]).drop_duplicates(["user", "item"])
    return from_frame(events, times="clock")


def clustered(n, width=64, clusters=10_000, seed=0):
    "Vectors around centres; items with numbers near each other share one, as those that people meet together do"
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(clusters, width)).astype("float32")
    table = centre[np.arange(n + 1) * clusters // (n + 1)]
    return table + 0.7 * rng.normal(size=table.shape).astype("float32")


def ms(values):
    return {f"p{p}": round(1e3 * float(np.percentile(values, p)), 2) for p in (50, 95, 99)}


if __name__ == "__main__":
    n_items = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10**6
    data, rng = made_up(n_items), np.random.default_rng(1)
    vectors = Vectors(clustered(data.n_items))
    begin = time.perf_counter()
    assert vectors.inverted is not None  # made now
    built = time.perf_counter() - begin
    live, sources = LiveLog(data), [Near(), vectors, Popular()]
    recall, took, each, exact, hits = Recall(sources, QUOTAS), [], {}, [], []
    free = np.ones(data.n_items + 1, bool)
    for n, user in enumerate(rng.integers(0, data.n_users, 330)):
        person = live.of(str(data.users.user_id.iloc[user]))
        moment = requests(person, 1, live.last + 60 + n, repeats="never")
        begin = time.perf_counter()
        found = recall(Request(moment, allowed=free))
        took.append(time.perf_counter() - begin)
        request = Request(moment, allowed=free)
        assert request.free.any()
        for source in sources:
            each.setdefault(source.name, []).append(
                seconds(lambda: source.best(request, QUOTAS[source.name]))
            )
        if n % 3 == 0:
            begin = time.perf_counter()
            scores = np.where(request.free, vectors.scores(request), -np.inf)
            best = np.argpartition(scores, -100)[-100:]
            exact.append(time.perf_counter() - begin)
            hits.append(np.isin(best, vectors.best(request, 100)).mean())
    results = {
        "users, items, events": [data.n_users, data.n_items, len(data)],
        "quotas": QUOTAS,
        "candidates": len(found),
        "clusters, searched": [vectors.inverted.nlist, vectors.inverted.nprobe],
        "width of the vectors": vectors.table.shape[1],
        "inverted file built in, min": round(built / 60, 1),
        "inverted file: recall of the 100 nearest": round(float(np.mean(hits)), 3),
        "ms, the stage": ms(took[30:]),
        "ms, by source": {name: ms(values[30:]) for name, values in each.items()},
        "ms, the 100 nearest by an exact product": ms(exact[10:]),
    }
    record(__file__, results)
