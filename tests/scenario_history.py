#!/usr/bin/python3
"""A year in the history, imported from CSV, and each roll-up of it equals what is computed here from the definitions: in Python,
in whole numbers, with zoneinfo for local hours and days, and nothing of ours.

A meter and a lift, a reading each ten minutes by formulas, with what can go wrong: readings that failed, that stayed away, that
came late; a register that was replaced, reset, that ran over, and one wrong answer of it.  A value holds until the next reading,
at most half as long again as it may be silent and 15 s.  Then every point of site m, a reading each two hours.

The year is 2018's: in it Pyongyang moved by half an hour for good.  Without TORTURE it is the weeks around each change of a clock,
and some points of two days of site m.
"""
import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

from harness import RISER, TOP, TORTURE, check, end, folder

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PACE = 10 * MINUTE
HOLD = 15 * MINUTE * 3 // 2 + 15_000  # of a heartbeat of 15 minutes
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Pyongyang"]
STEPS = {"15m": 15 * MINUTE, "1h": HOUR, "1d": DAY}
DOORS = ["closed", "opening", "open", "closing"]
LATE = 97  # each so many-th reading came when all others were there


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)


START, STOP = utc("2018-03-01"), utc("2019-03-01")
WINDOWS = [(START, STOP)] if TORTURE else [(utc("2018-03-08"), utc("2018-04-05")), (utc("2018-05-02"), utc("2018-05-08")),
                                           (utc("2018-10-04"), utc("2018-11-08"))]
MINUTES = (utc("2018-10-05"), utc("2018-12-30") if TORTURE else utc("2018-10-09"))  # asked for minute by minute

CONF = """
site: {{id: year, timezone: {zone}}}
profiles: [{top}/config/profiles]
store: {{path: {store}}}
buses: [{{id: b, url: "tcp://127.0.0.1:1502"}}]
devices:
  - {{id: tx-1, profile: meter/schneider-pm5000, bus: b, unit: 1, heartbeat: 15m, rating: {{kva: 630, in: 909}}}}
  - {{id: lift-1, profile: elevator/generic-gbt24476, bus: b, unit: 2, heartbeat: 15m}}
"""


# ---- the year ----

def register(k):
    """Beyond 2^53, then replaced, reset, run over; one wrong answer, and one that is a hair too low."""
    if k % 1009 == 3:
        return 5
    if k < 20_000:
        return 90_000_000_000_000_000 + 13 * k - (40 if k % 500 == 250 else 0)
    if k < 33_000:
        return 1_000_000 + 7 * (k - 20_000)
    if k < 36_000:
        return (4_294_960_000 + 9 * (k - 33_000)) % 4_294_967_296
    return 11 * (k - 36_000)


