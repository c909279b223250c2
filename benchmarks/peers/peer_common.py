"""What the peer_*.py scripts share: the timing and the two ways of being asked.

    --repeats 5     run that many repeats, print one JSON line with the medians
    --go            wait for a line 'go' on stdin, run one repeat, print its JSON line, wait again

One repeat is --steps training steps, then --steps inference batches; one of each before the first
repeat is not timed. *_per_s is by the wall clock; *_per_cpu_s is by the process's own CPU time (user and system),
which other processes on the same core disturb far less; *_system_share is the kernel's part of it. One thread; pin the process with `taskset -c N`.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")


def arguments(variants):
    parser = argparse.ArgumentParser()
    parser.add_argument("--variant", choices=variants, default=variants[0])
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--go", action="store_true")
    return parser.parse_args()


def measure(name, args, shape, made_with, train_step, infer_step, train_unit, infer_unit):
    """train_step(i) and infer_step(i) do one step and return how many units it covered."""
    import torch

    torch.set_num_threads(1)
    out = sys.stdout

    def timed(step):
        units, before, start = 0, resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        for i in range(args.steps):
            units += step(i)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
        system = after.ru_stime - before.ru_stime
        cpu = after.ru_utime - before.ru_utime + system
        return units / wall, units / cpu, system / cpu

    def repeat():
        line = dict()
        for what, step in dict(train=train_step, infer=infer_step).items():
            wall, cpu, system = timed(step)
            line.update(
                {
                    f"{what}_per_s": round(wall, 1),
                    f"{what}_per_cpu_s": round(cpu, 1),
                    f"{what}_system_share": round(system, 3),
                }
            )
        return line

    def peak():
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    units = dict(train=train_unit, infer=infer_unit)
    train_step(0)
    infer_step(0)
    if args.go:
        for line in sys.stdin:
            if line.strip() != "go":
                break
            print(
                json.dumps(dict(name=name, **repeat(), peak_rss_mib=peak())), file=out, flush=True
            )
        return
    rows = [repeat() for _ in range(args.repeats)]
    result = dict(name=name)
    for key in rows[0]:
        result[key] = statistics.median(row[key] for row in rows)
        result[f"{key}_all"] = [row[key] for row in rows]
    result.update(
        repeats=args.repeats,
        steps_a_repeat=args.steps,
        units=units,
        peak_rss_mib=peak(),
        shape=shape,
        threads=torch.get_num_threads(),
        made_with=made_with,
    )
    print(json.dumps(result), file=out, flush=True)


def measure_samples(name, args, made_with, model, optimizer, *, loss, answer, **shape):
    """`measure` for a model of click prediction: steps of `batch` samples, one candidate each, histories without padding."""
    import torch

    def train_step(_):
        model.train()
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        return shape["batch"]

    def infer_step(_):
        model.eval()
        with torch.no_grad():
            answer()
        return shape["batch"]

    shape |= dict(candidates=1, lengths=f"all {shape['length']}")
    shape["parameters"] = sum(p.numel() for p in model.parameters())
    measure(name, args, shape, made_with, train_step, infer_step, "samples", "pairs")


def edges(users, items, n=100_000):
    """Codes of users and of items of n different pairs, in no order: a graph for LightGCN."""
    import numpy as np

    pairs = np.random.default_rng(1).choice(users * items, n, replace=False)
    return pairs // items + 1, pairs % items + 1


def versions(*packages):
    import importlib.metadata

    return [f"{package}=={importlib.metadata.version(package)}" for package in packages]
