#!/usr/bin/env python
"""The house rules that a machine can check. One line a check, `ok NAME` or `FAIL NAME` with the reasons below it.

    python .ci/checks.py

Reads files only (standard library, no import of din_rec): it is quick, and a broken module cannot hide behind its own error.
"""

import ast, io, json, re, subprocess, sys, tokenize
from collections import Counter
from configparser import ConfigParser
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
import readme
from readme import directives, strip_directives, text

PACKAGE = "din_rec"
ORDER = [
    "basics",
    "declarations",
    "columns",
    "conditions",
    "attributes",
    "schema",
    "growth",
    "tombstones",
    "data",
    "files",
    "recognition",
    "sources",
    "splits",
    "index",
    "queries",
    "features",
    "processor",
    "batches",
    "derivatives",
    "recurrence",
    "attention",
    "item_vectors",
    "models",
    "losses",
    "negatives",
    "attentive",
    "linear_recurrence",
    "two_towers",
    "checkpoints",
    "training_checks",
    "interest",
    "multitask",
    "optimizers",
    "trainer",
    "profiling",
    "topk",
    "evaluation",
    "lists",
    "pictures",
    "segments",
    "baselines",
    "graph",
    "hard_negatives",
    "forest",
    "hybrid",
    "tree_text",
    "attribution",
    "evidence",
    "language",
    "explanations",
    "network_settings",
    "settings",
    "recipes",
    "protocols",
    "experiments",
    "plans",
    "tables",
    "search",
    "runs",
    "folders",
    "chunks",
    "filters",
    "recommender",
    "report",
    "quickstart",
    "options",
    "answers",
    "cli",
    "funnel",
    "rerank",
    "state",
    "live",
    "serving",
    "page",
    "questions",
    "request_log",
    "service",
    "serve",
    "export",
    "student",
    "disk_arrays",
    "sharded_log",
    "disk_index",
    "spark",
    "sharded_training",
    "table_parts",
    "dask_trees",
    "block_ranking",
    "program",
    "testing",
]
EXPORTS = {"export", "exports", "exporti"}
MAX_EXPORT_LINES, MAX_CLASS_LINES = 45, 90  # a class stays whole
NEEDED = """LICENSE README.md CHANGELOG.md CONTRIBUTING.md MANIFEST.in settings.ini setup.py pyproject.toml constraints.txt
    _quarto.yml nbs/_quarto.yml nbs/nbdev.yml nbs/sidebar.yml nbs/book.scss nbs/light.scss nbs/dark.scss nbs/names.lua .gitattributes .gitignore
    ruff.toml mypy.ini .pre-commit-config.yaml din_rec/py.typed din_rec/__init__.pyi
    .ci/run .ci/checks.py .ci/readme.py .ci/reference.py .ci/pages.py .ci/lowest.py .ci/stubs.py .ci/typed.py .ci/stubtest.txt .github/workflows/test.yml .github/workflows/docs.yml .github/workflows/versions.yml""".split()
# What an output must not hold: it differs from machine to machine or from run to run.
UNWANTED = {
    "a machine path": r"(?:^|(?<=[\s'\"(=\[,]))/[A-Za-z][\w.-]*/[\w.-]+|file://|\b[A-Z]:\\\w|site-packages",
    "a progress bar": r"it/s\]|s/it\]|\d%\|",
    "a local address": r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]",
    "a memory address": r" at 0x[0-9a-fA-F]{6,}",
    "an error": r"Traceback \(most recent call last\)",
}


# --- what the checks look at


def settings():
    config = ConfigParser(delimiters=["="])
    config.read(ROOT / "settings.ini", encoding="utf-8")
    return config["DEFAULT"]


def notebooks():
    "Name under nbs → notebook, in reading order; those in folders last."
    nbs = ROOT / "nbs"
    paths = [*sorted(nbs.glob("[!_.]*.ipynb")), *sorted(nbs.glob("[!_.]*/[!_.]*.ipynb"))]
    return {
        path.relative_to(nbs).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in paths
    }


