#!/usr/bin/env python
"""Write README.md from nbs/index.ipynb, without Quarto.

python .ci/readme.py            write README.md
python .ci/readme.py --check    compare only; exit code 1 when they differ
"""

import difflib, json, posixpath, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "nbs/index.ipynb"
HEADER = f"<!-- Made from {NOTEBOOK} by .ci/readme.py: edit the notebook, not this file. -->"


def text(value):
    return (
        value if isinstance(value, str) else "".join(value)
    )  # nbformat keeps a string or its lines


def directives(source):
    "The `#|` lines of a code cell as a dict: `#| echo: false` gives {'echo': 'false'}, `#| hide` gives {'hide': ''}."
    found = re.findall(r"^#\|[ \t]*([\w-]+)[ \t]*:?[ \t]*(.*)$", source, flags=re.M)
    return {name: value.strip() for name, value in found}


def strip_directives(source):
    return re.sub(r"^#\|.*\n?", "", source, flags=re.M).strip("\n")


def fix_link(match):
    "A link relative to nbs/ becomes one relative to the top; its file must exist."
    before, target, after = match.groups()
    if re.match(r"[a-z][a-z0-9+.-]*:|#|/", target):
        return match[0]  # http:, mailto:, an anchor
    path, mark, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join("nbs", path))
    if not (ROOT / path).exists():
        raise ValueError(f"{NOTEBOOK}: link to {target}, but {path} does not exist")
    return before + path + mark + anchor + after


def markdown(source):
    "A markdown cell without what only Quarto understands, links set right. Fenced code is left alone."
    parts = re.split(r"(^```.*?^```[^\n]*$)", source, flags=re.M | re.S)
    for i in range(0, len(parts), 2):
        part = re.sub(r"^:::.*\n?", "", parts[i], flags=re.M)  # fenced divs
        part = re.sub(r"\{\{<.*?>\}\}", "", part)  # shortcodes
        part = re.sub(
            r"(\]\([^)\s]*\))\{[^}\n]*\}", r"\1", part
        )  # attributes of pictures and links
        part = re.sub(
            r"^(#+ .*?)[ \t]*\{[#.][^}\n]*\}[ \t]*$", r"\1", part, flags=re.M
        )  # … and of headings
        part = re.sub(r"(\]\()([^)\s]+)((?:\s+\"[^\"]*\")?\))", fix_link, part)
        parts[i] = re.sub(r"((?:src|href)=\")([^\"]+)(\")", fix_link, part)
    return "".join(parts).strip("\n")


def fence(body, language=""):
    return f"```{language}\n{body}\n```"


def code(source):
    "A code cell as a fenced block; shell cells (`!command` or `%%bash`) as shell."
    source = strip_directives(source)
    if source.startswith("%%bash"):
        return fence(source.partition("\n")[2], "sh")
    lines = source.splitlines()
    if lines and all(line.startswith("!") for line in lines):
        return fence("\n".join(line[1:] for line in lines), "sh")
    return fence(source, "python")


def output(out):
    "One stored output as markdown: streams and values fenced, markdown (a table) as it is, standard error left out."
    if out["output_type"] == "stream":
        return "" if out["name"] == "stderr" else fence(text(out["text"]).strip("\n"))
    if out["output_type"] == "error":
        raise ValueError(f"{NOTEBOOK}: a stored output is an error: {out['ename']}")
    data = out["data"]
    if any(kind.startswith("image/") for kind in data):
        raise ValueError(
            f"{NOTEBOOK}: a picture is stored inside; save it under nbs/images and show it with ![…](images/…png)"
        )
    if "text/markdown" in data:
        return text(data["text/markdown"]).strip("\n")
    return fence(text(data["text/plain"]).strip("\n")) if "text/plain" in data else ""


def code_cell(cell):
    source = text(cell["source"])
    flags = directives(source)
    unseen = "hide" in flags or "default_exp" in flags or flags.get("include") == "false"
    if unseen or not strip_directives(source):
        return
    if flags.get("echo") != "false":
        yield code(source)
    if flags.get("output") != "false":
        yield from map(output, cell["outputs"])


def readme(notebook):
    "The whole README as text. Raw cells (Quarto's front matter) are left out."
    blocks = [HEADER]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = re.sub(r"\A---\n.*?\n---\n", "", text(cell["source"]), flags=re.S)
            blocks.append(markdown(source))
        elif cell["cell_type"] == "code":
            blocks.extend(code_cell(cell))
    return "\n\n".join(block for block in blocks if block) + "\n"


def main(check):
    new = readme(json.loads((ROOT / NOTEBOOK).read_text(encoding="utf-8")))
    path = ROOT / "README.md"
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    if not check:
        path.write_text(new, encoding="utf-8")
        return 0
    diff = list(
        difflib.unified_diff(
            old.splitlines(), new.splitlines(), "README.md", NOTEBOOK, lineterm="", n=1
        )
    )
    if diff:
        print(
            "README.md differs from the index notebook; run: python .ci/readme.py",
            *diff[:20],
            sep="\n",
        )
    return 1 if diff else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
