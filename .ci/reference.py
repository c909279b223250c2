#!/usr/bin/env python
"""Write the reference of the site (nbs/reference/*.qmd) and nbs/llms.txt from the package itself.

    python .ci/reference.py            write the pages
    python .ci/reference.py --check    compare only; exit code 1 when they differ

A page per module from signatures, comments of parameters and the errors that the source raises; all names; the commands with
every option; the settings of every model; the features; and what `--json` and a record hold, by asking a small run.
"""

import ast, io, json, os, re, subprocess, sys, tempfile, tokenize

from checks import ORDER, ROOT, module_of, notebooks, text
from stubs import PACKAGE, patch_of, public, trees

OUT = ROOT / "nbs/reference"
HEAD = "<!-- Made by .ci/reference.py: do not edit. -->\n"


# --- what a chapter says of itself


def chapters():
    "Module → its notebook, title and line of description"
    found = {}
    for name, notebook in notebooks().items():
        cells, module = notebook["cells"], module_of(notebook)
        if module:
            title, _, line = text(cells[0]["source"]).partition("\n")
            found[module] = name, title.removeprefix("# ").strip(), line.strip().removeprefix("> ")
    return found


# --- Markdown


def cell(value):
    "A value for a Markdown table"
    return (
        str(value).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").replace("*", "\\*")
    )


def code(value):
    "A value in code letters for a Markdown table"
    value = str(value).replace("\n", " ")
    if "|" in value:  # in a table Markdown shows the backslash of an escaped one
        letters = (f"&#{ord(c)};" if c in "|*_`<>[]\\" else c for c in value)
        return f"<code>{''.join(letters)}</code>"
    return f"`{value}`" if value else ""


def table(columns, rows):
    width = {
        "meaning": 40,
        "what it is": 40,
        "about": 40,
        "what": 30,
        "definition": 40,
        "what is on it": 40,
    }
    marks = [
        "-" * width.get(c, 12 if c in ("type", "default") else 16) for c in columns
    ]  # shares of the page
    lines = ["| " + " | ".join(columns) + " |", "|" + "|".join(marks) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def page(title, description, *parts):
    front = f"---\ntitle: {json.dumps(title)}\ndescription: {json.dumps(description, ensure_ascii=False)}\n---\n"
    return once("\n\n".join([front + HEAD, *[p for p in parts if p]]) + "\n")


def once(text):
    "A class and a function may differ by their capitals alone: the anchor leads to the first"
    seen = set()
    return re.sub(r" {#(.+?)}", lambda m: "" if m[1] in seen or seen.add(m[1]) else m[0], text)


# --- one module


def comments_of(source):
    "Line → the comment at its end"
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


def parameters(node, notes):
    "(name, type, default, meaning) of each parameter, `self` left out"
    args, found = node.args, []
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + [*args.defaults]
    pairs = [*zip(plain, defaults)]
    if args.vararg:
        pairs.append((args.vararg, None))
    pairs += zip(args.kwonlyargs, args.kw_defaults)
    if args.kwarg:
        pairs.append((args.kwarg, None))
    stars = {args.vararg: "*", args.kwarg: "**"}
    last = {}  # line → its last parameter, which the comment belongs to
    for arg, default in pairs:
        last[(default or arg).end_lineno] = arg
    for arg, default in pairs:
        if arg.arg in ("self", "cls"):
            continue
        line = (default or arg).end_lineno
        note = notes.get(line, "") if last[line] is arg and line != node.body[0].lineno else ""
        if line == header_end(node) and len(pairs) > 0 and node.returns is not None:
            note = ""  # the comment at the end of a header is about what comes back
        kind = ast.unparse(arg.annotation) if arg.annotation else ""
        found.append(
            (stars.get(arg, "") + arg.arg, kind, ast.unparse(default) if default else "", note)
        )
    return found


def header_end(node):
    "The last line of `def …:`"
    return node.returns.end_lineno if node.returns else node.body[0].lineno - 1


def errors(node):
    "What the source raises by itself: (kind, its words)"
    found = []
    for part in ast.walk(node):
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call):
            kind = ast.unparse(part.exc.func)
            words = [a for a in part.exc.args if isinstance(a, (ast.Constant, ast.JoinedStr))]
            if kind.endswith("Error") and words:
                found.append((kind, words_of(words[0])))
    return [*dict.fromkeys(found)]


