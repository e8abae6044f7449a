#!/usr/bin/python3
"""A year in the history, imported from a CSV, and each roll-up of it equals what is computed here from the definitions: in
Python, exactly (fractions), with zoneinfo for local hours and days, and nothing of ours.

A meter's power, its energy register, a lift's door, one reading each ten minutes by formulas; now and then one that failed, one
that stayed away, a replaced register.  A value holds until the next reading, at most half as long again as it may be silent and
15 s.
"""
import csv
import io
import os
import subprocess
import sys
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from harness import RISER, TOP, check, end, folder

MINUTE = 60_000
PACE = 10 * MINUTE
HOLD = 15 * MINUTE * 3 // 2 + 15_000  # of a heartbeat of 15 minutes
START = 1_761_955_200_000  # 2025-11-01T00:00Z
DAYS = 366
COUNT = DAYS * 1440 * MINUTE // PACE
DOORS = ["closed", "opening", "open", "closing"]

CONF = """
site: {{id: year, timezone: {zone}}}
profiles: [{top}/config/profiles]
store: {{path: {store}}}
buses: [{{id: b, url: "tcp://127.0.0.1:1502"}}]
devices:
  - {{id: tx-1, profile: meter/schneider-pm5000, bus: b, unit: 1, heartbeat: 15m, rating: {{kva: 630, in: 909}}}}
  - {{id: lift-1, profile: elevator/generic-gbt24476, bus: b, unit: 2, heartbeat: 15m}}
"""


