"""What each model needs: peak memory of a training and of a ranking, and the size of what is saved. Not a timing.

    OMP_NUM_THREADS=1 python benchmarks/memory.py [--tiny]

Every model of the comparison on ml-100k, and of the study `papers` on ml-1m, has a process of its own that loads the log, fits it with
its own settings (networks for one epoch: more epochs take no more memory; trees for ten rounds), ranks the lists of 100 of all users
and is saved. `log` is the process with the log and its libraries before the training, `fit` and `rank` are peaks above that. Models
that are in `memory.json` are not measured again.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import din_rec  # noqa: F401  # before PyTorch
import torch
from common import record

from din_rec.plans import TRIED, plan

_SMALL = dict(dim=8, min_leaf=20)
SHORT = dict(epochs=1, encoder_epochs=1, base_epochs=1, rounds=10)
STUDIES = {'ml-100k': 'comparison', 'ml-1m': 'papers'}


def jobs(name):
    "Label → job of a log, on ml-1m without other trainings of a model that is there"
    found = {job.label: job for job in plan(STUDIES[name], name, seeds=1)}
    return {label: job for label, job in found.items() if label not in TRIED or name != 'ml-1m'}


def peak():
    "MiB that the process has held at most"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def short(settings, changes):
    "The same settings with trainings of one epoch, of networks under trees too"
    from din_rec.settings import known_settings

    given = known_settings(settings.model, changes)
    if settings.model == 'hybrid':
        under = (settings.base, *settings.others)
        base, *others = (short(one, changes).get_params() for one in under)
        given |= {'base': base, 'others': tuple(others)}
    return settings.changed(**{k: v for k, v in given.items() if k != 'base_epochs'})


def one(name, label, tiny):
    "Figures of one model on one log, in this process"
    from din_rec import tree_text  # noqa: F401  # trees that are saved
    from din_rec import tree_text  # noqa: F401  # trees that are saved
    from din_rec.experiments import job_data
    from din_rec.recipes import train_run
    from din_rec.sources import load, synthetic

    torch.set_num_threads(1)
    job = jobs(name)[label]
    data = synthetic(n_users=150, n_events=30) if tiny else job_data(job, load(name))
    settings = short(job.all_settings(), {**SHORT, **_SMALL} if tiny else SHORT)
    torch.zeros(8, 8) @ torch.zeros(8, 8)
    Path('/proc/self/clear_refs').write_text('5')  # the peak of reading the log is forgotten
    before = peak()
    run, _ = train_run(job.model, data, settings=settings, full=False, progress=False)
    after = peak()
    with tempfile.TemporaryDirectory() as folder:
        if hasattr(run.scorer, 'save'):  # the others are counted anew from the log
            run.scorer.save(Path(folder))
        size = sum(p.stat().st_size for p in Path(folder).rglob('*') if p.is_file())
    return {
        'log, MiB': round(before),
        'fit and rank, MiB more': round(after - before),
        'saved, MiB': round(size / 2**20, 2),
        'parameters': run.info.get('parameters', 0),
    }


if __name__ == '__main__':
    words = [w for w in sys.argv[1:] if not w.startswith('--')]
    tiny = '--tiny' in sys.argv
    if words:
        print(json.dumps(one(*words, tiny)))
        sys.exit()
    path = Path(__file__).with_suffix('.json')
    known = json.loads(path.read_text())['results'] if path.exists() and not tiny else {}
    found = {name: known.get(name, {}) for name in STUDIES}
    for name, label in [(n, label) for n in STUDIES for label in jobs(n) if label not in found[n]]:
        command = [sys.executable, __file__, name, label, *(['--tiny'] if tiny else [])]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found[name][label] = json.loads(out.splitlines()[-1])
        print(name, label, found[name][label], flush=True)
        if not tiny:
            record(__file__, found)  # after each: a hybrid takes long