def words_of(node):
    "A message with its values as `{name}`"
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = (
        p.value if isinstance(p, ast.Constant) else "{" + ast.unparse(p.value) + "}"
        for p in node.values
    )
    return "".join(parts)


def header(node, name=None):
    "The signature as it is called, a parameter a line where it is long"
    args = ast.unparse(node.args)
    args = re.sub(r"^(self|cls)\b(: *'?\w+'?)?(, )?", "", args)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{name or node.name}({args}){returns}"
    if len(line) <= 96:
        return line
    tree = ast.parse(f"def f({args}): pass").body[0].args
    return (
        f"{name or node.name}(\n" + "".join(f"    {p},\n" for p in split_args(tree)) + f"){returns}"
    )


def split_args(args):
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + [*args.defaults]

    def one(arg, default):
        return ast.unparse(arg) + (f"={ast.unparse(default)}" if default is not None else "")

    parts = [one(a, d) for a, d in zip(plain, defaults)]
    if args.vararg:
        parts.append("*" + ast.unparse(args.vararg))
    elif args.kwonlyargs:
        parts.append("*")
    parts += [one(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults)]
    return parts + (["**" + ast.unparse(args.kwarg)] if args.kwarg else [])


def prose(doc):
    "A docstring as Markdown: its stars and angles are letters"
    doc = re.sub(r"(?<![`\w-])(--[a-z][\w-]*)(?!`)", r"`\1`", doc or "")  # an option is code
    parts = re.split(r"(`[^`]*`)", doc)
    return "".join(
        p if p.startswith("`") else p.replace("*", "\\*").replace("<", "&lt;") for p in parts
    )


def sentence(node):
    "The docstring, ended by a full stop"
    doc = prose(ast.get_docstring(node)).strip()
    return doc and doc.rstrip(".") + ". "


def function_doc(node, notes, name, level, chapter):
    anchor = name.lower()
    rows = [[code(n), code(k), code(d), cell(m)] for n, k, d, m in parameters(node, notes)]
    note = notes.get(header_end(node), "")
    returns = ast.unparse(node.returns) if node.returns else ""
    back = (
        f"**Returns** `{returns}`" + (f": {prose(note)}" if note else "")
        if returns not in ("", "None")
        else ""
    )
    raised = "\n".join(f"- `{k}`: `{w}`" for k, w in errors(node))
    return "\n\n".join(
        part
        for part in (
            f"{'#' * level} {name} {{#{anchor}}}",
            f"```python\n{header(node)}\n```",
            sentence(node) + f"[Source](../{chapter}#{anchor}).",
            table(["parameter", "type", "default", "meaning"], rows) if rows else "",
            back,
            f"**Raises**\n\n{raised}" if raised else "",
        )
        if part
    )


def fields(node, notes):
    "(name, type, default, meaning) of a class's fields; of settings the meaning that is declared"
    found = []
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and not part.target.id.startswith("_"):
            value, note = part.value, notes.get(part.end_lineno, "")
            if isinstance(value, ast.Call) and ast.unparse(value.func) in ("setting", "Field"):
                words = [ast.literal_eval(a) for a in value.args[1:2]]
                bounds = [
                    f"{k.arg} {ast.unparse(k.value)}"
                    for k in value.keywords
                    if k.arg in ("ge", "gt", "le", "lt")
                ]
                note, value = "; ".join(words + bounds), value.args[0] if value.args else None
            found.append(
                (
                    part.target.id,
                    ast.unparse(part.annotation),
                    ast.unparse(value) if value else "",
                    note,
                )
            )
    return found