# By point: how many make 1, what k gives in those (a text stays one), and how that is written.
FORMULAS = {
    "tx-1/active_power": (8, lambda k: None if k % 97 == 5 else k * 37 % 1009, lambda v: repr(v / 8)),
    "tx-1/voltage_l1n": (10, lambda k: 2200 + k * 53 % 211, lambda v: f"{v // 10}.{v % 10}"),
    "tx-1/reactive_power": (1, lambda k: None if k % 31 == 30 else k * k % 1999 - 1000, str),
    "tx-1/energy_import": (1, register, str),
    "lift-1/door": (1, lambda k: DOORS[k * k // 5 % 4], str),
    "lift-1/car_call": (1, lambda k: k * k // 7 % 2, str),
    "lift-1/floor_label": (1, lambda k: f"L{k // 3 % 40}", str),
}


def readings(point):
    """[(t, value | None)]: some stay away, and none comes at a round time."""
    _, formula, _ = FORMULAS[point]
    return [(t, formula(k)) for begin, stop in WINDOWS for k in range((begin - START) // PACE, (stop - START) // PACE)
            if k % 991 >= 7 for t in [START + k * PACE + k * 7919 % MINUTE]]


def write_csv(path, data, late):
    lines = [(t, f"{t},{point.replace('/', ',')},{'' if v is None else FORMULAS[point][2](v)}\n")
             for point, rows in data.items() for i, (t, v) in enumerate(rows) if (i % LATE == 50) == late]
    with open(path, "w", encoding="utf-8") as out:
        out.write("t,device,point,value\n")
        out.writelines(line for _, line in sorted(lines))


# ---- the definitions ----

def pieces(zone, begin, stop):
    """[from, to) with one offset each: it changes at quarters of an hour only."""
    zone, t, out = ZoneInfo(zone), begin, []
    while t < stop:
        offset = int(datetime.fromtimestamp(t / 1000, zone).utcoffset().total_seconds() * 1000)
        if out and out[-1][2] == offset:
            out[-1][1] = t + 15 * MINUTE
        else:
            out.append([t, t + 15 * MINUTE, offset])
        t += 15 * MINUTE
    return out


def edges(zone, step):
    """Where local slots begin: where the wall clock shows a multiple of the step, and, but of days, where it was changed."""
    out = []
    for begin, stop, offset in pieces(zone, START - 2 * DAY, STOP + 2 * DAY):
        if step < DAY:
            out.append(begin)
        first = -(-(begin + offset) // step) * step - offset
        out += range(first, stop, step)
    return sorted(set(out))


def held(rows, hold, known):
    """[from, to) and the value that held.  Behind what is known nothing is."""
    for (t, value), (following, _) in zip(rows, rows[1:] + [(known, None)]):
        if value is not None:
            yield t, min(following, t + hold, known), value


def expected(rows, bounds, known, hold=HOLD):
    """{start: (end, [(ms, value)])} of what has a value, in order; a reading of which nothing is known yet held for 0 ms."""
    out, i = {}, 0
    for t, to, value in held(rows, hold, known):
        while bounds[i + 1] <= t:
            i += 1
        k = i
        while True:
            a, b = bounds[k], bounds[k + 1]
            out.setdefault(a, (b, []))[1].append((min(to, b) - max(t, a), value))
            if to <= b:
                break
            k += 1
    return out


def fell(was, now):
    return was - now > abs(was) * Fraction(1, 1000)


def counted(rows, bounds):
    """{start: [increase, falls]}: what a reading is more than the one before, in the reading's slot.  A fall counts nothing, and is
    one only when the next reading says so too; a thousandth less is none."""
    out, i, believed, doubted = {}, 0, None, None
    for t, value in rows:
        while bounds[i + 1] <= t:
            i += 1
        here = out.setdefault(bounds[i], [0, 0])
        if believed is not None and fell(believed, value):
            if doubted is None:
                doubted = value
                continue
            believed = doubted
            here[1] += 1
        doubted = None
        if believed is not None and value > believed:
            here[0] += value - believed
        believed = value if believed is None else max(believed, value)
    return out


# ---- what riser says ----

def ask(conf, point, step, begin, stop):
    """{t: row}."""
    p = subprocess.run([RISER, "history", "-c", conf, point, "--from", str(begin), "--to", str(stop), "--step", step, "--json"],
                       capture_output=True, text=True, check=False)
    if p.returncode != 0:
        return {"failed": p.stderr}
    return {row["t"]: row for row in json.loads(p.stdout)["rows"]}


def near(a, b):
    return abs(a - b) <= 1e-9 * max(1, abs(b))


def same(row, scale, want):
    end_ms, parts = want
    values, covered = [v for _, v in parts], sum(ms for ms, _ in parts)
    share = covered / (end_ms - row["t"])
    if abs(row["coverage"] - share) > 1e-4 or any((row["coverage"] == x) != (share == x) for x in (0, 1)):
        return False
    if isinstance(values[0], str):
        times = {v: sum(ms for ms, x in parts if x == v) for v in values}
        states = row.get("states")
        return row["last"] == values[-1] and "min" not in row and (
            states is None or {s: ms for s, ms in states.items() if ms} == {s: ms for s, ms in times.items() if ms})
    mean = sum(ms * v for ms, v in parts) / (covered * scale) if covered else values[-1] / scale
    low, high, last = (v if scale == 1 else v / scale for v in (min(values), max(values), values[-1]))
    return row["min"] == low and row["max"] == high and row["last"] == last and near(row["mean"], mean)


def compare(name, got, want, good):
    wrong = [t for t in want if t not in got or not good(got[t], want[t])]
    more = [t for t in got if t not in want]
    detail = f"{len(want)} rows; {len(wrong)} wrong, as {wrong[:2]}; {len(more)} too many, as {more[:2]}"
    if wrong:
        detail += f"; {got.get(wrong[0])} for {want[wrong[0]]}"
    check(f"{name}: each row is what the definitions give", want and not wrong and not more, detail)


def write_conf(where, name, text):
    path = os.path.join(where, name + ".yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def take_in(conf, path, count, what):
    p = subprocess.run([RISER, "history", "-c", conf, "import", path], capture_output=True, text=True, check=False)
    check(f"{what} is imported", p.returncode == 0 and f"{count} readings" in p.stderr, p.stderr[-300:])


def the_year():
    where = folder("year")
    os.mkdir(os.path.join(where, "store"), 0o700)
    data = {point: readings(point) for point in FORMULAS}
    known = max(t for rows in data.values() for t, _ in rows)
    confs = {zone: write_conf(where, zone.replace("/", "-"), CONF.format(zone=zone, top=TOP, store=os.path.join(where, "store")))
             for zone in ZONES}
    for late in (False, True):
        path = os.path.join(where, f"late-{late}.csv")
        write_csv(path, data, late)
        with open(path, encoding="utf-8") as f:
            take_in(confs[ZONES[0]], path, sum(1 for _ in f) - 1, "what came late" if late else "a year")
    for point, rows in data.items():
        scale = FORMULAS[point][0]
        steps = STEPS if point in ("tx-1/active_power", "lift-1/door") else {"1h": HOUR}
        for zone, conf in confs.items():
            for step, ms in steps.items():
                compare(f"{point}, {step}, {zone}", ask(conf, point, step, START, STOP + DAY),
                        expected(rows, edges(zone, ms), known), lambda row, want: same(row, scale, want))
        begin, stop = MINUTES
        want = expected(rows, range(START - DAY, STOP + DAY, MINUTE), known)
        compare(f"{point}, 1m", ask(confs["Europe/Berlin"], point, "1m", begin, stop),
                {t: w for t, w in want.items() if begin <= t < stop}, lambda row, want: same(row, scale, want))
    rows = data["tx-1/energy_import"]
    for zone, conf in confs.items():
        for step, ms in STEPS.items():
            # A row in which a value only held counted nothing.
            got = {t: row for t, row in ask(conf, "tx-1/energy_import", step, START, STOP + DAY).items()
                   if row["increase"] or row.get("falls")}
            want = {t: c for t, c in counted(rows, edges(zone, ms)).items() if any(c)}
            compare(f"what tx-1/energy_import counted, {step}, {zone}", got, want,
                    lambda row, want: [row["increase"], row.get("falls", 0)] == want)
    round_trip(confs[ZONES[0]], where)


# ---- what was taken in, written out and taken in elsewhere ----

def round_trip(conf, where):
    """The year's readings of each point, into a store that has nothing: the rows are the same."""
    store = os.path.join(where, "copy")
    os.mkdir(store, 0o700)
    with open(conf, encoding="utf-8") as f:
        copy = write_conf(where, "copy", f.read().replace(os.path.join(where, "store"), store))
    path = os.path.join(where, "raw.csv")
    for point in FORMULAS:
        with open(path, "w", encoding="utf-8") as out:
            p = subprocess.run([RISER, "history", "-c", conf, point, "--raw", "--from", str(START), "--to", str(STOP + DAY)],
                               stdout=out, stderr=subprocess.PIPE, text=True, check=False)
        with open(path, encoding="utf-8") as f:
            count = sum(1 for _ in f) - 1
        check(f"{point}: its readings are written out", p.returncode == 0 and count > 100, p.stderr)
        take_in(copy, path, count, f"{point}: what was written out")
        for step, (begin, stop) in {"1h": (START, STOP + DAY), "1m": MINUTES}.items():
            want = ask(conf, point, step, begin, stop)
            check(f"{point}, {step}: the rows are the same there", "failed" not in want and len(want) > 100 and
                  want == ask(copy, point, step, begin, stop), len(want))
    rows = os.path.join(where, "rows.csv")
    with open(rows, "w", encoding="utf-8") as out:
        subprocess.run([RISER, "history", "-c", conf, "tx-1/active_power", "--csv", "--from", str(START), "--to", str(STOP)],
                       stdout=out, stderr=subprocess.DEVNULL, check=True)
    p = subprocess.run([RISER, "history", "-c", copy, "import", rows], capture_output=True, text=True, check=False)
    check("rows are refused, and it is said what to give instead",
          p.returncode == 1 and "not readings" in p.stderr and "--raw" in p.stderr and p.stderr.count("\n") == 2, p.stderr)


# ---- site m ----

def the_site():
    """Each point is 0 or 1, which a number, an enumeration, a boolean and a text can be."""
    where = folder("site")
    store = os.path.join(where, "store")
    os.mkdir(store, 0o700)
    with open(os.path.join(TOP, "config/demo/m.yaml"), encoding="utf-8") as f:
        text = f.read().replace("/tmp/riser-demo/store", store)
    conf = write_conf(where, "m", f"profiles: [{TOP}/config/profiles]\n{text}")
    plan = json.loads(subprocess.run([RISER, "plan", "-c", conf, "--json"], capture_output=True, text=True, check=True).stdout)
    points = sorted({f"{q['device']}/{p}" for bus in plan["buses"] for q in bus["requests"] for p in q["points"]})
    days, begin = (366 if TORTURE else 2), utc("2018-03-01")
    moments = [begin + n * 2 * HOUR + n * 977 % MINUTE for n in range(12 * days)]
    path = os.path.join(where, "site.csv")
    with open(path, "w", encoding="utf-8") as out:
        for n, t in enumerate(moments):
            out.writelines(f"{t},{point.replace('/', ',')},{(n * n // 3 + i) % 2}\n" for i, point in enumerate(points))
    take_in(conf, path, len(moments) * len(points), f"{days} days of the {len(points)} points of site m")
    bounds, wrong, asked = edges("Asia/Shanghai", DAY), [], 0
    for i, point in enumerate(points):
        if not TORTURE and i % 40 != 0:
            continue
        asked += 1
        values = [(n * n // 3 + i) % 2 for n in range(len(moments))]
        got = ask(conf, point, "1d", begin, begin + (days + 1) * DAY)
        # How long a value holds is the profile's to say: that is covered above.  Here: all of it is there, and nothing twice.
        for a, (b, parts) in expected(list(zip(moments, values)), bounds, moments[-1], hold=1).items():
            row, held_values = got.get(a), [v for _, v in parts]
            if row is None or str(row["last"]).lower() not in said(held_values[-1], row) or (
                    "min" in row and (row["min"], row["max"]) != (min(held_values), max(held_values))):
                wrong.append((point, a, b, row, held_values))
    check(f"each day of {asked} points of site m is what was imported", asked > 10 and not wrong, wrong[:2])


def said(value, row):
    """A number, a boolean, or a state's name."""
    return [str(value), "true" if value else "false"] if "states" not in row else [str(row["last"]).lower()]


the_year()
the_site()
end()
