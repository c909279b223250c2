"""What the calls of a store cost, with so many events in it: in memory, in a file, on a Redis server of its own that syncs each write (left out where there is no redis-server).

OMP_NUM_THREADS=1 python benchmarks/store.py
"""

import shutil, socket, subprocess, tempfile, time
from contextlib import contextmanager, suppress
from pathlib import Path
import numpy as np
from common import record, seconds
from din_rec.state import Event, StoreDown, open_store

HELD = 100_000


def events(name, n):
    return [Event(f'{name}-{i:09}', f'user-{i % 1000}', f'item-{i % 500}', i) for i in range(n)]


@contextmanager
def redis_server(folder):
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    options = f'--port {port} --bind 127.0.0.1 --dir {folder} --appendonly yes --appendfsync always'
    server = subprocess.Popen(
        ['redis-server', *options.split(), '--save', ''], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with suppress(StoreDown):
                open_store(f'redis://127.0.0.1:{port}/0').close()
                break
            time.sleep(0.05)
        yield f'redis://127.0.0.1:{port}/0'
    finally:
        server.kill()
        server.wait()


def median(times):
    return round(float(np.median(times)) * 1e6, 1)


def measured(store):
    "Microseconds of each call, in the median"
    for low in range(0, HELD, 1000):
        store.append(events(f'held {low}', 1000))
    last, one, hundred, news = store.newest, [], [], []
    for n in range(300):
        one.append(seconds(lambda: store.append(events(f'one {n}', 1))))
        news.append(seconds(lambda: store.since(last)))
        last = store.newest
    for n in range(50):
        batch = events(f'hundred {n}', 100)
        hundred.append(seconds(lambda: store.append(batch)))
    last = store.newest
    return {
        'append 1 event': median(one),
        'append 100 events in one call': median(hundred),
        'since, nothing new': median([seconds(lambda: store.since(last)) for _ in range(3000)]),
        'since, 1 new': median(news),
        'since the beginning, per event': round(
            median([seconds(lambda: store.since(0)) for _ in range(3)]) / len(store), 2
        ),
        'len': median([seconds(lambda: len(store)) for _ in range(20)]),
        'forget one user of a thousand': median(
            [seconds(lambda: store.forget(f'user-{n}')) for n in range(5)]
        ),
    }


if __name__ == '__main__':
    folder = Path(tempfile.mkdtemp())
    took = {'memory': measured(open_store('memory'))}
    took['file'] = measured(open_store(folder / 'store.db'))
    size = round((folder / 'store.db').stat().st_size / 1e6, 1)
    if shutil.which('redis-server'):
        with redis_server(folder) as url:
            took['server'] = measured(open_store(url))
    shutil.rmtree(folder)
    record(__file__, {'events held': HELD, 'MB of the file': size, 'microseconds': took})