def class_doc(node, notes, patched, chapter):
    name, bases = node.name, ", ".join(ast.unparse(b) for b in node.bases)
    init = next(
        (f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None
    )
    rows = [
        [code(n), code(k), code(d), cell(m)]
        for n, k, d, m in (parameters(init, notes) if init else fields(node, notes))
    ]
    parts = [
        f"## {name} {{#{name.lower()}}}",
        f"```python\nclass {header(init, name) if init else name + (f'({bases})' if bases else '')}\n```",
        sentence(node) + f"[Source](../{chapter}#{name.lower()}).",
        table(["parameter" if init else "field", "type", "default", "meaning"], rows)
        if rows
        else "",
    ]
    inner = [(f, notes, chapter) for f in node.body if isinstance(f, ast.FunctionDef)]
    for function, own, where in inner + patched:
        if not function.name.startswith("_"):
            parts.append(function_doc(function, own, f"{name}.{function.name}", 3, where))
    return "\n\n".join(p for p in parts if p)


def module_page(name, tree, notes, patched, about):
    notebook, title, line = about
    names, parts = set(public(tree)), []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in names:
            parts.append(class_doc(node, notes, patched.get(node.name, []), notebook))
        elif isinstance(node, ast.FunctionDef) and node.name in names and not patch_of(node):
            parts.append(function_doc(node, notes, node.name, 2, notebook))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for x in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if getattr(x, "id", None) in names:
                        note = notes.get(node.end_lineno, "")
                        parts.append(
                            f"## {x.id} {{#{x.id.lower()}}}\n\nA constant of the module{': ' + prose(note) if note else ''}. [Source](../{notebook})."
                        )
    return page(f"din_rec.{name}", line, f"The module of [{title}](../{notebook}).", *parts)


def place(module):
    "The page of a module; three have names that other pages of the reference bear"
    return f"{module}_module" if module in ("index", "features", "settings") else module


def module_pages():
    found, about = trees(), chapters()
    sources = {n: (PACKAGE / f"{n}.py").read_text(encoding="utf-8") for n in ORDER}
    notes = {n: comments_of(sources[n]) for n in ORDER}
    patched = {}
    for name, tree in found.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and patch_of(node):
                owner = patch_of(node)[1].strip("'")
                patched.setdefault(owner, []).append((node, notes[name], about[name][0]))
    pages = {
        f"{place(n)}.qmd": module_page(n, found[n], notes[n], patched, about[n]) for n in ORDER
    }
    rows = []
    for name, tree in found.items():
        docs = {
            getattr(n, "name", ""): ast.get_docstring(n)
            for n in tree.body
            if isinstance(n, (ast.ClassDef, ast.FunctionDef))
        }
        handed_on = {a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
        for one in [x for x in public(tree) if x not in handed_on]:
            rows.append(
                [
                    f"[`{one}`]({place(name)}.qmd#{one.lower()})",
                    f"[{name}]({place(name)}.qmd)",
                    prose((docs.get(one) or "").partition("\n")[0]),
                ]
            )
    rows.sort(key=lambda r: r[0].lower())
    links = [
        [f"[{n}]({place(n)}.qmd)", f"[{about[n][1]}](../{about[n][0]})", prose(about[n][2])]
        for n in ORDER
    ]
    ways = [
        ["[Command line](commands.qmd)", "every command and option, with defaults and an example"],
        ["[Settings](settings.qmd)", "what can be set of every model, with bounds and defaults"],
        [
            "[Features](features.qmd)",
            "every number that trees and networks read, with unit and definition",
        ],
        [
            "[JSON and records](json.qmd)",
            "what `--json` prints, and what a record of a study holds",
        ],
    ]
    pages["index.qmd"] = page(
        "Reference",
        "Every name, command, option, setting and feature of din_rec",
        "Made from the package itself: what is here is what the code says.",
        table(["page", "what is on it"], ways),
        "## Modules",
        table(["module", "chapter", "about"], links),
        "## All names",
        table(["name", "module", "what it is"], rows),
    )
    return pages


# --- what the program says of itself


def commands_page():
    import typer
    from din_rec.program import app

    group = typer.main.get_command(app)
    parts = [
        "Each command prints its own `--help`; every mistake is one line that names the option, the rule and the value."
    ]
    for name, command in group.commands.items():
        rows = {}
        for option in command.params:
            if option.name == "help" or getattr(option, "hidden", False):
                continue
            panel = getattr(option, "rich_help_panel", None) or (
                "Arguments" if option.param_type_name == "argument" else "Options"
            )
            said = (
                " ".join(f"`{o}`" for o in [*option.opts, *option.secondary_opts])
                if option.param_type_name != "argument"
                else f"`{option.name}`"
            )
            default = (
                ""
                if option.default is None or callable(option.default) or option.default is False
                else str(option.default)
            )
            rows.setdefault(panel, []).append(
                [
                    said,
                    code(kind_of(option)),
                    code(default),
                    cell(getattr(option, "help", "") or ""),
                ]
            )
        parts.append(f"## din_rec {name} {{#{name}}}\n\n{prose(command.help or '')}")
        if name in EXAMPLES:
            parts.append(example(name))
        for panel, lines in rows.items():
            if len(rows) > 1:
                parts.append(f"### {panel} {{#{name}-{panel.lower().replace(' ', '-')}}}")
            parts.append(table(["option", "type", "default", "meaning"], lines))
    return page(
        "Command line",
        "din_rec data, train, evaluate, recommend, explain, update and the others: every option",
        *parts,
    )


def kind_of(option):
    "The type of an option in a word"
    kind = option.type_descriptor.annotation
    return getattr(kind, "__name__", str(kind)).lower()


# Name of a command → what follows it, on the toy world; run one after the other in an empty folder.
EXAMPLES = {
    "data": "synthetic",
    "train": "--data synthetic --model avgpool --epochs 2 --quiet --out toy",
    "evaluate": "toy --candidates 100",
    "recommend": "toy --user 7 --k 3",
    "similar": "toy --item 5 --k 3",
}


def example(name):
    stored = json.loads((OUT / "examples.json").read_text(encoding="utf-8"))
    return f"```sh\ndin_rec {name} {EXAMPLES[name]}\n```\n\n```\n{stored[name]}\n```"


# Kind of answer → the command that gives it, in the same folder.
ANSWERS = {
    "train --json": "train --data synthetic --model popularity --json --quiet --out small",
    "evaluate --json": "evaluate toy --candidates 100 --json",
    "recommend --json": "recommend toy --user 7 --k 1 --json",
    "similar --json": "similar toy --item 5 --k 1 --json",
    "inspect --json": "inspect toy --json",
    "data --json": "data synthetic --json",
}


def printed(words, folder):
    "What a command prints in a folder"
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH=str(ROOT), COLUMNS="100")
    command = [sys.executable, "-m", "din_rec", *words.split()]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"din_rec {words}: {done.stderr}")
    return done.stdout.strip()


