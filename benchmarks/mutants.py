"""Would the book notice a wrong line? Each mutant changes one operator, bound or constant of an exported function; the cells of its
notebook are run with it, and one of them should fail.

OMP_NUM_THREADS=1 PYTHONHASHSEED=0 python benchmarks/mutants.py [--limit N] [--only NOTEBOOK]      writes benchmarks/mutants.json

The cells before the changed one are run once; each mutant is a fork that goes on from there, up to the first cell that fails.
"""

import argparse, ast, contextlib, gc, json, os, random, re, resource, signal, sys, tempfile, time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TARGETS = {  # notebook → what decides what is measured
    '09_topk.ipynb': None,  # all
    '09a_evaluation.ipynb': None,
    '00b_columns.ipynb': ['check_ids', 'to_seconds'],
    '01_data.ipynb': [
        'Interactions',
        'from_frame',
        '_ratings',
        '_notes_on_duplicates',
        '_encode',
        'with_user',
        'select',
        'min_rating',
        'k_core',
    ],
    '03_splits.ipynb': [
        'Split',
        'leave_one_out',
        'global_time',
        'random_split',
        'Examples',
        'requests',
        'examples',
        'sample_negatives',
        'evaluation_candidates',
    ],
    '04_features.ipynb': None,
    '04b_processor.ipynb': None,
    '05_batches.ipynb': None,
}
SKIP = re.compile(r'^#\|\s*(slow|data|gpu|eval:\s*false)|nbdev_export\(\)|^\s*[%!]', re.M)
SPEED = {
    'chunk',
    'pairs',
    'num_workers',
    'prefetch_factor',
    'pin_memory',
}  # their values decide how fast, not what
SWAP = {
    '<': '<=',
    '<=': '<',
    '>': '>=',
    '>=': '>',
    '==': '!=',
    '!=': '==',
    '+': '-',
    '-': '+',
    '*': '/',
    '/': '*',
    '//': '*',
    '%': '*',
    '**': '*',
    '&': '|',
    '|': '&',
    '^': '|',
    '<<': '>>',
    '>>': '<<',
    'and': 'or',
    'or': 'and',
    'is': 'is not',
    'is not': 'is',
    'in': 'not in',
    'not in': 'in',
    'minimum': 'maximum',
    'maximum': 'minimum',
    'min': 'max',
    'max': 'min',
    'any': 'all',
    'all': 'any',
    "'left'": "'right'",
    "'right'": "'left'",
}
OPERATOR = re.compile(rb'is not|not in|and|or|is|in|[<>=!]=|\*\*|//|>>|<<|[-+*/%<>&|^]')
EQUIVALENT = {  # mutants that no test can tell from the original, and why
    '05_topk.ipynb': {
        'expected_gain: D = np.append(0., np.cumsum(discount(np.arange(1, int(k) + «1 → 2»))))': 'one entry more at the end, where no look-up goes: both are cut at k',
        'calibrate: mean, sd = s.mean(), s.std() or «1. → 2.0»': 'read only where all scores are equal; their column is 0 then, and its slope 0, whatever divides it',
        "check_candidates: key = lambda users, items: users.astype('int64') * (data.n_items + «1 → 2») + items": 'any factor above n_items tells the pairs apart',
        "check_candidates: key = lambda users, items: users.astype('int64') * (data.n_items + 1) «+ → -» items": 'tells the pairs apart as well; codes out of range break an earlier rule',
        'one_positive: return (np.arange(candidates.shape[1]) == 0) «* → /» np.ones((len(candidates), 1))': 'a division by 1',
    },
    '00_data.ipynb': {
        "_seconds: hint = '; milliseconds? divide by 1000' if given.dtype.kind in 'iuf' and 1e11 «< → <=» column[bad[0]] < 1e14 else ''": '1e11 itself is allowed, so it is never the bad one',
        'k_core: counts = [np.bincount(c[keep], minlength=c.max() + «1 → 2») for c in (data.user, data.item)]': 'one count more at the end, which nothing reads',
        'requests: span = data.time.max() + «2 → 3»': 'any span above the last second + 1 keeps users apart, and times are cut just below it',
        'examples: studied = np.bincount(d.user[np.isin(self.part, (0, 3))], minlength=d.n_users + «2 → 3»)': 'one count more at the end, which nothing reads',
        'sample_negatives: if alpha: bounds = np.cumsum(np.bincount(d.item[studied], minlength=d.n_items + 1).astype(float) ** alpha * (np.arange(d.n_items + 1) «> → >=» 0))': 'item 0 has no events, and 0 ** alpha is 0 for the alpha > 0 that leads here',
        'evaluation_candidates: catalogue, weight = np.arange(1, d.n_items + 1), np.bincount(d.item, minlength=d.n_items + «1 → 2»).astype(float) ** alpha': 'one weight more at the end, which nothing reads',
    },
    '01_features.ipynb': {
        '_search: if wanted.size «< → <=» 1000: return np.searchsorted(keys, wanted)': 'either way gives the same places',
        '_search: if wanted.size < «1000 → 1001»: return np.searchsorted(keys, wanted)': 'the same',
        '_by_genre: def _by_genre(genres, item, weight, kind, rows=«2 → 3»**15): # [I + 1, G], [E], [E, 1] or 1, type of the sums, rows at a time': 'how many rows at a time: memory and speed; seven at a time give the same sums',
        '_by_genre: def _by_genre(genres, item, weight, kind, rows=2«** → *»15): # [I + 1, G], [E], [E, 1] or 1, type of the sums, rows at a time': 'the same',
        '_by_genre: def _by_genre(genres, item, weight, kind, rows=2**«15 → 16»): # [I + 1, G], [E], [E, 1] or 1, type of the sums, rows at a time': 'the same',
        'LogIndex: self.span = data.time.max() + «2 → 3»': 'any span above the last second + 1 keeps items and users apart, and times are cut just below it',
        'LogIndex: self.first = np.searchsorted(item[order], np.arange(data.n_items + «2 → 3»))': 'one place more at the end, which nothing reads',
        'LogIndex: self.times, self.ratings = times[clock], np.r_[«0. → 1.0», np.cumsum(rating[clock])]': 'the sum of no ratings, only divided by their number 0, which gives NaN whatever it is',
        'UserTables: pair = d.user * (d.n_items + «1 → 2») + d.item': 'any factor above n_items tells the pairs apart',
        'UserTables: pair = d.user * (d.n_items + 1) «+ → -» d.item': 'tells the pairs apart as well, and a stable sort keeps the rows of each in order',
        'UserTables: again = np.r_[«False → True», np.diff(pair[order]) == 0]': 'the first entry is cut off again on the next lines',
        'seq_unique: rows = q.end - 1 - np.arange(max(int(q.length.max(initial=«0 → 1»)), 1))': 'it is at least 1 anyway',
        'seq_unique: rows = q.end - 1 - np.arange(max(int(q.length.max(initial=0)), «1 → 2»))': 'one column more, which lies before every window',
        'seq_unique: return (inside & (q.tables.previous[np.where(inside, rows, «0 → 1»)] < q.start)).sum(1, keepdims=True)': 'a place outside the window, which `inside` hides; a log with a repetition has a row 1',
        'Neighbours: def key(self, a, b): return (np.minimum(a, b) * self.width «+ → -» np.maximum(a, b)) * self.span': 'tells the pairs of items apart as well',
        '_near: n = np.where(hist «> → >=» 0, q.index.neighbours.count(hist, q.item[:, None], time), 0)': 'padding, item 0, stands near nothing, so its count is 0 already',
        'FeatureProcessor: index, step = self.index(examples.data), max(«1 → 2», pairs // max(1, candidates.shape[1]))': 'how many moments at a time: memory and speed; a moment does not see its neighbours in a chunk',
        'FeatureProcessor: index, step = self.index(examples.data), max(1, pairs «// → *» max(1, candidates.shape[1]))': 'the same',
        'FeatureProcessor: index, step = self.index(examples.data), max(1, pairs // max(«1 → 2», candidates.shape[1]))': 'the same',
        "fit: flat = wide.reshape(-«1 → 2», wide.shape[-1]).astype('float64')": 'numpy takes any negative size for the open one',
        'scaled: return np.nan_to_num(np.clip((wide - mean) / spread, -5, 5), copy=«False → True»)': 'a copy of an array that nobody else holds',
    },
}


