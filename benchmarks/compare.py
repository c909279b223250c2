"""Ours against public implementations, each in its own process and environment, asked in turn on one core.

    PEERS_CTR=<python with requirements-ctr.txt> PEERS_RECBOLE=<python with requirements-recbole.txt> \\
    FUXICTR_DIN=<folder of FuxiCTR's model_zoo/DIN/src/DIN.py> SASREC_PYTORCH=<folder of SASRec.pytorch's python/model.py> \\
    PEERS_RECTOOLS=<python with requirements-rectools.txt> FUXICTR_ZOO=<folder of its DIEN.py and MMoE.py> \\
    LRUREC=<folder of LRURec's model/lru.py> \\
    DIN_REC_DATA=<folder with ml-100k> python benchmarks/compare.py [rounds] [core] [group …]

With groups (the beginnings of their names: 'DIEN', 'SASRec, full'), only these are measured; the other rows of `compare.json` stay.

Every process does some steps when told to; the others wait. Speeds are by the clock and by the process's own processor time;
ratios are medians over rounds of ours / theirs by processor time, which other programs on the machine disturb least.
Two settings of the C library's memory: as it comes, and kept (freed memory is not handed back), for ours and theirs alike.
"""

import json, os, platform, statistics, subprocess, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = {'MALLOC_MMAP_MAX_': '0', 'MALLOC_TRIM_THRESHOLD_': str(2**34)}
CTR, RECBOLE, RECTOOLS = (os.environ[f'PEERS_{name}'] for name in ('CTR', 'RECBOLE', 'RECTOOLS'))
GROUPS = {  # name → (steps a round, ours, theirs), with the script, the Python and the variant of each
    'DIN, ReLU': (
        2,
        [('ours', sys.executable, 'din_relu')],
        [('peer_fuxictr_din', CTR, 'relu'), ('peer_deepctr_din', CTR, 'relu')],
    ),
    'DIN, sigmoid': (
        2,
        [('ours', sys.executable, 'din_sigmoid')],
        [('peer_deepctr_din', CTR, 'sigmoid')],
    ),
    'DIN, Dice': (
        2,
        [('ours', sys.executable, 'din_dice')],
        [('peer_fuxictr_din', CTR, 'dice'), ('peer_deepctr_din', CTR, 'dice')],
    ),
    'SASRec, binary, width 50': (
        8,
        [('ours', sys.executable, 'sasrec_bce')],
        [('peer_sasrec_pytorch', RECBOLE, 'default')],
    ),
    'SASRec, full softmax': (
        2,
        [('ours', sys.executable, 'sasrec')],
        [('peer_recbole', RECBOLE, 'sasrec')],
    ),
    'GRU4Rec, full softmax': (
        2,
        [('ours', sys.executable, 'gru4rec'), ('ours', sys.executable, 'gru4rec_64')],
        [('peer_recbole', RECBOLE, 'gru4rec'), ('peer_recbole', RECBOLE, 'gru4rec_64')],
    ),
    'NARM, full softmax': (
        2,
        [('ours', sys.executable, 'narm'), ('ours', sys.executable, 'narm_64')],
        [('peer_recbole', RECBOLE, 'narm'), ('peer_recbole', RECBOLE, 'narm_64')],
    ),
    'BERT4Rec, full softmax': (
        4,
        [('ours', sys.executable, 'bert4rec')],
        [('peer_recbole', RECBOLE, 'bert4rec'), ('peer_rectools', RECTOOLS, 'bert4rec')],
    ),
    'LiGR, full softmax': (
        4,
        [('ours', sys.executable, 'ligr')],
        [('peer_rectools', RECTOOLS, 'ligr')],
    ),
    'LRURec, full softmax': (
        4,
        [('ours', sys.executable, 'lrurec')],
        [('peer_lrurec', RECBOLE, 'default')],
    ),
    'LightGCN': (
        20,
        [('ours', sys.executable, 'lightgcn')],
        [('peer_recbole', RECBOLE, 'lightgcn')],
    ),
    'DIEN': (
        1,
        [('ours', sys.executable, 'dien')],
        [('peer_fuxictr', CTR, 'dien'), ('peer_deepctr', CTR, 'dien')],
    ),
    'DIEN, auxiliary loss': (
        1,
        [('ours', sys.executable, 'dien_auxiliary')],
        [
            ('peer_rechub', RECTOOLS, 'dien_auxiliary'),
            ('peer_deepctr', CTR, 'dien_auxiliary'),
        ],
    ),
    'MMoE': (
        4,
        [('ours', sys.executable, 'mmoe_mean'), ('ours', sys.executable, 'mmoe')],
        [
            ('peer_fuxictr', CTR, 'mmoe'),
            ('peer_deepctr', CTR, 'mmoe'),
            ('peer_rechub', RECTOOLS, 'mmoe'),
        ],
    ),
}


