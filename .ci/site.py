#!/usr/bin/env python
"""Look at the rendered site in a browser, as a reader would. One line a check, as .ci/checks.py prints them.

    python .ci/site.py _docs [AXE]      AXE: axe.min.js of axe-core

Needs playwright and its chromium (or $CHROMIUM). Serves the folder on a free loopback port and leaves when done.
"""

import functools, http.server, os, re, sys, threading
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
from checks import report

SITE = Path(sys.argv[1] if len(sys.argv) > 1 else "_docs").resolve()
AXE = Path(sys.argv[2]) if len(sys.argv) > 2 else None
HOME = "https://din-rec.github.io/din_rec/"
# What people type, and the page that answers.
QUESTIONS = {
    "how do I use my own data": "tutorials/own_log",
    "why did it recommend this": "tutorials/complaint",
    "A/B test": "tutorials/ab_test",
    "add my own feature": "tutorials/own_feature",
    "add my own model": "tutorials/own_model",
    "several GPUs": "tutorials/processes",
    "local activation unit": "attention",
    "leave one out": "splits",
    "max-len": "reference/commands",
    "exclude sold out items": "filters",
}
SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth;
  const hidden = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true; return false; };
  return [...document.querySelectorAll('main *')].filter(e => e.offsetParent
    && e.getBoundingClientRect().right > width + 2 && !hidden(e)).slice(0, 3)
    .map(e => e.tagName + ' ' + (e.innerText || '').slice(0, 40)); }"""


class Page(HTMLParser):
    "Links, anchors and pictures of a page"

    def __init__(self, path):
        super().__init__()
        self.links, self.ids, self.pictures = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs["id"]} if "id" in attrs else set()
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag == "img":
            self.pictures.append(attrs)


def pages():
    return {p.relative_to(SITE).as_posix(): Page(p) for p in sorted(SITE.rglob("*.html"))}


def check_links():
    found = pages()
    for name, page in found.items():
        for href in {*page.links}:
            own = href.startswith((HOME, "/din_rec/"))  # of 404, which may be anywhere
            if re.match("[a-z]+:", href) and not own:
                continue
            target, _, anchor = href.removeprefix(HOME).removeprefix("/din_rec/").partition("#")
            folder = SITE if own else (SITE / name).parent
            path = (folder / target if target else SITE / name).resolve()
            path = path / "index.html" if path.is_dir() else path
            key = path.relative_to(SITE).as_posix() if path.is_relative_to(SITE) else None
            if key is None or not path.exists():
                yield f"{name}: {href}: no such page"
            elif anchor and key in found and anchor not in found[key].ids:
                yield f"{name}: {href}: no such place"


def check_pictures():
    for name, page in pages().items():
        for attrs in page.pictures:
            if "alt" not in attrs:
                yield f"{name}: {attrs.get('src', '')[:60]} has no text"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def translate_path(self, path):  # the 404 page begins its links at the site's own root
        return super().translate_path(path.replace("/din_rec/", "/", 1))


def serve():
    handler = functools.partial(Quiet, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def check_browser():
    "Every page at two widths and in light and dark: no sideways scroll, no error, nothing serious by axe-core"
    from playwright.sync_api import sync_playwright

    address = serve()
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        for width, scheme in ((1400, "light"), (1400, "dark"), (390, "light")):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            if scheme == "dark":
                context.add_init_script("localStorage.setItem('quarto-color-scheme', 'alternate')")
            for name in pages():
                tab, said = context.new_page(), []
                tab.on("pageerror", lambda e, said=said: said.append(str(e)))
                tab.goto(address + name, wait_until="load")
                yield from (f"{name} ({width}): {words}" for words in said)
                yield from (f"{name} ({width}): sideways: {e}" for e in tab.evaluate(SIDEWAYS))
                if AXE:
                    yield from (f"{name} ({width}, {scheme}): {e}" for e in serious(tab))
                tab.close()
        yield from unfound(browser, address)
        browser.close()


def serious(tab):
    "What axe-core calls serious or critical"
    tab.add_script_tag(path=str(AXE))
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    for one in found:
        if one["impact"] in ("serious", "critical"):
            where = one["nodes"][0]["target"]
            yield f"{one['id']} ({len(one['nodes'])} times, first {where}): {one['help']}"


def unfound(browser, address):
    "Questions whose page is not among the first answers of the search"
    tab = browser.new_page()
    for question, wanted in QUESTIONS.items():
        tab.goto(address + "index.html")
        tab.locator("#quarto-search button").first.click()
        tab.locator(".aa-Input").fill(question)
        tab.wait_for_timeout(700)
        links = tab.locator(".aa-Panel a").evaluate_all("all => all.map(a => a.href)")
        if not any(f"/{wanted}.html" in link for link in links[:10]):
            yield f"search {question!r}: {wanted} is not among {[x.split('/')[-1] for x in links[:5]]}"


if __name__ == "__main__":
    sys.exit(
        report(
            {
                "links lead somewhere": check_links,
                "pictures have words": check_pictures,
                "in a browser": check_browser,
            }
        )
    )