def edits(node, text, at):
    "(begin, end, new) for each change of one node; `at(line, column)` is a place in the bytes `text`"
    begin, end = at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)
    pairs = {
        ast.Compare: lambda n: [n.left, *n.comparators],
        ast.BoolOp: lambda n: n.values,
        ast.BinOp: lambda n: [n.left, n.right],
        ast.AugAssign: lambda n: [n.target, n.value],
    }.get(type(node), lambda n: [])(node)
    for a, b in zip(pairs, pairs[1:]):
        found = OPERATOR.search(
            text, at(a.end_lineno, a.end_col_offset), at(b.lineno, b.col_offset)
        )
        if found:
            yield *found.span(), SWAP[found[0].decode()]
    if isinstance(node, ast.UnaryOp):
        yield begin, begin + (3 if isinstance(node.op, ast.Not) else 1), ''
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield begin, end, str(not node.value)
        elif isinstance(node.value, (int, float)):
            yield begin, end, repr(node.value + 1)
        elif repr(node.value) in SWAP:
            yield begin, end, SWAP[repr(node.value)]
    name = getattr(node, 'attr', None) or getattr(node, 'id', None)
    if name in SWAP:
        yield end - len(name), end, SWAP[name]


def untouched(top):
    "Nodes of a function or class that decide nothing: words of errors, reprs, annotations, defaults that are about speed"
    for m in ast.walk(top):
        if (
            isinstance(m, (ast.Raise, ast.JoinedStr))
            or getattr(m, 'name', '') == '__repr__'
            or isinstance(m, ast.keyword)
            and m.arg == 'repr'
        ):
            yield m
        if isinstance(m, ast.Assign) and getattr(m.targets[0], 'id', '') in SPEED:
            yield m
        if isinstance(m, ast.arg) and m.annotation:
            yield m.annotation
        if isinstance(m, ast.FunctionDef) and m.returns:
            yield m.returns
        if isinstance(m, ast.arguments):
            yield from (
                value
                for arg, value in zip(m.args[len(m.args) - len(m.defaults) :], m.defaults)
                if arg.arg in SPEED
            )


