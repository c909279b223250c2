"""Would the book notice a wrong line? Each mutant changes one operator, bound or constant of an exported function; the cells of its
notebook are run with it, and it should fail.

python benchmarks/mutants.py [--limit N] [--only NOTEBOOK]      writes benchmarks/mutants.json; survivors are listed there
"""
import argparse, ast, copy, json, os, random, re, signal, sys, time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TARGETS = {                                                                        # notebook → functions and classes that decide what is measured
    '05_topk.ipynb': None,                                                         # all
    '00_data.ipynb': ['Split', 'leave_one_out', 'global_time', 'random_split', 'Examples', 'examples', 'requests', 'sample_negatives', 'evaluation_candidates', 'from_frame', '_seconds', 'Interactions', 'select', 'k_core', 'min_rating'],
    '01_features.ipynb': None}
SKIP = re.compile(r'^#\|\s*(slow|data|gpu|eval:\s*false)', re.M)
SWAP = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
        ast.Mod: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Invert: ast.UAdd, ast.USub: ast.UAdd, ast.Not: ast.UAdd}


def mutations(tree, wanted):
    "(description, mutated tree) for each place that can be changed"
    for top in tree.body:
        if not isinstance(top, (ast.FunctionDef, ast.ClassDef)) or wanted is not None and top.name not in wanted: continue
        if top.name.startswith('plot_') or '__repr__' in top.name: continue
        places = [node for node in ast.walk(top)]
        said = {id(n) for m in places if isinstance(m, ast.Raise) for n in ast.walk(m)}              # the words of an error
        said |= {id(n) for m in places if isinstance(m, ast.JoinedStr) for n in ast.walk(m)}
        said |= {id(n) for m in places if isinstance(m, (ast.FunctionDef, ast.ClassDef, ast.Lambda)) for a in [getattr(m, 'args', None)] if a for n in ast.walk(a) if isinstance(n, ast.Constant)}   # defaults
        for i, node in enumerate(places):
            if id(node) in said: continue
            for change in variants(node):
                clone = copy.deepcopy(tree)
                target = [n for t in clone.body if getattr(t, 'name', None) == top.name and t.lineno == top.lineno for n in ast.walk(t)][i]
                change(target)
                before, after = ast.unparse(node), ast.unparse(target)
                if before != after: yield f'{top.name}, line {node.lineno if hasattr(node, "lineno") else "?"}: {before[:70]}  →  {after[:70]}', ast.unparse(ast.fix_missing_locations(clone))


def variants(node):
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAP: yield lambda n: n.ops.__setitem__(0, SWAP[type(n.ops[0])]())
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(node.op) in SWAP: yield lambda n: setattr(n, 'op', SWAP[type(n.op)]())
    if isinstance(node, ast.UnaryOp) and type(node.op) in SWAP: yield lambda n: setattr(n, 'op', SWAP[type(n.op)]())
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool): yield lambda n: setattr(n, 'value', not n.value)
        elif isinstance(node.value, (int, float)) and abs(node.value) < 10**6: yield lambda n: setattr(n, 'value', n.value + 1)
        elif node.value in ('left', 'right'): yield lambda n: setattr(n, 'value', {'left': 'right', 'right': 'left'}[n.value])


def run_cells(cells, swap=None):
    "Execute the cells as a notebook would; `swap` = (position, other source)"
    space = {'__name__': '__main__'}
    for i, source in enumerate(cells):
        exec(compile(swap[1] if swap and swap[0] == i else source, f'cell {i}', 'exec'), space)


def outcome(job, limit):
    "'killed', 'survived' or 'late', of one mutant, in a process of its own"
    cells, swap = job
    pid = os.fork()
    if not pid:
        os.setsid()
        sink = os.open(os.devnull, os.O_WRONLY); os.dup2(sink, 1); os.dup2(sink, 2)
        signal.alarm(limit)
        try: run_cells(cells, swap); os._exit(0)
        except BaseException: os._exit(1)
    _, status = os.waitpid(pid, 0)
    return 'late' if os.WIFSIGNALED(status) else 'killed' if os.WEXITSTATUS(status) else 'survived'


def notebook_cells(name):
    cells = [''.join(c['source']) for c in json.loads((TOP/'nbs'/name).read_text())['cells'] if c['cell_type'] == 'code']
    return [c for c in cells if not SKIP.search(c) and 'nbdev_export()' not in c and not re.search(r'^\s*[%!]', c, re.M)]


def study(name, limit, rng):
    os.chdir(TOP/'nbs'); os.environ.update(OMP_NUM_THREADS='1', MPLBACKEND='Agg', IN_TEST='1')
    cells, jobs = notebook_cells(name), []
    for i, source in enumerate(cells):
        if not re.match(r'#\|\s*export', source): continue
        jobs += [(said, (i, mutated)) for said, mutated in mutations(ast.parse(source), TARGETS[name])]
    begin = time.time()
    assert outcome((cells, None), 600) == 'survived', f'{name}: the cells fail without a mutation'
    usual = time.time() - begin
    chosen = rng.sample(jobs, limit) if limit and limit < len(jobs) else jobs
    counts = {'places': len(jobs), 'mutants': len(chosen), 'killed': 0, 'late': 0, 'survivors': []}
    for n, (said, swap) in enumerate(chosen):
        got = outcome((cells, swap), int(10 * usual) + 10)
        if got == 'survived': counts['survivors'].append(said)
        else: counts[got] += 1
        print(f'{name} {n + 1}/{len(chosen)} {got}: {said}', file=sys.stderr, flush=True)
    counts['share that died'] = round(1 - len(counts['survivors']) / len(chosen), 3)
    return counts


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--limit', type=int, default=0, help='mutants a notebook, drawn with seed 0; 0: all')
    parser.add_argument('--only', help='one notebook')
    given = parser.parse_args()
    import numpy, pandas, torch, sklearn.metrics, hypothesis, matplotlib.pyplot, fastcore.all, lightgbm, IPython, torchmetrics   # before the forks, once
    results = {name: study(name, given.limit, random.Random(0)) for name in TARGETS if given.only in (None, name)}
    (Path(__file__).with_suffix('.json')).write_text(json.dumps({'command': f'python benchmarks/mutants.py --limit {given.limit}', 'results': results}, indent=1, ensure_ascii=False) + '\n')
    print({name: r['share that died'] for name, r in results.items()})
