"""browser.py - Debian's chromium for the scenarios: pages that are opened, looked at and used (browser.js is its other half).

Nothing here knows what riser's pages say; a scenario asks for what they show by selector and judges it.
"""
import concurrent.futures
import itertools
import json
import os
import random
import re
import subprocess
import threading

from harness import TOP, check, folder, spawn, wait_for

BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
PICTURES = os.path.join(BUILD, "screenshots")
ANSWER_S = 60
PHONE, DESK, WALL = (360, 740), (1280, 800), (1920, 1080)
# A browser whose net is off or whose server is gone says so, as it must.
NO_NET = re.compile(r"net::ERR_|NetworkError|network error", re.I)


class Browser:
    def __init__(self):
        env = {**os.environ, "NODE_PATH": os.path.join(TOP, "build/npm/node_modules"), "TMPDIR": folder("browser"),
               "HOME": folder("browser")}
        self.waiting, self.ids, self.lock = {0: concurrent.futures.Future()}, itertools.count(1), threading.Lock()
        self.p = spawn(["node", os.path.join(TOP, "tests/browser.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       env=env, text=True, encoding="utf-8")
        threading.Thread(target=self._read, daemon=True).start()
        print(f"      chromium {self.waiting[0].result(ANSWER_S)}", flush=True)

    def _read(self):
        for line in self.p.stdout:
            answer = json.loads(line)
            future = self.waiting[answer["id"]]
            if "error" in answer:
                future.set_exception(RuntimeError(answer["error"]))
            else:
                future.set_result(answer.get("value"))

    def order(self, do, **members):
        """What comes of it, later."""
        with self.lock:
            number = next(self.ids)
            self.waiting[number] = concurrent.futures.Future()
            self.p.stdin.write(json.dumps({"id": number, "do": do, **members}) + "\n")
            self.p.stdin.flush()
        return self.waiting[number]

    def open(self, url, size=DESK, theme="light", locale="zh-CN"):
        return Page(self, self.order("open", url=url, width=size[0], height=size[1], theme=theme, locale=locale,
                                     touch=size == PHONE).result(ANSWER_S))

    def stop(self):
        self.p.stdin.close()
        self.p.wait(timeout=20)


class Seen:
    """One element as it was drawn."""

    def __init__(self, found):
        self.text, self.attrs, self.box, self.seen, self.style = (found[k] for k in ("text", "attrs", "box", "seen", "style"))

    @property
    def quality(self):
        return self.attrs.get("data-quality")

    @property
    def number(self):
        """The first one of its text, or None."""
        found = re.search(r"-?\d[\d\s\u202f]*(\.\d+)?", self.text)
        return float(re.sub(r"\s", "", found[0])) if found else None

    def __repr__(self):
        return f"<{self.text!r} {self.quality or ''} {self.style}>"


class Page:
    def __init__(self, browser, number):
        self.browser, self.number = browser, number

    def later(self, do, **members):
        return self.browser.order(do, page=self.number, **members)

    def do(self, do, **members):
        return self.later(do, **members).result(ANSWER_S)

    def all(self, selector):
        return [Seen(e) for e in self.do("look", selector=selector)]

    def see(self, selector):
        """The first that is seen, or else the first, or None."""
        found = self.all(selector)
        return next((e for e in found if e.seen), found[0] if found else None)

    def text(self, selector):
        e = self.see(selector)
        return e.text if e and e.seen else ""

    def run(self, source):
        """The value of an expression."""
        return self.do("run", source=source)

    def when(self, source, seconds=15):
        """A future of [Unix ms, value] when the function of this source first gave something true and that was drawn; of None
        if it never does."""
        return self.later("when", source=source, patience=int(seconds * 1000))

    def waits(self, selector, seconds=10):
        """The first element of the selector as soon as one is seen, or None."""
        def look():
            e = self.see(selector)
            return e if e and e.seen else None
        return wait_for(look, seconds, 0.1)

    @property
    def path(self):
        """Of its address, whatever it is loading."""
        return self.do("path")

    @property
    def link(self):
        """live, late or dead, as the page says of itself."""
        return self.run("document.body.dataset.link")

    def click(self, selector):
        self.do("click", selector=selector)

    def shot(self, name):
        os.makedirs(PICTURES, exist_ok=True)
        self.do("shot", path=os.path.join(PICTURES, name + ".png"))

    def faults(self, net=False):
        """What the browser complained of since it was last asked; net: whether it may miss its server."""
        return [f for f in self.do("faults") if not (net and NO_NET.search(f))]

    def close(self):
        self.do("close")


def shows(selector, number, within=0.0):
    """Source for Page.when: whether the first number that an element shows is this one."""
    return f"""() => {{
        const e = document.querySelector({json.dumps(selector)});
        const found = e && e.textContent.replace(/\\s/g, '').match(/-?\\d+(\\.\\d+)?/);
        return found && Math.abs(Number(found[0]) - {number}) <= {within} + 1e-9;
    }}"""


def there(selector):
    return f"() => !!document.querySelector({json.dumps(selector)})"


def hatched(page, selector):
    """How many of them stand on hatching, or beside it in what shows their device."""
    return page.run(f"""Array.from(document.querySelectorAll({json.dumps(selector)})).filter((e) => {{
        const whole = e.closest('[data-device]') || e;
        return [whole, ...whole.querySelectorAll('*')].some((n) => getComputedStyle(n).backgroundImage.includes('repeating-linear'));
    }}).length""")


# ---- what holds of any page

WORDS = """(() => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const foreign = (e) => e.closest('[lang]') !== document.documentElement;
    const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible';
    while (walk.nextNode()) {
        const e = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
        if (text && !foreign(e) && !/^(SCRIPT|STYLE|NOSCRIPT)$/.test(e.tagName) && seen(e))
            found.push({ text, size: parseFloat(getComputedStyle(e).fontSize), of: e.id || e.className || e.tagName });
    }
    for (const e of document.body.querySelectorAll('[aria-label],[title],[placeholder],[alt]'))
        for (const a of ['aria-label', 'title', 'placeholder', 'alt'])
            if (e.hasAttribute(a) && !foreign(e))
                found.push({ text: e.getAttribute(a), size: null, of: a });
    found.push({ text: document.title, size: null, of: 'title' });
    return found;
})()"""
KEY = re.compile(r"\b[a-z]+(?:[._][a-z0-9]+)+\b|undefined|\bnull\b|NaN|\[object|\{\w*\}")
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
ROOM = """(() => ({ height: document.documentElement.scrollHeight, width: document.documentElement.scrollWidth,
    room: [innerWidth, innerHeight] }))()"""


def words(page):
    """All that a page says in its own language: its visible texts with the size of their letters in px, labels and titles."""
    return page.run(WORDS)


def smallest(page):
    return min((w["size"], w["text"]) for w in words(page) if w["size"] is not None)


def key_names(page):
    """What looks like a key without a word, or a value that is none."""
    return [w for w in words(page) if KEY.search(w["text"])]


def chinese(page):
    return [w for w in words(page) if CJK.search(w["text"])]


def fits(page):
    """Whether nothing needs scrolling, and what the page measures."""
    got = page.run(ROOM)
    return got["width"] <= got["room"][0] and got["height"] <= got["room"][1], got


def narrow(page):
    got = page.run(ROOM)
    return got["width"] <= got["room"][0], got


def barriers(page):
    """What axe-core finds serious or critical."""
    return [v for v in page.do("axe") if v["impact"] in ("serious", "critical")]


def complaint(page, what, net=False):
    """Checks that the browser has none of the page; net: it may miss its server."""
    found = page.faults(net)
    check(f"{what}: the browser has no complaint", not found, found[:5])


def p(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * percent // 100)]


def tell_delays(what, delays, limit_s):
    """Prints and judges how long things took, in s."""
    got = [d for d in delays if d is not None]
    line = f"p50 {p(got, 50):.2f} s, p99 {p(got, 99):.2f} s, of {len(got)}" if got else "none"
    print(f"      {what}: {line}", flush=True)
    check(f"{what} within {limit_s} s", len(got) == len(delays) and p(got, 99) <= limit_s, delays)


def some(low, high, digits=0):
    """A number that nobody wrote down before."""
    return round(random.uniform(low, high), digits)