def mutations(source, wanted):
    "(description, mutated source) for each place of a cell that can be changed"
    text, seen = source.encode(), {}
    starts = [0, *(i + 1 for i, byte in enumerate(text) if byte == ord('\n'))]
    at = lambda line, column: starts[line - 1] + column
    for top in ast.parse(source).body:
        name = (
            getattr(top, 'name', None)
            or isinstance(top, ast.Assign)
            and getattr(top.targets[0], 'id', None)
        )
        if not name or wanted is not None and name not in wanted or name.startswith('plot_'):
            continue
        said = {id(n) for m in untouched(top) for n in ast.walk(m)}
        nodes = [n for n in ast.walk(top) if hasattr(n, 'lineno') and id(n) not in said]
        for begin, end, new in sorted(e for n in nodes for e in edits(n, text, at)):
            low, high = text.rfind(b'\n', 0, begin) + 1, (text + b'\n').find(b'\n', end)
            line = f'{text[low:begin].decode()}«{text[begin:end].decode()} → {new}»{text[end:high].decode()}'
            said_now = f'{name}: ' + re.sub(r'\s\s+#.*', '', line.strip())
            seen[said_now] = seen.get(said_now, 0) + 1
            yield (
                said_now + (f' ({seen[said_now]})' if seen[said_now] > 1 else ''),
                (text[:begin] + new.encode() + text[end:]).decode(),
            )


def run(source, space):
    source() if callable(source) else exec(compile(source, 'cell', 'exec'), space)


