#!/usr/bin/env python
"""Write the stubs of the package: what editors complete and type checkers read.

    python .ci/stubs.py            write din_rec/*.pyi
    python .ci/stubs.py --check    compare only; exit code 1 when they differ

Methods that `@patch` adds to a class stand in the stub of that class, wherever they are written. `__init__.pyi` is also what the
package itself reads to find its public names, so that they are imported on first use.
"""

import ast, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
from checks import ORDER

PACKAGE = ROOT / "din_rec"
HEAD = "# Made by .ci/stubs.py: do not edit.\n"


def trees():
    "Module → its tree, in the order of the chapters"
    return {name: ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8")) for name in ORDER}


def public(tree):
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return ast.literal_eval(node.value)
    return []


def patch_of(node):
    "(how, class) of a function with `@patch`, else None"
    for d in node.decorator_list:
        if ast.unparse(d).startswith("patch") and node.args.args[0].annotation:
            return ast.unparse(d), ast.unparse(node.args.args[0].annotation)


def signature(node, method=False, bare=()):
    "The header of a function, defaults as `...`"
    args = node.args
    for group in (args.posonlyargs, args.args, args.kwonlyargs):
        for arg in group:
            if arg.arg in ("self", "cls") and method:
                arg.annotation = None
    args.defaults = [ast.Constant(...) for _ in args.defaults]
    args.kw_defaults = [None if d is None else ast.Constant(...) for d in args.kw_defaults]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    if node.name == "__init__":
        returns = " -> None"
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{kind} {node.name}({ast.unparse(args)}){returns}: ..."


def method(node, patch=None):
    "Lines of a method in a stub"
    how = [ast.unparse(d) for d in node.decorator_list]
    lines = []
    if patch:
        lines += ["@property"] * ("as_prop=True" in patch) + ["@classmethod"] * (
            "cls_method=True" in patch
        )
    else:
        keep = ("property", "classmethod", "staticmethod")
        lines += [
            f"@{'property' if d.endswith('cached_property') else d}"
            for d in how
            if d in keep or d.endswith("cached_property")
        ]
    return [*lines, signature(node, method=True)]


def constant(node):
    "A name at the top of a module"
    try:
        kind = type(ast.literal_eval(node.value)).__name__
    except ValueError:
        kind = "Any"
    return {
        "tuple": "tuple[Any, ...]",
        "list": "list[Any]",
        "dict": "dict[Any, Any]",
        "NoneType": "Any",
    }.get(kind, kind)


def class_stub(node, extra):
    "A class with its fields, its own methods and those that are patched onto it"
    bases = [ast.unparse(b) for b in node.bases]
    lines = [f"@{ast.unparse(d)}" for d in node.decorator_list if "patch" not in ast.unparse(d)]
    body = []
    enum = any("Enum" in b for b in bases)
    for part in node.body:
        if isinstance(part, ast.AnnAssign):
            default = " = ..." if part.value is not None else ""
            body.append(f"{part.target.id}: {ast.unparse(part.annotation)}{default}")
        elif isinstance(part, ast.Assign):
            for target in part.targets:
                if enum:
                    body.append(f"{target.id} = {ast.unparse(part.value)}")
                elif not target.id.startswith("_") and target.id != "model_config":
                    body.append(f"{target.id}: {constant(part)}")
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if not part.name.startswith("_") or part.name.startswith("__"):
                body += method(part)
    for how, function in extra:
        if not function.name.startswith("_") or function.name.startswith("__"):
            body += method(function, how)
    return [
        *lines,
        f"class {node.name}{'(' + ', '.join(bases) + ')' if bases else ''}:",
        *(f"    {line}" for line in body or ["..."]),
    ]


def stub(name, tree, patched, homes):
    "The text of one module's stub"
    names, lines = set(public(tree)), []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            lines += [
                "",
                *class_stub(
                    node, patched.get(node.name, []) if homes.get(node.name) == name else []
                ),
            ]
        elif isinstance(node, ast.FunctionDef) and node.name in names and not patch_of(node):
            decorators = [
                f"@{ast.unparse(d)}"
                for d in node.decorator_list
                if ast.unparse(d) == "contextmanager"
            ]
            lines += ["", *decorators, signature(node)]
        elif isinstance(node, ast.AnnAssign) and node.target.id in names:
            lines.append(f"{node.target.id}: {ast.unparse(node.annotation)}")
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for x in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(x, ast.Name) and x.id in names:
                        kind = "Any" if isinstance(target, ast.Tuple) else constant(node)
                        union = (
                            ast.unparse(node.value)
                            if re.match(r"Union\[|Annotated\[", ast.unparse(node.value))
                            else ""
                        )
                        lines.append(f"{x.id} = {union}" if union else f"{x.id}: {kind}")
    body = "\n".join(lines)
    used = {n.id for n in ast.walk(ast.parse(body)) if isinstance(n, ast.Name)}
    strings = {
        s
        for n in ast.walk(ast.parse(body))
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
        for s in re.findall(r"\w+", n.value)
    }
    defined = {t for t in re.findall(r"^(?:class |def )?(\w+)[:( ]", body, flags=re.M)}
    handed_on = sorted(names - defined)
    heads = imports(
        tree,
        name,
        used | strings,
        homes,
        {t for t in names} | {n.name for n in tree.body if isinstance(n, ast.ClassDef)},
    )
    known = {
        a.asname or a.name: n.module
        for n in tree.body
        if isinstance(n, ast.ImportFrom)
        for a in n.names
    }
    again = [f"from din_rec.{known[n]} import {n} as {n}" for n in handed_on if n in known]
    heads = "\n".join(filter(None, [heads, *again]))
    return f"{HEAD}{heads}\n\n__all__ = {sorted(names)!r}\n{body}\n"


STANDARD = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "torch": "import torch",
    "nn": "from torch import nn",
    "Path": "from pathlib import Path",
    "F": "import torch.nn.functional as F",
    "Any": "from typing import Any",
    "dataclass": "from dataclasses import dataclass",
    "contextmanager": "from contextlib import contextmanager",
    "Callable": "from typing import Callable",
    "Optional": "from typing import Optional",
}


