"""Logs past the memory: written in shards, counted, features of every training event; in memory and by Spark beside it.

    OMP_NUM_THREADS=1 python benchmarks/large.py FOLDER [--events 1e7] [--users 1e5] [--items 1e5] [--steps STEP …]

A synthetic log is drawn into FOLDER first. Every step is a process of its own, so its peak memory is its own (children are counted with
Spark). Steps: shards, index, features (out of core, one process); memory (the same in memory); spark (local[2], log and features);
parcels (features as Spark computes them, without Spark, on one core); bits (do the features differ?); epoch (SASRec on the first two
shards); rank (a million items in blocks). Not by default: parity (all features: memory, 1, 7 and 64 shards, Spark in 2 and 8 parts, and
another future), for `--events 1e6 --users 1e4 --items 1e4`; catalogue (steps of training over millions of items). What was measured before of other sizes stays in the record.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import din_rec  # noqa: F401  # before PyTorch
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SAID = dict(rating='rating', scale=(1, 5))
STEPS = 'shards index features memory spark parcels bits epoch rank'.split()
MORE = ['parity', 'catalogue']


def world(folder, events, users, items, days=730, part=2_000_000, seed=0):
    "A log in the order of time, as Parquet: activity of users log-normal, popularity of items by Zipf's law"
    folder.mkdir(parents=True, exist_ok=True)
    rng, span = np.random.default_rng(seed), days * 86_400
    active = rng.lognormal(0, 1, users).cumsum()
    popular = (1 / (10 + rng.permutation(items)) ** 0.9).cumsum()
    for k, low in enumerate(range(0, events, part)):
        n = min(part, events - low)
        columns = {
            'user': np.searchsorted(active / active[-1], rng.random(n)) + 1,
            'item': np.searchsorted(popular / popular[-1], rng.random(n)) + 1,
            'rating': np.clip(np.round(rng.normal(3.6, 1, n)), 1, 5),
        }
        columns['time'] = 1_600_000_000 + np.sort((low + rng.random(n) * n) / events * span).astype(
            int
        )
        pq.write_table(pa.table(columns), folder / f'{k:04}.parquet')


def chunks(folder):
    for path in sorted((folder / 'world').glob('*.parquet')):
        for batch in pq.ParquetFile(path).iter_batches(2_000_000):
            yield batch.to_pandas()


def shards(folder):
    from din_rec.sharded_log import write_log

    log = write_log(chunks(folder), folder / 'log', progress=False, **SAID)
    return {'shards': len(log), 'events': log.n_events}


def index(folder):
    from din_rec.disk_index import write_index
    from din_rec.sharded_log import ShardedLog

    write_index(ShardedLog(folder / 'log'), folder / 'index', neighbours=False)
    return {}


def features(folder):
    from din_rec.disk_index import write_features
    from din_rec.sharded_log import ShardedLog

    write_features(ShardedLog(folder / 'log'), folder / 'index', folder / 'features')
    return {}


def memory(folder):
    from din_rec.data import from_frame
    from din_rec.processor import FeatureProcessor
    from din_rec.splits import leave_one_out

    log = from_frame(pd.read_parquet(folder / 'world'), **SAID)
    examples = leave_one_out(log).examples('train', 50)
    values = FeatureProcessor().transform(examples, examples.item[:, None])[:, 0]
    np.save(folder / 'memory.npy', values)
    return {'moments': len(values), 'features': values.shape[1]}


def new_session(folder):
    from pyspark.sql import SparkSession

    options = {'ui.enabled': 'false', 'driver.memory': '6g', 'sql.shuffle.partitions': '16'}
    options |= {'ui.showConsoleProgress': 'false', 'local.dir': str(folder / 'tmp')}
    options |= {'sql.execution.arrow.maxRecordsPerBatch': '500000'}
    builder = SparkSession.builder.master('local[2]')
    for name, value in options.items():
        builder = builder.config(f'spark.{name}', value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel('OFF')
    return session


def spark(folder):
    from din_rec.spark import spark_features, spark_log

    begin = time.time()
    session, told = new_session(folder), {}
    told['session'] = round(time.time() - begin, 1)
    log = spark_log(session.read.parquet(str(folder / 'world')), folder / 'spark-log', **SAID)
    told['log'] = round(time.time() - begin - told['session'], 1)
    spark_features(log, folder / 'spark-features', spark=session)
    session.stop()
    return told


class Frame:
    "As much of a Spark frame as `features_of_log` needs, one part after the other"

    def __init__(self, parts):
        self.parts = parts

    def mapInArrow(self, run, schema):
        return Frame([batch for part in self.parts for batch in run(iter([part]))])

    def groupBy(self, name):
        table = pa.Table.from_batches(self.parts)
        found = sorted(set(table[name].to_pylist()))
        return Frame([table.filter(pa.compute.equal(table[name], x)) for x in found])

    def applyInArrow(self, run, schema):
        return Frame([batch for table in self.parts for batch in run(table).to_batches()])

    def collect(self):
        return [row for part in self.parts for row in part.to_pandas().itertuples()]


def parcels(folder):
    from din_rec.sharded_log import ShardedLog
    from din_rec.spark import features_of_log

    log = ShardedLog(folder / 'log')
    numbers = Frame([pa.record_batch({'id': [n]}) for n in range(len(log))])
    features_of_log(numbers, log, folder / 'parcels')
    return {}


def apart_of(whole, folder):
    "Values of features in a folder, and how many of them are not those of memory, bit by bit"
    low = apart = 0
    for path in sorted(folder.glob('*.parquet')):
        part = pd.read_parquet(path).filter(like='feature ').to_numpy('float32')
        apart += int((part.view('int32') != whole[low : low + len(part)].view('int32')).sum())
        low += len(part)
    return {'values': low * whole.shape[1], 'with another bit': apart}


def bits(folder):
    whole = np.load(folder / 'memory.npy', mmap_mode='r')
    folders = [folder / name for name in ('features', 'spark-features', 'parcels')]
    return {path.name: apart_of(whole, path) for path in folders if path.is_dir()}


def about(rows):
    "Columns of the items and of the users, so that there is a feature of every kind"
    rng = np.random.default_rng(1)
    items = pd.DataFrame({'item': np.unique(rows.item)})
    items['year'] = rng.integers(1950, 2020, len(items))
    items['price'] = rng.lognormal(2, 1, len(items)).round(2)
    items['brand'] = [f'brand {k}' for k in rng.integers(0, 200, len(items))]
    items['tags'] = ['|'.join(f'tag {k}' for k in rng.integers(0, 20, 3)) for _ in items.item]
    users = pd.DataFrame({'user': np.unique(rows.user)})
    users['age'] = rng.integers(18, 80, len(users))
    users['city'] = [f'city {k}' for k in rng.integers(0, 50, len(users))]
    return dict(items=items, users=users, **SAID)


def in_shards(rows, folder, n, session=None):
    "All features of a log in n shards, by this process or by Spark"
    from din_rec.disk_index import write_features, write_index
    from din_rec.sharded_log import write_log
    from din_rec.spark import spark_features, spark_log

    if session:
        frame = session.createDataFrame(rows).repartition(n, 'item')
        log = spark_log(frame, folder / 'log', 7, **about(rows))
        spark_features(log, folder / 'features', 'all', spark=session)
    else:
        log = write_log([rows], folder / 'log', shards=n, progress=False, **about(rows))
        write_index(log, folder / 'index')
        write_features(log, folder / 'index', folder / 'features', 'all')
    return folder / 'features'


def parity(folder):
    from din_rec.data import from_frame
    from din_rec.processor import FeatureProcessor
    from din_rec.splits import leave_one_out

    place = folder / 'parity'
    shutil.rmtree(place, ignore_errors=True)
    # Spark keeps no order of rows: no user has two events in a second
    rows = pd.read_parquet(folder / 'world').drop_duplicates(['user', 'time'])
    examples = leave_one_out(from_frame(rows, **about(rows))).examples('train', 50)
    processor = FeatureProcessor('all')
    whole = processor.transform(examples, examples.item[:, None])[:, 0]
    told = {'events': len(rows), 'moments': len(whole), 'features': whole.shape[1]}
    told['names'] = processor.names
    for n in 1, 7, 64:
        label = f"{n} {'shard' if n == 1 else 'shards'}"
        told[label] = apart_of(whole, in_shards(rows, place / f'{n}', n))
    moment = int(np.quantile(rows.time, 0.7))
    late, other = rows.time.to_numpy() > moment, rows.copy()
    other.loc[late, 'rating'] = 6 - rows.rating[late]
    other.loc[late, 'item'] = np.random.default_rng(0).permutation(rows.item[late])
    found = pd.read_parquet(in_shards(other, place / 'other', 7)).filter(like='feature ')
    changed = (found.to_numpy('float32').view('int32') != whole.view('int32')).any(1)
    past = examples.time <= moment
    told['another future'] = {
        'moments before it': int(past.sum()),
        'of them with another bit': int(changed[past].sum()),
        'moments after it with another bit': int(changed[~past].sum()),
    }
    session = new_session(folder)
    for n in 2, 8:
        path = in_shards(rows, place / f'spark-{n}', n, session)
        told[f'Spark, {n} parts'] = apart_of(whole, path)
    session.stop()
    return told


def epoch(folder):
    from din_rec.recipes import How
    from din_rec.settings import settings_of
    from din_rec.sharded_log import ShardedLog
    from din_rec.sharded_training import train_on_shards

    log = ShardedLog(folder / 'log')
    log.parts = log.parts[:2]
    settings = settings_of('sasrec', dim=64, epochs=1, loss='logq', negatives=256, shared=True)
    trainer = train_on_shards(settings, log, how=How(progress=False), watch=False)
    return {'events': log.n_events, 'loss': round(float(trainer.history.loss.iloc[0]), 4)}


def catalogue(folder, users=2_000, steps=20):
    "Steps of SASRec over a million items and over ten, with AdamW and with sparse steps"
    from din_rec.batches import WindowData
    from din_rec.data import from_frame
    from din_rec.models import SASRec
    from din_rec.splits import leave_one_out
    from din_rec.trainer import RichTrainer

    told = {'steps': steps}
    for n_items in 1_000_000, 10_000_000:
        rng = np.random.default_rng(0)
        rows = pd.DataFrame({'user': np.repeat(np.arange(users), 50)})
        rows['time'], rows['item'] = np.arange(len(rows)), rng.integers(1, n_items + 1, len(rows))
        items = pd.DataFrame({'item': np.arange(1, n_items + 1)})
        loo = leave_one_out(from_frame(rows, items=items, new_items=True, times='clock'))
        for sparse in True, False:
            if n_items > 1_000_000 and not sparse:
                continue  # weights, gradients and two moments are 10 GiB, and as much on the way
            how = dict(batch_size=64, loss='logq', sparse=sparse, progress=False)
            trainer = RichTrainer(SASRec(n_items, 64), max_len=50, **how)
            data = WindowData(loo, 50, negatives=256, alpha=0.5, shared=True)
            data.set_epoch(0)
            batches, took = trainer._loader(data, 0, 0), []
            trainer.model.train()
            for _, pieces in zip(range(steps if sparse else 5), batches):
                begin = time.time()
                trainer._step(pieces)
                took.append(time.time() - begin)
            name = f'{n_items:.0e} items, '.replace('e+0', 'e') + ('sparse' if sparse else 'AdamW')
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            told[name] = {'ms per step': round(1000 * float(np.median(took[1:])), 1)}
            told[name] |= {'peak GiB so far': round(peak, 2)}
            del trainer
    return told


def rank(folder, n_items=1_000_000, users=1_000):
    from din_rec.block_ranking import block_counts
    from din_rec.data import from_frame
    from din_rec.models import SASRec
    from din_rec.splits import leave_one_out
    from din_rec.trainer import RichTrainer

    rng = np.random.default_rng(0)
    rows = pd.DataFrame({'user': np.repeat(np.arange(users), 20), 'time': np.arange(users * 20)})
    rows['item'] = rng.integers(1, n_items + 1, len(rows))
    items = pd.DataFrame({'item': np.arange(1, n_items + 1)})
    log = from_frame(rows, items=items, new_items=True, times='clock')
    trainer = RichTrainer(SASRec(log.n_items, 64), max_len=50, progress=False)
    begin = time.time()
    block_counts(trainer, leave_one_out(log).examples('test', 50))
    return {'items': log.n_items, 'users': users, 'ranking': round(time.time() - begin, 1)}


def measured(step, folder):
    "Run a step and tell its seconds, its processor seconds and its peak memory"
    begin = time.time()
    told = globals()[step](folder)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in used)
    print(json.dumps({
        'seconds': round(time.time() - begin, 1),
        'processor seconds': round(cpu, 1),
        'peak GiB': round(max(u.ru_maxrss for u in used) / 2**20, 2),
        **told,
    }))  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', type=Path)
    for name, default in ('events', 1e7), ('users', 1e5), ('items', 1e5):
        parser.add_argument(f'--{name}', type=float, default=default)
    parser.add_argument('--steps', nargs='+', default=STEPS, choices=STEPS + MORE)
    parser.add_argument('--step', help='of a process of its own')
    args = parser.parse_args()
    if args.step:
        return measured(args.step, args.folder)
    from din_rec.recipes import machine_name

    size = [int(x) for x in (args.events, args.users, args.items)]
    if not (args.folder / 'world').is_dir():
        world(args.folder / 'world', *size)
    path = Path(__file__).with_suffix('.json')
    record = json.loads(path.read_text()) if path.exists() else {'machine': machine_name()}
    label = ' '.join(f'{n:.0e} {what}' for n, what in zip(size, ('events', 'users', 'items')))
    label = label.replace('e+0', 'e')
    for step in args.steps:
        command = [sys.executable, '-W', 'ignore', __file__, str(args.folder), '--step', step]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        record.setdefault('ranking' if step in ('rank', 'catalogue') else label, {})[step] = (
            json.loads(run.stdout.splitlines()[-1])
        )
        print(step, run.stdout.splitlines()[-1], flush=True)
        path.write_text(json.dumps(record, indent=1) + '\n')


if __name__ == '__main__':
    main()
