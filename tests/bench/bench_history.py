#!/usr/bin/python3
"""What a history costs and how quickly it answers.

A day of site m as its simulator plays it, at the rate of its deadbands: bytes written a reading, and what five years of the
report's columns take.  On a year of such days: a month and a year of one point by quarters.  The same questions to InfluxDB with
the same readings, each over its own HTTP.  And how the polls keep their time beside an import, deletes and a year's questions."""
import math
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from farm import Farm  # noqa: E402
from harness import RISER, TOP, Gateway, check, end, folder, wait_for  # noqa: E402
from harness_influx import Influx  # noqa: E402

TOOLS = os.path.join(TOP, os.environ.get("BUILD", "build"), "bench")
DAY = 86_400_000
PACE = 300_000
REPORT = ["voltage_l1n", "voltage_l2n", "voltage_l3n", "current_l1", "current_l2", "current_l3", "active_power", "power_factor",
          "energy_import"]  # of nine transformers and the feeders
TIMES = 9


def tool(name, *argv):
    p = subprocess.run([os.path.join(TOOLS, name), *map(str, argv)], capture_output=True, text=True, check=False)
    print(p.stdout.rstrip())
    check(f"{name} does what it is there for", p.returncode == 0, p.stderr[-300:])
    return p.stdout


def site_m():
    where = folder("site")
    conf = os.path.join(where, "m.yaml")
    with open(os.path.join(TOP, "config/demo/m.yaml"), encoding="utf-8") as f:
        text = f.read()
    with open(conf, "w", encoding="utf-8") as f:
        f.write(f"profiles: [{TOP}/config/profiles]\n{text}")
    said = tool("site", "write", conf, where, 1)
    written = float(said.split(" bytes written")[0].rsplit(" ", 1)[1])
    said = tool("site", "weigh", conf, where, 1, *REPORT)
    columns, years = int(said.split()[0]), float(said.split(" MB")[0].rsplit(" ", 1)[1])
    print(f"written: {written:.2f} bytes a reading (aim 4, ratio {written / 4:.2f}); five years of 85 columns "
          f"{years * 85 / columns:.0f} MB (aim 150, ratio {years * 85 / columns / 150:.2f})")
    return where


def make_a_year(store):
    """The day again and again: blocks as they are, of the days before."""
    db = sqlite3.connect(os.path.join(store, "history.db"))
    db.execute("WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < 365) "
               "INSERT INTO quarter SELECT key - (n << 16), slots FROM d, quarter ORDER BY 1")
    db.commit()
    size = os.path.getsize(os.path.join(store, "history.db"))
    db.close()
    for days, aim in ((30, 10), (365, 50)):
        said = tool("history", store, "tx-1", "active_power", days, 900, 21)
        took = float(said.split(" ms")[0].rsplit(" ", 1)[1])
        print(f"{days} days by quarters, of a file of {size / 1e6:.0f} MB: {took:.2f} ms (aim {aim}, ratio {took / aim:.2f})")


# ---- beside InfluxDB ----

def values(end_ms):
    chance = random.Random(7)
    for t in range(end_ms - 366 * DAY, end_ms, PACE):
        for d in range(4):
            yield t, f"d{d}", round(200 + 90 * math.sin(t / DAY * math.tau + d) + chance.gauss(0, 8), 2)