def code_cells(notebook):
    "(position, source, directives) of each code cell."
    for i, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            yield i, text(cell["source"]), directives(text(cell["source"]))


def python(source):
    "The tree of a cell's Python; lines for the shell or for IPython are left out."
    if source.lstrip().startswith("%%"):
        return ast.parse("")
    return ast.parse(re.sub(r"^(\s*)(?:!(?!=)|%(?=\w)).*$", r"\1pass", source, flags=re.M))


def module_of(notebook):
    return next(
        (flags["default_exp"] for _, _, flags in code_cells(notebook) if "default_exp" in flags),
        None,
    )


# --- 1. a chapter imports lower chapters only


def imported(node):
    "The chapters that one import statement reaches, as module names; '' is the package itself."
    if isinstance(node, ast.Import):
        parts = [alias.name.split(".") for alias in node.names]
        return [(p + [""])[1] for p in parts if p[0] == PACKAGE]
    if isinstance(node, ast.ImportFrom):
        base = (node.module or "").split(".")
        if node.level:
            base = [PACKAGE, *filter(None, base)]
        if base[0] != PACKAGE:
            return []
        return (
            [base[1]]
            if len(base) > 1
            else [a.name if a.name in ORDER else "" for a in node.names if a.name != "__version__"]
        )
    if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
        "import_module",
        "__import__",
    ):
        name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
        if isinstance(name, str) and re.match(rf"({PACKAGE})?\.", name):
            return [name.split(".")[1]]
    return []


def check_import_order():
    for path in sorted((ROOT / PACKAGE).glob("*.py")):
        if path.name.startswith("_"):
            continue  # __init__ hands on the public names, _modidx is nbdev's
        name = path.stem
        if name not in ORDER:
            yield f"{path.name}: not a chapter; add it to ORDER in .ci/checks.py"
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for other in imported(node):
                if other not in ORDER:
                    yield f"{path.name}:{node.lineno} imports {other or 'the package'}; name a lower chapter"
                elif ORDER.index(other) >= ORDER.index(name):
                    yield f"{path.name}:{node.lineno} imports {other}, which comes later"


# --- 2. every exported name is used where a reader sees it run


def exported(tree):
    "`__all__` of a module, and its public @patch methods, which nbdev leaves out of `__all__`."
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            yield from ast.literal_eval(node.value)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            if any(ast.unparse(d).startswith("patch") for d in node.decorator_list):
                yield node.name


def used_names(tree):
    "Names read and attributes reached. An import is no use, and neither is show_doc(name)."
    if isinstance(tree, ast.Call) and getattr(tree.func, "id", "") == "show_doc":
        return
    if isinstance(tree, ast.Name):
        yield tree.id
    if isinstance(tree, ast.Attribute):
        yield tree.attr
    for child in ast.iter_child_nodes(tree):
        yield from used_names(child)


def check_module_names():
    "`from din_rec import x` must not be a module here and a function there"
    for name, source in modules().items():
        tree = ast.parse(source)
        patched = {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.decorator_list}
        for word in sorted((set(exported(tree)) - patched) & set(ORDER)):
            yield f"{name} exports {word}, which is also the name of a module"


def check_names_used():
    skipped = set(settings()["tst_flags"].split())  # such a cell runs only when asked for
    books = {module_of(nb): (name, nb) for name, nb in notebooks().items()}
    for path in sorted((ROOT / PACKAGE).glob("[!_]*.py")):
        if path.stem not in books:
            yield f"{path.name}: no notebook has `#| default_exp {path.stem}`"
            continue
        name, notebook = books[path.stem]
        used = set()
        for _, source, flags in code_cells(notebook):
            if not flags.keys() & (EXPORTS | skipped) and flags.get("eval", "").lower() != "false":
                used.update(used_names(python(source)))
        for missing in sorted(set(exported(ast.parse(path.read_text(encoding="utf-8")))) - used):
            yield f"{name}: exports {missing}, but no executed cell uses it"


def bound(tree):
    "Names that a cell binds, anywhere in it"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]


