#!/usr/bin/python3
"""The history on bad days of the whole gateway: its file damaged or written by a newer riser, a disk that refuses or is slow,
a stop while the disk hangs, imports that come twice or have a wrong line, deletes of thousands of rows, names that change."""
import csv
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from datetime import datetime, timedelta, timezone

from farm import Farm
from harness import RISER, Gateway, check, end, faulty, wait_for

MINUTE = 60_000


def home(name, store="", **farm):
    f = Farm(4, **farm)
    g = Gateway("", name)
    g.write(f.conf(None, store))
    f.profile(g.dir)
    g.farm = f
    return g


def run(g, *argv):
    return subprocess.run([RISER, "history", "-c", g.conf, *argv], capture_output=True, text=True)


def rows(g, point, *argv):
    p = run(g, point, "--csv", *argv)
    assert p.returncode == 0, p.stderr
    return list(csv.DictReader(io.StringIO(p.stdout)))


def last(g, device="d0"):
    """The greatest answer of the device that the history of a stopped gateway has."""
    got = rows(g, f"{device}/count", "--step", "1m")
    return max((int(float(r["max"])) for r in got if r["max"]), default=0)


def alarm(g, name):
    for a in json.loads(g.get("/api/v1/alarms"))["alarms"]:
        if (a["device"], a["alarm"]) == ("gateway", name):
            return a
    return None


def events(g):
    return json.loads(g.get("/api/v1/journal"))["events"]


def live(g, seconds=2.0):
    """Starts it, lets it read, stops it: how far the devices counted before it was told to end, and how long that took."""
    g.start(watch=False)
    time.sleep(seconds)
    n = [c.n for c in g.farm.counters]
    code, took = g.stop()
    check("it stops, and in time", code == 0 and took < 2.0, (code, took))
    return n


def strange(g, what, spoil, aside, word):
    """Its file is one that it cannot use."""
    before = last(g)
    spoil(os.path.join(g.store, "history.db"))
    said = len(g.said())
    g.start(watch=False)
    check(f"{what}: an alarm tells of it", wait_for(lambda: (alarm(g, "history_aside") or {}).get("active"), 20),
          g.said()[-500:])
    check(f"{what}: so does an event", wait_for(lambda: events(g)[0].get("alarm") == "history_aside"
                                                and events(g)[0]["active"], 10), events(g)[0])
    check(f"{what}: one plain sentence says where it lies", g.said()[said:].count(word) == 1 and aside in g.said()[said:],
          g.said()[said:])
    check(f"{what}: figures say so", g.figure("riser_history_set_aside_total") == 1 and g.figure("riser_history_aside") == 1
          and g.figure("riser_history_failing") == 0)
    check(f"{what}: it lies beside", os.path.exists(os.path.join(g.store, aside)))
    check(f"{what}: what the log has is read again", wait_for(lambda: g.figure("riser_history_unread_batches") < 20, 10))
    os.unlink(os.path.join(g.store, aside))
    check(f"{what}: the alarm is over when the file is gone", wait_for(lambda: not alarm(g, "history_aside")["active"], 20),
          alarm(g, "history_aside"))
    code, took = g.stop()
    check(f"{what}: it stops in time", code == 0 and took < 2.0, (code, took))
    check(f"{what}: the new one has what the old one had", last(g) >= before > 0, (last(g), before))


def spoil_head(path):
    with open(path, "r+b") as f:
        f.write(b"this is no database at all, nor was it ever one")