def imports(tree, name, used, homes, own):
    "Import lines for the names that a stub uses"
    known, lines = {}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for a in node.names:
                known[a.asname or a.name.split(".")[0]] = f"import {a.name}" + (
                    f" as {a.asname}" if a.asname else ""
                )
        if isinstance(node, ast.ImportFrom):
            module = f"din_rec.{node.module}" if node.level else node.module
            for a in node.names:
                known[a.asname or a.name] = f"from {module} import {a.name}" + (
                    f" as {a.asname}" if a.asname else ""
                )
    for word in sorted(used - own):
        if word in homes and homes[word] != name:
            lines.append(f"from din_rec.{homes[word]} import {word}")
        elif word in known:
            lines.append(known[word])
        elif word in STANDARD:
            lines.append(STANDARD[word])
    return "\n".join(dict.fromkeys(lines))


def package_stub(all_trees):
    "`__init__.pyi`: every public name and where it lives"
    lines, seen = [], set()
    for name, tree in all_trees.items():
        names = sorted(n for n in public(tree) if n not in seen)
        seen.update(names)
        if names:
            lines.append(
                f"from .{name} import (\n" + "".join(f"    {n} as {n},\n" for n in names) + ")"
            )
    modules = "from . import (\n" + "".join(f"    {n} as {n},\n" for n in all_trees) + ")"
    names = "".join(f'    "{n}",\n' for n in sorted(seen | set(all_trees)))
    tail = f"\n\n__version__: str\n__all__ = [\n{names}]\n"
    return f"{HEAD}{modules}\n" + "\n".join(lines) + tail


def stubs():
    "File → text of all stubs"
    all_trees, patched, homes = trees(), {}, {}
    for name, tree in all_trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, name)
    for tree in all_trees.values():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and (found := patch_of(node)):
                patched.setdefault(found[1], []).append((found[0], node))
    out = {f"{name}.pyi": stub(name, tree, patched, homes) for name, tree in all_trees.items()}
    return {"__init__.pyi": package_stub(all_trees), **out}


def main():
    different = []
    for name, text in stubs().items():
        path = PACKAGE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        different.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and different:
        print("stubs differ; run: python .ci/stubs.py:", ", ".join(different))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