def check_skipped_cells():
    "Notebooks with such cells run once, with all of them: the others must do without, and without MovieLens"
    skipped = set(settings()["tst_flags"].split())
    for name, notebook in notebooks().items():
        cells = [(i, python(source), flags) for i, source, flags in code_cells(notebook)]
        always = [(i, tree) for i, tree, flags in cells if not flags.keys() & skipped]
        if len(always) == len(cells):
            continue
        known = {word for _, tree in always for word in bound(tree)}
        away = [tree for _, tree, flags in cells if flags.keys() & skipped]
        lost = {word for tree in away for word in bound(tree)} - known
        for i, tree in always:
            read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            for word in sorted(lost & read):
                yield f"{name} cell {i}: {word} is known to a cell with a flag only"
            for node in ast.walk(tree):  # a refusal that is tested stands in a lambda
                if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("load('ml-"):
                    yield f"{name} cell {i}: needs MovieLens, so it needs the flag data"


# --- 3. README.md says what the index notebook says


def check_readme():
    notebook = json.loads((ROOT / readme.NOTEBOOK).read_text(encoding="utf-8"))
    path = ROOT / "README.md"
    if not path.exists() or path.read_text(encoding="utf-8") != readme.readme(notebook):
        yield "README.md differs from nbs/index.ipynb; run: python .ci/readme.py"


# --- 4. stored outputs are the same on every machine


def output_texts(out):
    if out["output_type"] == "stream":
        yield text(out["text"])
    for kind, value in out.get("data", {}).items():
        if kind.startswith("text/"):
            yield text(value)
        if kind.startswith("application/vnd.jupyter.widget"):
            yield "0%|"  # a widget is a progress bar here


def check_outputs():
    for name, notebook in notebooks().items():
        for i, cell in enumerate(notebook["cells"]):
            for out in cell.get("outputs", []):
                if out["output_type"] == "error":
                    yield f"{name} cell {i}: an error: {out.get('ename')}"
                for body in output_texts(out):
                    for what, pattern in UNWANTED.items():
                        if hit := re.search(pattern, body, flags=re.M):
                            yield f"{name} cell {i}: {what}: {hit[0]!r}"


# --- 5. the notebooks read like a book


def mixes_import(tree):
    "Does the cell hold an import, at any depth, and anything else?"
    imports = (ast.Import, ast.ImportFrom)
    return any(isinstance(n, imports) for n in ast.walk(tree)) and not all(
        isinstance(n, imports) for n in tree.body
    )


def check_shape():
    for name, notebook in notebooks().items():
        cells = list(code_cells(notebook))
        hidden = [i for i, _, flags in cells if "hide" in flags or flags.get("include") == "false"]
        prose = sum(cell["cell_type"] == "markdown" for cell in notebook["cells"])
        for i, source, flags in cells:
            lines = len(strip_directives(source).splitlines())
            if flags.keys() & EXPORTS:
                classes = any(isinstance(n, ast.ClassDef) for n in python(source).body)
                most = MAX_CLASS_LINES if classes else MAX_EXPORT_LINES
                if lines > most:
                    yield f"{name} cell {i}: {lines} exported lines; at most {most}"
            # The docs build runs every cell with an import, alone with the exported ones, flagged or not.
            runs_alone = (
                module_of(notebook)
                and not flags.keys() & EXPORTS
                and flags.get("eval", "").lower() != "false"
                and "nbdev_export()" not in source
            )
            if runs_alone and mixes_import(python(source)):
                yield f"{name} cell {i}: an import and other code; give imports a cell of their own"
        if 3 * len(hidden) > len(cells):
            yield f"{name}: {len(hidden)} of {len(cells)} code cells are hidden; at most a third"
        if 3 * prose < len(cells):
            yield f"{name}: {prose} markdown cells for {len(cells)} code cells; at least a third as many"


# --- 6. the files around the notebooks are there and agree


