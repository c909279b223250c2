#!/usr/bin/env python
"""What the pages of the site must be, as far as the notebooks alone can show it. One line a check, as .ci/checks.py prints them.

    python .ci/pages.py            the checks
    python .ci/pages.py --table    a row per chapter: words, visible lines by kind, folded, hidden

Reads files only. The rendered site is looked at in a browser by .ci/site.py, in the workflow that builds it.
"""

import posixpath, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
from checks import EXPORTS, code_cells, module_of, notebooks, report, text
from readme import directives, strip_directives

NBS = ROOT / "nbs"
MOST_WORDS = 5000  # prose and code outside folded parts: 45 minutes
FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", flags=re.M | re.S)
INLINE = re.compile(r"`[^`\n]*`")
TEST = re.compile(r"\b(assert|test_\w+|rejects|raises)\b")
# What a technical editor would strike; chapter 9 introduces the metaphor of an exam.
SPELLING = {
    "exam": r"\bexams?\b",
    "a row a user": r"\ba (?:row|number|value|list|file|line) an? \w+",
    "is not to be told from": r"not to be told from",
    "To the … leave": r"\bTo the \w+ leaves?\b",
    "teh": r"\b(?:teh|recieve|seperate|occured|wich)\b",
}
ALLOWED = {("09_topk.ipynb", "exam")}


def prose(source):
    "Markdown without code, formulas, links' targets and attributes"
    source = FENCE.sub("", source)
    source = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", "", source, flags=re.S)
    source = re.sub(r"\]\([^)]*\)(?:\{[^}]*\})?", "]", source)
    return INLINE.sub("", source)


def markdown_cells(notebook):
    for i, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            yield i, text(cell["source"])


def texts():
    "(page, place, Markdown) of every page that a person wrote"
    for name, notebook in notebooks().items():
        for i, source in markdown_cells(notebook):
            yield name, f"{name} cell {i}", source
    for path in sorted(NBS.rglob("*.qmd")):
        name = path.relative_to(NBS).as_posix()
        if not name.startswith("reference/"):
            yield name, name, path.read_text(encoding="utf-8")


# --- links


def slug(heading):
    "The anchor that Pandoc makes of a heading"
    own = re.search(r"\{[^}]*#([\w.-]+)[^}]*\}\s*$", heading)
    if own:
        return own[1]
    plain = re.sub(r"\]\([^)]*\)|[`*\[\]]|\{[^}]*\}", "", heading).lower()
    plain = re.sub(r"[^\w\s.-]", "", plain)
    return re.sub(r"^[\W\d_]+", "", re.sub(r"\s+", "-", plain.strip()))


def definitions(source):
    "Anchors that names.lua sets before a cell's definitions"
    found, owner = set(), None
    for line in source.splitlines():
        if top := re.match(r"(class|def|async def) (\w+)", line):
            owner = top[2] if top[1] == "class" else None
            found.add(top[2].lower())
        elif owner and (inner := re.match(r"    def ([a-z]\w*)", line)):
            found.add(f"{owner}.{inner[1]}".lower())
    for name, owner in re.findall(r"@patch[^\n]*\ndef (\w+)\(\s*self: ?'?(\w+)", source):
        found.add(f"{owner}.{name}".lower())
    return found


def anchors(name):
    "All anchors of a page"
    path = NBS / name
    if path.suffix == ".ipynb":
        notebook = notebooks()[name]
        sources = [source for _, source in markdown_cells(notebook)]
        code = [s for _, s, flags in code_cells(notebook) if not flags.keys() & {"hide", "export"}]
        found = set().union(*map(definitions, code)) if code else set()
    else:
        sources, found = [path.read_text(encoding="utf-8")], set()
    for source in sources:
        plain = FENCE.sub("", source)
        found |= {slug(h) for h in re.findall(r"^#+ (.*)$", plain, flags=re.M)}
        found |= {*re.findall(r"\{[^}]*#([\w.-]+)[^}]*\}", plain)}
        found |= {*re.findall(r'\bid="([\w.-]+)"', plain)}
    return found


def check_links():
    known = {}
    for page, place, source in texts():
        for target in re.findall(r"\]\(([^)\s]+)", FENCE.sub("", source)):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            path, _, anchor = target.partition("#")
            name = (
                posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
            )
            if not (NBS / name).exists():
                yield f"{place}: {target}: no such file"
            elif anchor and Path(name).suffix in (".ipynb", ".qmd"):
                if name not in known:
                    known[name] = anchors(name)
                if anchor not in known[name]:
                    yield f"{place}: {target}: no such heading or name"


def check_references():
    for _, place, source in texts():
        plain = re.sub(r"\[[^\]]*\]\([^)]*\)", "", FENCE.sub("", source))
        plain = re.sub(r"^#.*$", "", plain, flags=re.M)
        for hit in re.findall(r"\b(?:[Cc]hapters?|[Rr]ules?) \d+[a-f]?\b", plain):
            yield f"{place}: {hit!r} is no link"


# --- pictures and words