def readings():
    """(t, power | None, energy, door), with what stayed away left out."""
    for k in range(COUNT):
        if k % 991 < 7:
            continue
        power = None if k % 97 == 5 else Fraction((k * 37) % 1009, 8)
        energy = 90_000_000_000_000_000 + 13 * k if k < 30_000 else 7 * (k - 30_000)
        yield START + k * PACE, power, energy, DOORS[(k * k // 5) % 4]


def write_csv(path):
    with open(path, "w", encoding="utf-8") as out:
        out.write("t,device,point,value\n")
        for t, power, energy, door in readings():
            out.write(f"{t},tx-1,active_power,{'' if power is None else float(power)}\n")
            out.write(f"{t},tx-1,energy_import,{energy}\n{t},lift-1,door,{door}\n")


# ---- the definitions ----

def spans(rows):
    """[from, to) and the value that held; of a row (t, value | None)."""
    for (t, value), (following, _) in zip(rows, rows[1:] + [(None, None)]):
        # Behind the last reading nothing is known.
        to = t if following is None else min(following, t + HOLD)
        if value is not None:
            yield t, to, value


def slots(zone, hours):
    """The edges of local slots: of an hour or less on the clock's own, a day from midnight to midnight."""
    zone = ZoneInfo(zone)
    if hours < 24:
        step = int(hours * 60 * MINUTE)

        def floor(t):
            offset = int(datetime.fromtimestamp(t / 1000, zone).utcoffset().total_seconds() * 1000)
            return (t + offset) // step * step - offset
        t = floor(START)
        while t < START + DAYS * 1440 * MINUTE:
            yield t, t + step
            t += step
        return
    day = datetime.fromtimestamp(START / 1000, zone).date()
    edges = []
    for _ in range(DAYS + 2):
        edges.append(int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000))
        day += timedelta(days=1)
    yield from zip(edges, edges[1:])


def expected(rows, zone, hours):
    """{start: (min, max, mean, last, coverage)} of what has a value."""
    held, edges = list(spans(rows)), list(slots(zone, hours))
    out, i = {}, 0
    for a, b in edges:
        while i > 0 and held[i - 1][1] > a:
            i -= 1
        while i < len(held) and (held[i][1] <= a if held[i][0] < a else False):
            i += 1
        inside, k = [], i
        while k < len(held) and held[k][0] < b:
            inside.append((max(a, held[k][0]), min(b, held[k][1]), held[k][2]))
            k += 1
        if not inside:
            continue
        covered = sum(to - start for start, to, _ in inside)
        values = [v for _, _, v in inside]
        total = sum((to - start) * v for start, to, v in inside) if not isinstance(values[0], str) else 0
        out[a] = (min(values), max(values), total / Fraction(covered) if covered else values[-1], values[-1],
                  Fraction(covered, b - a))
    return out


def increases(rows, zone, hours):
    """{start: increase}: what a reading is more than the one before, in the reading's slot; a fall counts nothing."""
    out, edges = {}, list(slots(zone, hours))
    i, before = 0, None
    for t, value in rows:
        while i < len(edges) and edges[i][1] <= t:
            i += 1
        out.setdefault(edges[i][0], 0)
        if before is not None and value >= before:
            out[edges[i][0]] += value - before
        before = value
    return out


# ---- what riser says ----

def ask(conf, point, step, days=DAYS):
    p = subprocess.run([RISER, "history", "-c", conf, point, "--from", str(START), "--to",
                        str(START + days * 1440 * MINUTE), "--step", step], capture_output=True, text=True)
    if p.returncode != 0:
        return {}, p.stderr
    rows = csv.DictReader(io.StringIO(p.stdout))
    return {int(datetime.fromisoformat(r["t"]).timestamp() * 1000): r for r in rows}, p.stderr


def near(text, value):
    return abs(Fraction(text) - value) <= Fraction(1, 10**9) * max(1, abs(value))


def compare(name, got, want, same):
    wrong = [t for t in want if t not in got or not same(got[t], want[t])]
    more = [t for t in got if t not in want]
    detail = f"{len(want)} rows; wrong at {wrong[:2]}, too many at {more[:2]}"
    if wrong:
        detail += f"; {got.get(wrong[0])} for {[str(x) for x in want[wrong[0]]] if isinstance(want[wrong[0]], tuple) else want[wrong[0]]}"
    check(f"{name}: each row is what the definitions give", want and not wrong and not more, detail)


def same_number(row, want):
    return (Fraction(row["min"]) == want[0] and Fraction(row["max"]) == want[1] and near(row["mean"], want[2])
            and Fraction(row["last"]) == want[3] and near(row["coverage"], want[4]))


def same_door(row, want):
    return row["last"] == want[3] and row["min"] == "" and near(row["coverage"], want[4])


def main():
    where = folder("history")
    data = list(readings())
    power = [(t, p) for t, p, _, _ in data]
    energy = [(t, e) for t, _, e, _ in data]
    door = [(t, d) for t, _, _, d in data]
    confs = {}
    for zone in ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns"):
        confs[zone] = os.path.join(where, zone.replace("/", "-") + ".yaml")
        with open(confs[zone], "w", encoding="utf-8") as out:
            out.write(CONF.format(zone=zone, top=TOP, store=os.path.join(where, "store")))
    os.mkdir(os.path.join(where, "store"), 0o700)
    write_csv(os.path.join(where, "year.csv"))
    p = subprocess.run([RISER, "history", "-c", confs["Asia/Shanghai"], "import", os.path.join(where, "year.csv")],
                       capture_output=True, text=True)
    check("a year is imported", p.returncode == 0 and f"{3 * len(data)} readings" in p.stderr, p.stderr[-300:])

    for zone, conf in confs.items():
        for step, hours in (("15m", 0.25), ("1h", 1), ("1d", 24)):
            got, said = ask(conf, "tx-1/active_power", step)
            compare(f"power, {step}, {zone}", got, expected(power, zone, hours), same_number)
        got, said = ask(conf, "tx-1/energy_import", "1d")
        compare(f"energy's increase, 1d, {zone}", got, increases(energy, zone, 24),
                lambda row, want: Fraction(row["increase"]) == want)
        got, said = ask(conf, "lift-1/door", "1h")
        compare(f"door, 1h, {zone}", got, expected(door, zone, 1), same_door)
    got, said = ask(confs["Asia/Shanghai"], "tx-1/energy_import", "15m")
    last = {t: r["last"] for t, r in got.items()}
    check("integers beyond 2^53 are exact", last.get(START + 144 * PACE * 3) is not None and
          all(int(v) == 90_000_000_000_000_000 + 13 * ((t + 15 * MINUTE - 1 - START) // PACE)
              for t, v in list(last.items())[10:40] if (t + 15 * MINUTE - 1 - START) // PACE % 991 >= 7), str(list(last.items())[10:13]))
    check("energy's increases, 15m, add up to all that was counted, over gaps too",
          sum(Fraction(r["increase"]) for r in got.values()) == sum(increases(energy, "Asia/Shanghai", 24).values()),
          str(sum(Fraction(r["increase"]) for r in got.values())))
    check("a replaced register is marked once", sum(int(r["falls"]) for r in got.values()) == 1,
          str([r for r in got.values() if r["falls"] != "0"][:3]))
    end()


if __name__ == "__main__":
    sys.exit(main())