def run_examples():
    "Run the examples and keep what they print; of JSON, its shape"
    with tempfile.TemporaryDirectory() as folder:
        said = {name: printed(f"{name} {words}", folder) for name, words in EXAMPLES.items()}
        said = {name: re.sub(r"\n{3,}", "\n\n", text) for name, text in said.items()}
        return said | {n: shape(json.loads(printed(w, folder))) for n, w in ANSWERS.items()}


def shape(value, depth=0):
    "A JSON value by its types; of a list the first"
    if isinstance(value, dict):
        return {k: shape(v, depth + 1) for k, v in value.items()} if depth < 3 else "object"
    if isinstance(value, list):
        return [shape(value[0], depth + 1)] if value else []
    return {
        str: "text",
        bool: "true or false",
        int: "whole number",
        float: "number",
        type(None): "null",
    }[type(value)]


def json_page():
    stored = json.loads((OUT / "examples.json").read_text(encoding="utf-8"))
    parts = [
        "With `--json` a command prints one JSON object on standard output and nothing else there; notices go to standard error. Names and types, from a small run of the toy world:"
    ]
    for name, value in stored.items():
        if name.endswith("--json"):
            parts.append(
                f"## din_rec {name.removesuffix(' --json')} {{#{name.split()[0]}}}\n\n```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
            )
    record = sorted((ROOT / "results").glob("ml-100k-din-seed0.json"))[0]
    value = shape(json.loads(record.read_text(encoding="utf-8")))
    parts.append(
        f"## A record of a study {{#record}}\n\nOne file per training, `results/LOG-LABEL-seedN.json` ([chapter 14](../14_experiments.ipynb)):\n\n```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
    )
    return page(
        "JSON and records",
        "What commands print as JSON and what the files in results hold: names and types",
        *parts,
    )