def check_files():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split("\n")
    for name in NEEDED:
        if not (ROOT / name).is_file():
            yield f"{name} is missing"
        elif name not in tracked:
            yield f"{name} is not in git"
    licence = ROOT / "LICENSE"
    if licence.exists() and "Apache License" not in licence.read_text(encoding="utf-8"):
        yield "LICENSE is not the Apache licence"


def check_versions():
    cfg = settings()
    version = cfg["version"]
    if f'__version__ = "{version}"' not in (ROOT / PACKAGE / "__init__.py").read_text(
        encoding="utf-8"
    ):
        yield f"{PACKAGE}.__version__ is not {version}"
    if f"## {version}" not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
        yield f"CHANGELOG.md has no section {version}"
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for key in ("requirements", "dev_requirements"):
        for need in cfg[key].split():
            name = re.match(r"[\w.-]+", need)[0]
            if not re.search(rf"^{re.escape(name)}==", pins, flags=re.M | re.I):
                yield f"constraints.txt does not pin {name} ({key})"
            if "==" in need and not re.search(rf"^{re.escape(need)}\b", pins, flags=re.M):
                yield f"constraints.txt and settings.ini disagree on {need}"


# What is imported under another name than it is installed.
IMPORTED = {"sklearn": "scikit_learn", "faiss": "faiss_cpu"}