def fate(cells, space, limit):
    "'killed', 'survived' or 'late' (stopped after `limit` seconds), of one mutant, in a process of its own"
    pid = os.fork()
    if not pid:
        os.setsid()
        signal.alarm(limit)
        resource.setrlimit(
            resource.RLIMIT_AS,
            (
                int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()
                + 3 * 2**30,
            )
            * 2,
        )  # a wrong shape must not fill the machine
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        try:
            for source in cells:
                run(source, space)
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # workers it may have left
    return (
        'late'
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        else 'killed'
        if status
        else 'survived'
    )


def study(name, limit, only=None):
    "Counts of a notebook; `only`: the mutants of these descriptions"
    cells = [
        ''.join(c['source'])
        for c in json.loads((TOP / 'nbs' / name).read_text())['cells']
        if c['cell_type'] == 'code'
    ]
    cells = [c for c in cells if not SKIP.search(c)]
    jobs = [
        (i, *job)
        for i, source in enumerate(cells)
        if re.match(r'#\|\s*export', source)
        for job in mutations(source, TARGETS[name])
    ]
    chosen = jobs if only is None else [j for j in jobs if j[1] in only]
    if limit and limit < len(chosen):
        chosen = sorted(random.Random(0).sample(chosen, limit))
    begin, quiet = time.time(), {'__name__': '__main__'}
    assert fate(cells, quiet, 600) == 'survived', f'{name}: the cells fail without a mutation'
    usual, fates, space = time.time() - begin, {}, {'__name__': '__main__'}
    for i, source in enumerate(cells):
        gc.collect()
        gc.freeze()
        for place, said, mutated in chosen:
            if place != i:
                continue
            fates[said] = fate([mutated, *cells[i + 1 :]], space, int(3 * usual) + 10)
            print(
                f'{name} {len(fates)}/{len(chosen)} {time.time() - begin:.0f} s {fates[said]}: {said}',
                file=sys.stderr,
                flush=True,
            )
        with contextlib.redirect_stdout(None):
            run(source, space)
    left = [said for said, f in fates.items() if f == 'survived']
    late, died = [said for said, f in fates.items() if f == 'late'], len(fates) - len(left)
    same = {said: why for said, why in EQUIVALENT[name].items() if fates.get(said) == 'survived'}
    wrong = [
        said
        for said in EQUIVALENT[name]
        if said not in {j[1] for j in jobs} or fates.get(said, 'survived') != 'survived'
    ]
    assert not wrong, f'{name}: listed as equivalent, but dead or not there: {wrong}'
    return {
        'places': len(jobs),
        'mutants': len(fates),
        'killed': died - len(late),
        'late': late,
        'equivalent': same,
        'survivors': [said for said in left if said not in same],
        'share that died': round(died / len(fates), 4),
        'share that died, equivalents aside': round(died / (len(fates) - len(same)), 4),
        'seconds': round(time.time() - begin),
    }


def prepare():
    "Once, before the forks: where notebooks run, what they import, and the same random cases each time"
    sys.path.insert(0, str(TOP))
    os.chdir(TOP / 'nbs')
    os.environ.update(
        MPLBACKEND='Agg', IN_TEST='1', HYPOTHESIS_STORAGE_DIRECTORY=tempfile.mkdtemp()
    )
    import numpy, pandas, torch, sklearn.metrics, hypothesis, matplotlib.pyplot, fastcore.all, lightgbm, IPython, torchmetrics  # before the forks, once

    hypothesis.settings.register_profile(
        'forks',
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile('forks')


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument(
        '--limit', type=int, default=0, help='mutants a notebook, drawn with seed 0; 0: all'
    )
    parser.add_argument('--only', help='one notebook')
    given = parser.parse_args()
    prepare()
    file = Path(__file__).with_suffix('.json')
    results = json.loads(file.read_text())['results'] if given.only and file.exists() else {}
    results |= {name: study(name, given.limit) for name in TARGETS if given.only in (None, name)}
    file.write_text(
        json.dumps(
            {'command': f'python benchmarks/mutants.py --limit {given.limit}', 'results': results},
            indent=1,
            ensure_ascii=False,
        )
        + '\n'
    )
    for name, r in results.items():
        print(name, {key: len(v) if isinstance(v, (list, dict)) else v for key, v in r.items()})