def write_csv(gateway, end_ms):
    path = os.path.join(gateway.dir, f"to-{end_ms}.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(f"{t},{d},count,{v}\n" for t, d, v in values(end_ms))
    return path


def fill_riser(gateway, end_ms):
    path = write_csv(gateway, end_ms)
    start = time.monotonic()
    p = subprocess.run([RISER, "history", "-c", gateway.conf, "import", path], capture_output=True, text=True, check=False)
    check("a year is imported", p.returncode == 0, p.stderr[-300:])
    print(f"import: {p.stderr.strip().splitlines()[-1]} in {time.monotonic() - start:.1f} s")


def fill_influx(influx, end_ms):
    lines = [f"riser,device={d} count={v} {t}000000" for t, d, v in values(end_ms)]
    for i in range(0, len(lines), 20000):
        body = "\n".join(lines[i:i + 20000]).encode()
        urllib.request.urlopen(urllib.request.Request(f"{influx.url}&u=riser&p=geheim", body), timeout=60)
    influx.stop()  # what it holds in memory becomes files
    influx.start()


def median_ms(ask):
    took = []
    for _ in range(TIMES):
        start = time.monotonic()
        rows = ask()
        took.append((time.monotonic() - start) * 1000)
    return rows, sorted(took)[TIMES // 2]


def ask_riser(gateway, begin, stop):
    return (gateway.get(f"/api/v1/history?point=d0/count&from={begin}&to={stop}&step=15m") or "").count('"t":')


def ask_influx(influx, begin, stop):
    answer = influx.query("SELECT min(count), max(count), mean(count), last(count) FROM riser WHERE device = 'd0' AND "
                          f"time >= {begin}ms AND time < {stop}ms GROUP BY time(15m) fill(none)")
    return sum(len(s["values"]) for s in answer.get("series", []))


def beside_influx(gateway, end_ms):
    influx = Influx()
    fill_influx(influx, end_ms)
    for what, days in (("a month", 30), ("a year", 365)):
        span = (end_ms - days * DAY, end_ms)
        ours, took = median_ms(lambda: ask_riser(gateway, *span))
        theirs, took_influx = median_ms(lambda: ask_influx(influx, *span))
        print(f"{what} over HTTP: {ours} rows in {took:.1f} ms; influxdb {theirs} rows in {took_influx:.1f} ms; "
              f"ratio {took / took_influx:.2f}")
        check(f"{what}: both answer the same rows", ours == theirs > 0, (ours, theirs))
    influx.stop()


# ---- the polls beside it all ----

def jitter(farm, seconds):
    start = time.monotonic()
    time.sleep(seconds)
    return farm.jitter_s(start) * 1000


def beside_the_polls(farm, gateway, end_ms):
    """The import is of the year before."""
    path = write_csv(gateway, end_ms - 366 * DAY)
    calm, over, asked = jitter(farm, 10), threading.Event(), [0]

    def ask_on():
        while not over.is_set():
            asked[0] += ask_riser(gateway, end_ms - 365 * DAY, end_ms) > 0

    asking = threading.Thread(target=ask_on)
    importing = subprocess.Popen([RISER, "history", "-c", gateway.conf, "import", path], stderr=subprocess.DEVNULL)
    asking.start()
    busy = jitter(farm, 20)
    over.set()
    asking.join()
    importing.wait()
    print(f"p99 of the polls' jitter: {calm:.1f} ms; beside an import and {asked[0]} questions for a year {busy:.1f} ms "
          f"(aim 50, ratio {busy / 50:.2f})")
    check("a year was asked for meanwhile", asked[0] > 0)


def beside_deletes(farm, gateway):
    """Of a file that may be no larger than a mebibyte: its oldest go, some at a time."""
    gateway.stop()
    gateway.write(farm.conf(None, store="history_max: 1MiB"))
    gateway.start(watch=False)

    def kept():
        db = sqlite3.connect(f"file:{gateway.store}/history.db?mode=ro", uri=True, timeout=10)
        n = db.execute("SELECT (SELECT count(*) FROM raw) + (SELECT count(*) FROM minute)").fetchone()[0]
        db.close()
        return n

    before = kept()
    wait_for(lambda: kept() < before, 90, 0.5)
    took = jitter(farm, 20)
    print(f"p99 of the polls' jitter: {took:.1f} ms while {before - kept()} of {before} blocks were deleted "
          f"(aim 50, ratio {took / 50:.2f})")
    check("blocks were deleted meanwhile", kept() < before, (before, kept()))


make_a_year(site_m())
farm = Farm(4)
gateway = Gateway(farm.conf(None))
farm.profile(gateway.dir)
os.makedirs(gateway.store, mode=0o700, exist_ok=True)
END = int(time.time() * 1000) // DAY * DAY
fill_riser(gateway, END)
gateway.start(watch=False)
beside_influx(gateway, END)
beside_the_polls(farm, gateway, END)
beside_deletes(farm, gateway)
gateway.stop()
farm.stop()
end()