def check_requirements():
    "A module that only the [dev] install can import breaks for everyone else."
    needs = " ".join(
        value
        for key, value in settings().items()
        if key.endswith("requirements") and key != "dev_requirements"
    )
    known = {re.match(r"[\w.-]+", need)[0].lower().replace("-", "_") for need in needs.split()}
    known |= (
        sys.stdlib_module_names
        | {PACKAGE}
        | {name for name, needs in IMPORTED.items() if needs in known}
    )
    for path in sorted((ROOT / PACKAGE).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for top in {name.split(".")[0] for name in names} - known:
                yield f"{path.name}:{node.lineno} imports {top}, which `requirements` lacks"


def check_site():
    if (ROOT / "nbs/_quarto.yml").read_text(
        encoding="utf-8"
    ) != "metadata-files: [../_quarto.yml, nbdev.yml, sidebar.yml]\n":
        yield "nbs/_quarto.yml must hold its one line; settings go into _quarto.yml at the top"
    sidebar = (ROOT / "nbs/sidebar.yml").read_text(encoding="utf-8")
    listed = re.findall(r"^\s*- (\S+\.(?:ipynb|qmd))$", sidebar, flags=re.M)
    pages = {p.relative_to(ROOT / "nbs").as_posix() for p in (ROOT / "nbs").glob("zh/*.qmd")}
    wanted = {*notebooks()} | pages
    missing = wanted - {*listed}
    if missing:
        yield f"nbs/sidebar.yml lacks {sorted(missing)}"
    for name in listed:
        if listed.count(name) > 1 or not (ROOT / "nbs" / name).is_file():
            yield f"nbs/sidebar.yml: {name} is listed twice, or is no file"
    for part in sidebar.split("- section: "):  # a part is read in the order of its numbers
        chapters = re.findall(r"^\s*- (\d\d[a-z]?)_\S+\.ipynb$", part, flags=re.M)
        if chapters != sorted(chapters):
            yield f"nbs/sidebar.yml: the chapters of a part must be in order, got {chapters}"
    modules = [m for name, nb in notebooks().items() if (m := module_of(nb)) and name in listed]
    if {*modules} != {*ORDER}:
        yield f"the chapters write {sorted(modules)}; ORDER has {ORDER}"
    slugs = Counter(re.sub(r"^[0-9a-z]*\d[a-z]?_", "", name) for name in notebooks())
    for slug, times in slugs.items():
        if times > 1:  # the site drops the numbers: 03b_index would overwrite index
            yield f"{times} notebooks would be the page {slug}"


# --- 7. lines that breathe

WIDTH, MAX_FUNCTION, MAX_MODULE, MAX_MEDIAN, MAX_POSITIONAL = 100, 40, 520, 9, 4


def semicolons(source):
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [t.start[0] for t in tokens if t.type == tokenize.OP and t.string == ";"]


def modules():
    "Name → source of the exported modules"
    paths = sorted((ROOT / PACKAGE).glob("[!_]*.py"))
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def functions(tree):
    return [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


def nodes(tree):
    "Number of syntax nodes on each line of function bodies, docstrings left out"
    per = Counter(n.lineno for n in ast.walk(tree) if hasattr(n, "lineno"))
    counts = []
    for function in functions(tree):
        first = function.body[0]
        text_first = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        for statement in function.body[text_first:]:
            counts += [
                per[n] for n in range(statement.lineno, statement.end_lineno + 1) if n in per
            ]
    return counts or [0]


def generated(tree):
    "Lines of `__all__`, which nbdev writes"
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            yield from range(node.lineno, node.end_lineno + 1)


def check_lines():
    kinds = (ast.FunctionDef, ast.ClassDef)
    ours = {n.name for x in modules().values() for n in ast.parse(x).body if isinstance(n, kinds)}
    for name, source in modules().items():
        tree = ast.parse(source)
        made = {*generated(tree)}
        lines = [(i, x) for i, x in enumerate(source.splitlines(), 1) if i not in made]
        yield from (
            f"{name}:{i}: {len(x)} characters; at most {WIDTH}" for i, x in lines if len(x) > WIDTH
        )
        yield from (f"{name}:{i}: a semicolon" for i in semicolons(source))
        n = sum(bool(x.strip()) for _, x in lines)
        if n > MAX_MODULE:
            yield f"{name}: {n} lines; at most {MAX_MODULE}: two purposes?"
        for f in functions(tree):
            n = f.end_lineno - f.lineno + 1
            if n > MAX_FUNCTION:
                yield f"{name}:{f.lineno}: {f.name} has {n} lines; at most {MAX_FUNCTION}"
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ours
            ):
                n = sum(not isinstance(a, ast.Starred) for a in node.args)
                if n > MAX_POSITIONAL:
                    yield f"{name}:{node.lineno}: {node.func.id} gets {n} arguments by position; at most {MAX_POSITIONAL}"
            if isinstance(node, ast.ImportFrom) and imported(node):
                hidden = [
                    a.name for a in node.names if a.name.startswith("_") and a.name != "__version__"
                ]
                yield from (f"{name}:{node.lineno} imports the private {x}" for x in hidden)
    whole = median([n for source in modules().values() for n in nodes(ast.parse(source))])
    if whole > MAX_MEDIAN:
        yield f"{whole} syntax nodes a body line in the median; at most {MAX_MEDIAN}"
    for name, notebook in notebooks().items():
        for i, source, _ in code_cells(notebook):
            for line in source.splitlines():
                if len(line) > WIDTH and not line.startswith("#|"):  # captions are one line
                    yield f"{name} cell {i}: {len(line)} characters: {line.strip()[:60]}…"


def medians():
    "One line: syntax nodes a body line, module by module"
    found = {
        name.removesuffix(".py"): median(nodes(ast.parse(source)))
        for name, source in modules().items()
    }
    return "nodes a body line, median: " + ", ".join(f"{name} {m:g}" for name, m in found.items())


CHECKS = {
    "import order": check_import_order,
    "exported names are used": check_names_used,
    "cells without a flag do without the others": check_skipped_cells,
    "no name is a module and something else": check_module_names,
    "README in sync": check_readme,
    "stored outputs": check_outputs,
    "shape of the notebooks": check_shape,
    "files are there": check_files,
    "versions and pins agree": check_versions,
    "imports are required packages": check_requirements,
    "site lists every chapter": check_site,
    "lines that breathe": check_lines,
}


def run(check):
    try:
        return list(check())
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]  # one broken check must not hide the others


def report(checks):
    "A line per check, its problems below it; were there any?"
    failed = False
    for name, check in checks.items():
        problems = run(check)
        print(
            f"{'FAIL' if problems else 'ok'} {name}",
            *(f"    {problem}" for problem in problems),
            sep="\n",
        )
        failed |= bool(problems)
    return failed


def main():
    failed = report(CHECKS)
    print(medians())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