def spoil_middle(path):
    size = os.path.getsize(path)
    with open(path, "r+b") as f:
        for page in range(1, size // 4096):
            f.seek(page * 4096)
            f.write(b"\xa5" * 2000)


def make_newer(path):
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()


def files_of_others():
    g = home("strange")
    n = live(g)
    check("what was read is in the history after a stop", last(g) >= n[0] - 5, (last(g), n[0]))
    strange(g, "no database", spoil_head, "history.db.damaged", "is damaged")
    strange(g, "torn pages", spoil_middle, "history.db.damaged", "is damaged")
    strange(g, "a newer one", make_newer, "history.db.newer", "written by a newer riser")
    g.farm.stop()


def sick_disk():
    g = home("sick", every_s=0.1)
    orders = os.path.join(g.dir, "orders")

    def order(text):
        with open(orders + ".new", "w") as f:
            f.write(text + "\n" if text else "")
        os.replace(orders + ".new", orders)

    order("")
    faulty(g, orders)
    g.start(watch=False)
    time.sleep(2)
    start = time.monotonic()
    order("sync delay 3000")
    time.sleep(4)
    jitter = g.farm.jitter_s(start)
    code, took = g.stop()
    check("a sync of 3 s: it stops in time all the same", code == 0 and took < 2.0, (code, took))
    check("a sync of 3 s: the polls keep their time", jitter < 0.5, jitter)
    order("")
    n = live(g)
    check("what the stop left is taken up from the log", last(g) >= n[0] - 5, (last(g), n[0]))
    order("write EIO")
    g.start(watch=False)
    check("on a disk that refuses, the figures say so", wait_for(lambda: g.figure("riser_history_failing") == 1, 20))
    order("")
    check("it recovers by itself", wait_for(lambda: g.figure("riser_history_failing") == 0, 20), g.said()[-600:])
    check("and said both once", g.said().count("history cannot be written") == 1
          and g.said().count("history is written again") == 1, g.said()[-600:])
    g.stop()
    g.farm.stop()


def write_csv(path, devices, minutes, to_ms, seed=1, wrong=None):
    rand = random.Random(seed)
    with open(path, "w") as out:
        out.write("t,device,point,value\n")
        for i in range(minutes):
            for d in range(devices):
                value = rand.uniform(0, 1e6)
                out.write(f"{to_ms - (minutes - i) * MINUTE},d{d},count,{value if i != wrong else 'many'}\n")
    return path


def odd_imports(g, now):
    """Times that are none, and a file that has one device behind the other."""
    path = os.path.join(g.dir, "odd.csv")
    for time_ms in ("9223372036854775807", "-1", "0001-01-01", "86399999"):
        with open(path, "w") as out:
            out.write(f"{time_ms},d0,count,1\n")
        p = run(g, "import", path)
        check(f"{time_ms} is no time", p.returncode == 1 and "is no time" in p.stderr, p.stderr)
    p = run(g, "d0/count", "--to", "9223372036854775807")
    check("nor one to ask for", p.returncode == 1 and "--to is a time" in p.stderr, p.stderr)
    at = now - 90 * 24 * 60 * MINUTE
    for hours, d in ((8, "d0"), (-3.5, "d1"), (0, "d2")):
        written = datetime.fromtimestamp(at / 1000, timezone(timedelta(hours=hours))).isoformat()
        with open(path, "w") as out:
            out.write(f"{written},{d},count,7\n")
        p = run(g, "import", path)
        span = ("--from", written, "--to", str(at + 15 * MINUTE), "--step", "15m")
        got = [datetime.fromisoformat(r["t"]).timestamp() * 1000 for r in rows(g, f"{d}/count", *span)]
        check(f"{written} is taken as that moment", p.returncode == 0 and got == [at], (p.stderr, got, at))
    with open(path, "w") as out:
        for d in ("d0", "d1"):
            out.writelines(f"{now - (72 - h) * 60 * MINUTE},{d},count,7\n" for h in range(72))
    p = run(g, "import", path)
    with sqlite3.connect(os.path.join(g.store, "history.db")) as db:
        widest = db.execute("SELECT max(stop - start) FROM stretch").fetchone()[0]
    check("device by device no stretch is wider than two days", p.returncode == 0 and widest < 48 * 60 * MINUTE, (p.stderr, widest))


def imports():
    g = home("import")
    path = os.path.join(g.dir, "more.csv")
    now = int(time.time() * 1000) // (24 * 60 * MINUTE) * 24 * 60 * MINUTE - 24 * 60 * MINUTE
    live(g)
    span = ("--from", str(now - 48 * 60 * MINUTE), "--to", str(now + MINUTE), "--step", "15m")
    p = run(g, "import", write_csv(path, 2, 300, now, wrong=200))
    check("a wrong line: its place is told", p.returncode == 1 and 'more.csv:402: "many" is no value' in p.stderr, p.stderr)
    check("and nothing is taken", "nothing is taken" in p.stderr and not rows(g, "d0/count", *span), p.stderr)
    g.start(watch=False)
    p = run(g, "import", write_csv(path, 2, 300, now))
    check("beside the running gateway it is imported", p.returncode == 0 and "600 readings" in p.stderr, p.stderr)
    first = rows(g, "d0/count", *span)
    check("each quarter has its rows", len(first) == 21 or len(first) == 20, len(first))
    p = run(g, "import", path)
    check("the same again is left out", p.returncode == 0 and p.stderr.startswith("0 readings") and "600 left out" in p.stderr,
          p.stderr)
    check("and changes nothing", rows(g, "d0/count", *span) == first)
    g.stop()
    p = run(g, "import", write_csv(path, 2, 600, now, seed=2))
    check("what is new of a longer one is taken", p.returncode == 0 and p.stderr.startswith("600 readings"), p.stderr)
    check("and what was there stays", rows(g, "d0/count", *span)[-15:] == first[-15:])
    g.start(watch=False)
    check("it is no failure of the gateway's own", wait_for(lambda: g.figure("riser_history_failing") == 0, 10),
          g.figure("riser_history_failing"))
    g.stop()
    odd_imports(g, now - 30 * 24 * 60 * MINUTE)
    g.farm.stop()


def deletes():
    """A history far larger than it may be."""
    g = home("deletes", "history_max: 1MiB")
    path = os.path.join(g.dir, "much.csv")
    now = int(time.time() * 1000) - 24 * 60 * MINUTE
    live(g, 1.0)
    p = run(g, "import", write_csv(path, 4, 60 * 24 * 60, now))
    file = os.path.join(g.store, "history.db")
    size = os.path.getsize(file)
    check("two months are imported", p.returncode == 0 and size > 2 << 20, (p.stderr, size))
    g.start(watch=False)
    begun = time.monotonic()
    check("it becomes as small as it may be", wait_for(lambda: 0 < (g.figure("riser_history_bytes") or 0) <= 1 << 20, 120),
          g.figure("riser_history_bytes"))
    took, jitter = time.monotonic() - begun, g.farm.jitter_s(begun)
    begun = time.monotonic()
    time.sleep(min(took, 10))
    print(f"      {(size - (1 << 20)) >> 10} KiB went in {took:.0f} s; p99 of the polls' jitter {jitter * 1000:.1f} ms, then "
          f"without deletes {g.farm.jitter_s(begun) * 1000:.1f} ms", flush=True)
    check("the polls keep their time meanwhile", jitter < 0.5, jitter)
    check("and the file does not grow", os.path.getsize(file) <= size, (os.path.getsize(file), size))
    check("the newest is kept", rows(g, "d0/count", "--from", str(now - 60 * MINUTE), "--to", str(now), "--step", "15m"))
    g.stop()
    g.farm.stop()


def names():
    """A reload: one device renamed, one removed; then all is as before."""
    g = home("names")
    full = g.farm.conf(None)
    g.start(watch=False)
    time.sleep(1.5)

    def reload(conf):
        done = g.said().count(": reloaded,")
        g.write(conf)
        g.p.send_signal(signal.SIGHUP)
        assert wait_for(lambda: g.said().count(": reloaded,") > done, 20), g.said()[-1000:]
        time.sleep(1.5)

    reload("\n".join(line for line in full.replace("id: d3,", "id: d3-b,").split("\n") if "id: d2," not in line))
    removed = g.farm.counters[2].n
    reload(full)
    n = [c.n for c in g.farm.counters]
    missed = g.figure("riser_history_missed_total")
    g.stop()
    check("what was not touched is whole", last(g, "d0") >= n[0] - 5, (last(g, "d0"), n[0]))
    check("what was removed and came back has both", last(g, "d2") >= n[2] - 5 > removed, (last(g, "d2"), n[2], removed))
    check("what was renamed stands under each name", last(g, "d3-b") > 0 and last(g, "d3") > last(g, "d3-b"),
          (last(g, "d3"), last(g, "d3-b")))
    check("nothing was missed", missed == 0 and "cannot be written" not in g.said(), (missed, g.said()[-500:]))
    g.farm.stop()


def copies():
    """The readings of a gateway that was killed and came back, in another's store."""
    g, other = home("from"), home("to")
    live(g)
    g.start(watch=False)
    time.sleep(2)
    g.kill()
    time.sleep(1)
    live(g)
    os.mkdir(other.store, 0o700)
    path = os.path.join(g.dir, "raw.csv")
    p = run(g, "d0/count", "--raw")
    with open(path, "w") as out:
        out.write(p.stdout)
    said = run(other, "import", path)
    check("readings go from a store to another", p.returncode == 0 and said.returncode == 0 and "left out" not in said.stderr,
          p.stderr + said.stderr)
    for step in ("1s", "1m", "15m"):
        want = rows(g, "d0/count", "--step", step)
        check(f"{step}: the rows are the same there, gaps too", want and want == rows(other, "d0/count", "--step", step), len(want))
    p = run(g, "gateway/disk_used", "--raw")
    with open(path, "w") as out:
        out.write(p.stdout)
    said = run(other, "import", path)
    want = rows(g, "gateway/disk_used", "--step", "1m")
    check("and those of riser itself", p.returncode == 0 and said.returncode == 0 and want and
          [r["last"] for r in want] == [r["last"] for r in rows(other, "gateway/disk_used", "--step", "1m")], p.stderr + said.stderr)
    for x in (g, other):
        x.farm.stop()


files_of_others()
sick_disk()
imports()
copies()
deletes()
names()
end()
