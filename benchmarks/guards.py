"""Would the book notice a missing guard? Each `raise` of the library, and each call of its two checks, is taken out in turn; then the cells
of its own notebook are run, and those of chapter 90 over a copy of the package without it, until one of them fails.

OMP_NUM_THREADS=1 python benchmarks/guards.py [--only NOTEBOOK] [--again]      writes benchmarks/guards.json; guards that nobody misses are listed
there, and --again looks at these once more
"""

import argparse, ast, contextlib, gc, json, re, shutil, sys, tempfile, time
from pathlib import Path
from mutants import SKIP, TOP, fate, prepare, run

NOTEBOOKS = [
    '00_basics',
    '00b_columns',
    '00c_declarations',
    '01_data',
    '02_sources',
    '03_splits',
    '04_features',
    '05_batches',
    '06_attention',
    '07_models',
    '07b_losses',
    '08_trainer',
    '09_topk',
    '09a_evaluation',
    '10_hybrid',
    '10b_tree_text',
    '11_attribution',
    '12_explanations',
    '13_recipes',
    '13b_protocols',
    '14_experiments',
    '14b_tables',
    '20_runs',
    '21_recommender',
    '22_report',
    '23_cli',
]
CHECKS = ('check_number', 'check_codes')
LATER_FIRST = (
    '08_trainer',
    '10_hybrid',
    '12_explanations',
    '13_recipes',
    '14_experiments',
    '20_runs',
    '21_recommender',
    '23_cli',
)  # their own cells take long: chapter 90 is asked first


def cells_of(name):
    cells = [
        ''.join(c['source'])
        for c in json.loads((TOP / 'nbs' / f'{name}.ipynb').read_text(encoding='utf-8'))['cells']
        if c['cell_type'] == 'code'
    ]
    return [c for c in cells if not SKIP.search(c)]


def guards(source):
    "(line, source without it) for each guard of a cell"
    text = source.encode()
    starts = [0, *(i + 1 for i, byte in enumerate(text) if byte == ord('\n'))]
    span = lambda n: (
        starts[n.lineno - 1] + n.col_offset,
        starts[n.end_lineno - 1] + n.end_col_offset,
    )
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and node.exc is not None:
            new = b'pass'
        elif isinstance(node, ast.Call) and getattr(node.func, 'id', '') in CHECKS:
            new = b'(' + text[slice(*span(node.args[1]))] + b')'  # the value, unchecked
        else:
            continue
        begin, end = span(node)
        yield (
            source.splitlines()[node.lineno - 1].strip(),
            (text[:begin] + new + text[end:]).decode(),
        )


def body(source):
    return re.sub(
        r'^from din_rec\.',
        'from .',
        re.sub(r'^#\|.*\n', '', source, flags=re.M).strip('\n'),
        flags=re.M,
    )  # as it stands in the module


def robust_without(module, old, new, package):
    "Does chapter 90 pass over a package in which `old` is `new`?"
    shutil.copytree(TOP / 'din_rec', package / 'din_rec', dirs_exist_ok=True)
    path = package / 'din_rec' / f'{module}.py'
    text = path.read_text(encoding='utf-8')
    assert text.count(body(old)) == 1, (module, old[:80])
    path.write_text(text.replace(body(old), body(new)), encoding='utf-8')

    def elsewhere():
        for loaded in [name for name in sys.modules if name.split('.')[0] == 'din_rec']:
            del sys.modules[loaded]
        sys.path.insert(0, str(package))

    return (
        fate([elsewhere, *cells_of('90_robustness')], {'__name__': '__main__'}, 120) == 'survived'
    )


def study(name, before=None):
    "Counts of a notebook; `before`: of an earlier run, whose guards that nobody missed are tried again"
    begin, module, cells, space, found, seen = (
        time.time(),
        name.partition('_')[2],
        cells_of(name),
        {'__name__': '__main__'},
        {},
        {},
    )
    package = Path(tempfile.mkdtemp())
    assert fate(cells, {'__name__': '__main__'}, 600) == 'survived', (
        f'{name}: the cells fail with all guards in place'
    )
    limit = int(3 * (time.time() - begin)) + 10  # an endless loop counts as noticed
    for i, source in enumerate(cells):
        gc.collect()
        gc.freeze()
        for line, without in guards(source) if re.match(r'#\|\s*export', source) else ():
            key = f'{module}: {line}'
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1:
                key += f' ({seen[key]})'  # two in one line
            if before and key not in before['noticed by nobody']:
                continue
            steps = {
                'its own chapter': lambda: (
                    fate([without, *cells[i + 1 :]], space, limit) == 'survived'
                ),
                'chapter 90': lambda: robust_without(module, source, without, package),
            }
            order = sorted(
                steps, key=lambda where: (where == 'chapter 90') != (name in LATER_FIRST)
            )
            found[key] = next((where for where in order if not steps[where]()), None)
            print(
                f'{name} {len(found)} {time.time() - begin:.0f} s {found[key]}: {line[:110]}',
                file=sys.stderr,
                flush=True,
            )
        with contextlib.redirect_stdout(None):
            run(source, space)
    shutil.rmtree(package)
    count = lambda where: (
        sum(f == where for f in found.values()) + (before[f'noticed by {where}'] if before else 0)
    )
    return {
        'guards': before['guards'] if before else len(found),
        **{f'noticed by {where}': count(where) for where in ('its own chapter', 'chapter 90')},
        'noticed by nobody': [key for key, f in found.items() if f is None],
    }


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--only', help='one notebook, without .ipynb')
    parser.add_argument(
        '--again', action='store_true', help='only the guards that nobody missed before'
    )
    given = parser.parse_args()
    prepare()
    file = Path(__file__).with_suffix('.json')
    results = (
        json.loads(file.read_text(encoding='utf-8'))['results']
        if (given.only or given.again) and file.exists()
        else {}
    )
    results |= {
        name: study(name, results.get(name) if given.again else None)
        for name in NOTEBOOKS
        if given.only in (None, name)
    }
    file.write_text(
        json.dumps(
            {
                'command': 'OMP_NUM_THREADS=1 python benchmarks/guards.py',
                'results': {n: results[n] for n in NOTEBOOKS if n in results},
            },
            indent=1,
            ensure_ascii=False,
        )
        + '\n',
        encoding='utf-8',
    )
    for name, r in results.items():
        print(name, {k: len(v) if isinstance(v, list) else v for k, v in r.items()})