class Racer:
    def __init__(self, script, python, variant, steps, core, memory):
        self.name = f'{script.removeprefix("peer_")} {variant}'
        self.process = subprocess.Popen(
            [
                'taskset',
                '-c',
                core,
                python,
                str(HERE / 'peers' / f'{script}.py'),
                '--variant',
                variant,
                '--steps',
                str(steps),
                '--go',
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, 'OMP_NUM_THREADS': '1', **memory},
        )

    def go(self):
        self.process.stdin.write('go\n')
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith('{'):
                return json.loads(line)
        raise RuntimeError(f'{self.name} ended')


def race(steps, ours, theirs, rounds, core, memory):
    racers = [Racer(*who, steps, core, memory) for who in ours + theirs]
    for racer in racers:
        racer.go()  # not counted
    rows = {racer.name: [] for racer in racers}
    for _ in range(rounds):
        for racer in racers:
            rows[racer.name].append(racer.go())
    for racer in racers:
        racer.process.stdin.close()
        racer.process.wait()
    out, middle = {}, lambda values: statistics.median(values)
    for name, found in rows.items():
        out[name] = {
            key: round(middle(row[key] for row in found))
            for key in (
                'train_per_s',
                'train_per_cpu_s',
                'infer_per_s',
                'infer_per_cpu_s',
                'peak_rss_mib',
            )
        }
    for mine in rows:
        for other in rows:
            if mine.startswith('ours') and not other.startswith('ours'):
                out[mine][f'times {other}'] = {
                    what: round(
                        middle(
                            a[f'{what}_per_cpu_s'] / b[f'{what}_per_cpu_s']
                            for a, b in zip(rows[mine], rows[other])
                        ),
                        2,
                    )
                    for what in ('train', 'infer')
                }
    return out


rounds, core = (
    int(sys.argv[1]) if len(sys.argv) > 1 else 5,
    sys.argv[2] if len(sys.argv) > 2 else '0',
)
cpu = next(
    (line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')),
    platform.machine(),
)
asked = [name for name in GROUPS if not sys.argv[3:] or name.startswith(tuple(sys.argv[3:]))]
if not asked:
    sys.exit(f'no such group, there are: {"; ".join(GROUPS)}')
now = {
    'command': f'python benchmarks/compare.py {rounds}',
    'machine': f'{cpu}, one core',
    'rounds': rounds,
}
record = {**now, 'results': {}}
if sys.argv[3:] and (HERE / 'compare.json').exists():
    record = json.loads((HERE / 'compare.json').read_text())
for name in asked:
    steps, ours, theirs = GROUPS[name]
    found = {}
    for kind, memory in ('memory as it comes', {}), ('memory kept', KEPT):
        found[kind] = race(steps, ours, theirs, rounds, core, memory)
        print(name, kind, json.dumps(found[kind]), flush=True)
    record['results'][name] = found
    apart = record.pop('apart', {})  # groups that were measured in another way than the record says
    apart[name] = {k: now[k] for k in ('machine', 'rounds') if now[k] != record[k]}
    record |= {'apart': some} if (some := {k: v for k, v in apart.items() if v}) else {}
    (HERE / 'compare.json').write_text(json.dumps(record, indent=1) + '\n')
