#!/usr/bin/env python
"""The house rules that a machine can check. One line a check, `ok NAME` or `FAIL NAME` with the reasons below it.

    python .ci/checks.py

Reads files only (standard library, no import of din_rec): it is quick, and a broken module cannot hide behind its own error.
"""

import ast, json, re, subprocess, sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
import readme
from readme import directives, strip_directives, text

PACKAGE = "din_rec"
ORDER = [
    "basics",
    "columns",
    "data",
    "sources",
    "splits",
    "features",
    "batches",
    "attention",
    "models",
    "trainer",
    "topk",
    "hybrid",
    "tree_text",
    "attribution",
    "explanations",
    "recipes",
    "experiments",
    "runs",
    "recommender",
    "report",
    "cli",
]
EXPORTS = {"export", "exports", "exporti"}
MAX_EXPORT_LINES = 45
NEEDED = """LICENSE README.md CHANGELOG.md CONTRIBUTING.md MANIFEST.in settings.ini setup.py pyproject.toml constraints.txt
    _quarto.yml nbs/_quarto.yml nbs/nbdev.yml nbs/sidebar.yml nbs/styles.css .gitattributes .gitignore
    .ci/run .ci/checks.py .ci/readme.py .ci/lowest.py .github/workflows/test.yml .github/workflows/docs.yml .github/workflows/versions.yml""".split()
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
    "Name → notebook, in reading order."
    paths = sorted((ROOT / "nbs").glob("[!_.]*.ipynb"))
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}


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
            if flags.keys() & EXPORTS and lines > MAX_EXPORT_LINES:
                yield f"{name} cell {i}: {lines} exported lines; at most {MAX_EXPORT_LINES}"
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


def check_requirements():
    "A module that only the [dev] install can import breaks for everyone else."
    needs = " ".join(
        value
        for key, value in settings().items()
        if key.endswith("requirements") and key != "dev_requirements"
    )
    known = {re.match(r"[\w.-]+", need)[0].lower().replace("-", "_") for need in needs.split()}
    known |= (
        sys.stdlib_module_names | {PACKAGE} | ({"sklearn"} if "scikit_learn" in known else set())
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
    listed = re.findall(
        r"^\s*- (\S+\.ipynb)$", (ROOT / "nbs/sidebar.yml").read_text(encoding="utf-8"), flags=re.M
    )
    wanted = ["index.ipynb", *(name for name in notebooks() if name != "index.ipynb")]
    if listed != wanted:
        yield f"nbs/sidebar.yml lists {listed}; the notebooks are {wanted}"


CHECKS = {
    "import order": check_import_order,
    "exported names are used": check_names_used,
    "README in sync": check_readme,
    "stored outputs": check_outputs,
    "shape of the notebooks": check_shape,
    "files are there": check_files,
    "versions and pins agree": check_versions,
    "imports are required packages": check_requirements,
    "site lists every chapter": check_site,
}


def run(check):
    try:
        return list(check())
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]  # one broken check must not hide the others


def main():
    failed = False
    for name, check in CHECKS.items():
        problems = run(check)
        print(
            f"{'FAIL' if problems else 'ok'} {name}",
            *(f"    {problem}" for problem in problems),
            sep="\n",
        )
        failed |= bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