def frame_page(title, description, frame, first, intro):
    rows = [
        [
            code(name),
            *(
                code(v) if c not in ("what", "definition", "unit", "group") else cell(v)
                for c, v in row.items()
            ),
        ]
        for name, row in frame.iterrows()
    ]
    return page(title, description, intro, table([first, *frame.columns], rows))


def pages():
    from din_rec.features import feature_table
    from din_rec.settings import settings_table
    from din_rec.sources import synthetic

    made = module_pages()
    made["commands.qmd"] = commands_page()
    made["json.qmd"] = json_page()
    made["settings.qmd"] = frame_page(
        "Settings",
        "Every setting of every model: meaning, bounds, default",
        settings_table(),
        "setting",
        "On the command line `--max-len`, in Python `max_len=`; settings of the network inside a hybrid begin with base: `--base-lr` and `base_lr=`. Where a cell is empty, the model has no such setting. [Chapter 12b](../12b_settings.ipynb) says how the defaults were found.",
    )
    made["features.qmd"] = frame_page(
        "Features",
        "Every explicit feature: group, unit, definition",
        feature_table(synthetic()),
        "feature",
        "The features of a log with the toy world's columns; your own columns lead to features of the same kinds under their own names ([chapter 4](../04_features.ipynb)).",
    )
    return made


def llms(made):
    "What a language model should read of the site, in the order of the book"
    about = chapters()
    lines = [
        "# din_rec",
        "",
        "> Sequential recommendation you can read, run, compare and explain: DIN, SASRec, GRU4Rec, NARM and a hybrid ranker.",
        "",
        "## Chapters",
        "",
    ]
    site = "https://din-rec.github.io/din_rec"
    lines += [
        f"- [{title}]({site}/{re.sub(r'^[0-9a-z]+_', '', nb).replace('.ipynb', '.html')}): {line}"
        for nb, title, line in about.values()
    ]
    lines += ["", "## Reference", ""]
    lines += [
        f"- [{n.removesuffix('.qmd')}]({site}/reference/{n.replace('.qmd', '.html')})"
        for n in sorted(made)
    ]
    return "\n".join(lines) + "\n"


SIDEBAR = ROOT / "nbs/sidebar.yml"


def with_modules(sidebar):
    "The sidebar with a line for each module, in the order of the chapters"
    head, section, rest = re.split(r"(?m)^( +- section: Modules\n +contents:\n)", sidebar)
    rest = rest[re.match(r"(?: +- reference/\S+\n)*", rest).end() :]
    lines = [f"              - reference/{place(name)}.qmd\n" for name in ORDER]
    return head + section + "".join(lines) + rest


def main():
    check = "--check" in sys.argv
    OUT.mkdir(exist_ok=True)
    if "--examples" in sys.argv or not (OUT / "examples.json").exists():
        (OUT / "examples.json").write_text(
            json.dumps(run_examples(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    made = pages()
    wanted = {OUT / n: t for n, t in made.items()} | {ROOT / "nbs/llms.txt": llms(made)}
    wanted[SIDEBAR] = with_modules(SIDEBAR.read_text(encoding="utf-8"))
    stale = [p for p, t in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != t]
    stale += [p for p in OUT.glob("*.qmd") if p not in wanted]
    if check:
        for p in stale:
            print(f"{p.relative_to(ROOT)} is stale: python .ci/reference.py")
        return bool(stale)
    for p in stale:
        p.write_text(wanted[p], encoding="utf-8") if p in wanted else p.unlink()
    print(f"{len(wanted)} pages, {len(stale)} written")


if __name__ == "__main__":
    sys.exit(main())
