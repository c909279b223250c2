"""What the benchmark scripts share."""

import json, platform, statistics, time
from pathlib import Path


def seconds(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def alternate(a, b, runs=5):
    "Medians of two functions run in turn, after one warm-up each, and the median of the ratios b/a of neighbours"
    a(), b()
    pairs = [(seconds(a), seconds(b)) for _ in range(runs)]
    return [statistics.median(column) for column in zip(*pairs)] + [
        statistics.median(y / x for x, y in pairs)
    ]


def record(script, results, threads=1, arguments=''):
    import numpy, torch

    cpu = (
        next(
            (
                line.split(':')[1].strip()
                for line in open('/proc/cpuinfo')
                if line.startswith('model name')
            ),
            platform.machine(),
        )
        if Path('/proc/cpuinfo').exists()
        else platform.machine()
    )
    out = {
        'command': f'OMP_NUM_THREADS={threads} python benchmarks/{Path(script).name}{arguments}',
        'machine': f"{cpu}, {'one core' if threads == 1 else f'{threads} cores'}",
        'torch': torch.__version__,
        'numpy': numpy.__version__,
        'results': results,
    }
    Path(script).with_suffix('.json').write_text(json.dumps(out, indent=1) + '\n')
    print(json.dumps(out, indent=1))


def windows_of_ml1m(batch_size, steps):
    "The log, its windows of 200 events for training, and some batches of them"
    from din_rec.batches import WindowData, make_loader
    from din_rec.sources import load
    from din_rec.splits import leave_one_out

    data = load('ml-1m')
    windows = WindowData(leave_one_out(data), 200, random_cut=True)
    batches = make_loader(windows, batch_size, shuffle=True)
    return data, windows, [batch for batch, _ in zip(batches, range(steps))]