def check_pictures():
    for name, notebook in notebooks().items():
        for i, source in markdown_cells(notebook):
            for alt, rest in re.findall(r"!\[([^\]]*)\]\([^)]*\)(\{[^}]*\})?", source):
                if not alt or (rest and "fig-alt" not in rest):
                    yield f"{name} cell {i}: a picture without a text for those who cannot see it"
        for i, cell in enumerate(notebook["cells"]):
            shown = any("image/png" in out.get("data", {}) for out in cell.get("outputs", []))
            flags = directives(text(cell["source"]))
            if (
                shown
                and "hide" not in flags
                and not {"fig-alt", "fig-cap", "label"} <= flags.keys()
            ):
                yield f"{name} cell {i}: a figure needs #| label: fig-…, #| fig-cap and #| fig-alt"
            values = [o for o in cell.get("outputs", []) if o["output_type"] == "execute_result"]
            if shown and values:
                yield f"{name} cell {i}: a value beside a figure would be its first part (a)"


def check_language():
    for page, place, source in texts():
        if page.startswith("zh/"):
            continue
        for what, pattern in SPELLING.items():
            if (page, what) not in ALLOWED and (hit := re.search(pattern, prose(source))):
                yield f"{place}: {hit[0]!r}"


def check_titles():
    "A number before the title of a chapter, as in the sidebar; a description below it"
    for name, notebook in notebooks().items():
        title, _, line = text(notebook["cells"][0]["source"]).partition("\n\n")
        number = re.match(r"0?(\d+[a-f]?)_", name)
        if number and not title.startswith(f"# {number[1]}. "):
            yield f"{name}: the title must begin with '# {number[1]}. ', got {title!r}"
        line = line.partition("\n\n")[0].strip()
        if not line.startswith("> ") or len(line) > 160:
            yield f"{name}: a description of at most 160 characters must follow the title"


NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?")


def written(outputs):
    "The words of a cell's outputs"
    for output in outputs:
        yield text(output.get("text", ""))
        yield from (text(v) for k, v in output.get("data", {}).items() if k.startswith("text/"))


def check_numbers():
    "A figure of two decimals or more in prose is printed, drawn from or checked in a cell of its page"
    for name, notebook in notebooks().items():
        there = set()
        for i, source, _ in code_cells(notebook):
            for part in [source, *written(notebook["cells"][i]["outputs"])]:
                there |= {float(n.replace(",", "")) for n in NUMBER.findall(part)}
        for i, source in markdown_cells(notebook):
            for number in re.findall(r"(?<![\w.])(?<!Python )\d+\.\d\d+(?!\w)", prose(source)):
                near = 0.5 * 10.0 ** -len(number.partition(".")[2]) + 1e-12
                scaled = (n * f for n in there for f in (1, 0.01, 100))  # a share, or per cent
                if not any(abs(n - float(number)) <= near for n in scaled):
                    yield f"{name} cell {i}: {number} is printed in no cell of the page"


# --- what is seen


def kinds(notebook):
    "Words of prose; lines that are implementation, look, test, folded, hidden; words in sight"
    count = dict.fromkeys(("words", "implementation", "look", "test", "folded", "hidden", "all"), 0)
    for _, source in markdown_cells(notebook):
        count["words"] += len(prose(source).split())
    count["all"] = count["words"]
    for i, source, flags in code_cells(notebook):
        lines = [line for line in strip_directives(source).splitlines() if line.strip()]
        outputs = notebook["cells"][i]["outputs"]
        if flags.keys() & {"hide", "export", "default_exp"} or flags.get("echo") == "false":
            kind = "hidden"
        elif "code-fold" in flags:
            kind = "folded"
        elif "exports" in flags:
            kind = "implementation"
        else:
            kind = "test" if TEST.search(source) and not outputs else "look"
        count[kind] += len(lines)
        if kind not in ("hidden", "folded"):
            count["all"] += len(strip_directives(source).split())
    return count


def check_length():
    for name, notebook in notebooks().items():
        if (words := kinds(notebook)["all"]) > MOST_WORDS:
            yield f"{name}: {words} words of prose and code outside folds; at most {MOST_WORDS}"


def check_proportions():
    "In a chapter that writes a module at least half of what is seen is implementation, at most a quarter tests"
    for name, notebook in notebooks().items():
        if not module_of(notebook):
            continue
        count = kinds(notebook)
        seen = count["implementation"] + count["look"] + count["test"]
        if 2 * count["implementation"] < seen:
            yield f"{name}: {count['implementation']} of {seen} visible lines are implementation; at least half"
        if 4 * count["test"] > seen:
            yield f"{name}: {count['test']} of {seen} visible lines are tests; at most a quarter"
        for i, source, flags in code_cells(notebook):
            if flags.keys() & (EXPORTS - {"exports"}) and re.search(r"^(def|class) ", source, re.M):
                yield f"{name} cell {i}: a definition that no page shows; `#| exports`, folded if it is plumbing"


CHECKS = {
    "links lead somewhere": check_links,
    "chapters and rules are links": check_references,
    "pictures have words": check_pictures,
    "plain English": check_language,
    "titles and descriptions": check_titles,
    "figures in prose are those of the page": check_numbers,
    "no chapter over 45 minutes": check_length,
    "pages show the implementation": check_proportions,
}


def show_table():
    columns = ["words", "implementation", "look", "test", "folded", "hidden", "all"]
    print(f"{'chapter':28s}" + "".join(f"{c:>16s}" for c in columns))
    total = dict.fromkeys(columns, 0)
    for name, notebook in notebooks().items():
        count = kinds(notebook)
        total = {c: total[c] + count[c] for c in columns}
        print(f"{name:28s}" + "".join(f"{count[c]:16d}" for c in columns))
    print(f"{'total':28s}" + "".join(f"{total[c]:16d}" for c in columns))


if __name__ == "__main__":
    if "--table" in sys.argv:
        show_table()
    else:
        sys.exit(report(CHECKS))
