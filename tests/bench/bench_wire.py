#!/usr/bin/python3
"""How near a bus comes to its wire's limit, as ratios: on lines of tests/wire.c at 9600 8N1 with 5 ms of turnaround unless
said otherwise, and before the devices of tests/farm.c.  Zeros are checked; times are printed beside what is aimed at."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import farms  # noqa: E402
from harness import Broker, check, end, spawn  # noqa: E402
from wires import (REGISTERS, Values, Wire, cadence, gateway, least_s, percentile,  # noqa: E402
                   profile)

UNITS = range(1, 11)
broker = Broker()
values = Values(broker)


def figure(what, text, aim):
    print(f"{what}: {text}   (aim: {aim})", flush=True)


class Line:
    """Units, a gateway that asks them, and what came of it."""

    def __init__(self, name, manners=None, units=10, every="500ms", wire=None, profiles=None, profile_of=None):
        self.name, self.rude = name, manners or {}
        self.wire = Wire(units, self.rude, **(wire or {}))
        for which, registers, when in profiles or [("plain", REGISTERS, every)]:
            profile(which, registers, when, name)
        self.gateway = gateway(self.wire, range(1, units + 1), name, broker, baud=(wire or {}).get("baud", 9600),
                               profile_of=profile_of).start()

    def count(self):
        self.since = time.monotonic()
        self.missed = self.gateway.figure('riser_missed_periods_total{bus="line"}')
        self.wire.count_anew()

    def end(self):
        self.missed = self.gateway.figure('riser_missed_periods_total{bus="line"}') - self.missed
        self.seen = self.wire.end()
        self.gateway.stop()
        self.good, self.wrong = values.look(self.name, self.since)
        check(f"{self.name}: every question keeps t3.5, comes on a silent wire and only reads", self.seen.faults() == 0,
              self.seen.violations)
        check(f"{self.name}: no value is wrong", values.look(self.name)[1] == [], values.look(self.name)[1][:5])
        return self

    def polite(self):
        return [u for u in self.seen.units if u not in self.rude]

    def ratio(self):
        """The cycle of those who are not rude against the least that they take."""
        asked = sum(self.seen.units[u]["requests"] for u in self.polite())
        cycle_s = self.seen.summary["span_s"] * 2 * len(self.polite()) / asked
        return cycle_s, cycle_s / least_s([18, 6] * len(self.polite()))


# ---- alone, as fast as it goes ----

line = Line("alone")
time.sleep(5)
line.count()
time.sleep(20)
cycle_s, alone = line.end().ratio()
figure("ten units, cycle", f"{cycle_s:.3f} s, {alone:.3f} x the wire's least", "1.05")

# ---- the dead and the rude, and several periods: each a line of its own, at once ----

BAUD = 19200
CLASSES = {"fast": (range(1, 19), 10, 1), "mid": (range(19, 27), 110, 5), "slow": (range(27, 33), 200, 10)}
QUICK = {"quick": (range(1, 2), 4, 0.2), "slow": (range(2, 11), 40, 5)}


def classes(name, which, **options):
    return Line(name, profiles=[(c, range(count), f"{int(s * 1000)}ms") for c, (_, count, s) in which.items()],
                profile_of=lambda u: next(c for c, (units, _, _) in which.items() if u in units), **options)


dead = Line("dead", {4: "dead"})
three = Line("three-dead", {4: "dead", 6: "away:0-75", 9: "away:0-75"})
rude = {"drip": "drip:50", "babble": "babble:20", "late": "late:700"}
rude = {name: Line(name, {4: how}, every="2s") for name, how in rude.items()}
mixed = classes("mixed", CLASSES, units=32, wire={"baud": BAUD})
quick = classes("quick", QUICK)
lines = [dead, three, *rude.values(), mixed, quick]
time.sleep(30)
for line in lines:
    line.count()
time.sleep(40)
for line in lines:
    if line not in (dead, three):
        line.end()
time.sleep(80)  # a probe each 13 s, each sixteenth a long one; and two of the three are back
dead.end()
three.end()

cycle_s, ratio = dead.ratio()
figure("one of ten dead, the others' cycle", f"{cycle_s:.3f} s, {ratio:.3f} x their least", "1.03")
figure("what it costs", f"{100 * (1 - alone / ratio):.1f} % of the line's time", "3 %")
back = [three.seen.units[u].get("back_after_s", float("inf")) for u in (6, 9)]
figure("three dead, two come back, answered after", ", ".join(f"{s:.1f} s" for s in back), "45 s")
for name, line in rude.items():
    share = cadence(line.good, line.polite(), REGISTERS, line.seen.summary["span_s"], 2)
    figure(f"one that is rude ({name}), the others' cadence", f"{100 * share:.0f} %", "95 %")
busy = sum(u["busy_share"] for u in mixed.seen.summary["units"])
for line, which, at in ((mixed, CLASSES, f"32 units at {100 * busy:.0f} % load"), (quick, QUICK, "a quick unit beside nine slow ones")):
    for name, (units, _, period_s) in which.items():
        late = line.seen.lateness(units, period_s)
        figure(f"{at}, every {period_s} s, p99 late by", f"{percentile(late, 0.99) * 1000:.0f} ms, "
               f"{100 * percentile(late, 0.99) / period_s:.0f} % of it",
               "20 %" if line is mixed else "50 %, which the longest request may take")
    check(f"{line.name}: no period is missed", line.missed == 0, line.missed)

# ---- many TCP devices, 100 points of each at 1 s, MQTT at QoS 1 and the journal on ----

READ = 'riser_reads_total{stage="read"}'


def measure(devices, seconds, beside, name):
    """One run of the gateway, and of the bare loop beside it: both meet the same machine, and what else it does."""
    farm = farms.Farm(100)
    # Nobody scrapes five times a second: the watch would be a third of what is measured.
    g = farms.gateway(farm, devices, 100, broker, name).start(watch=False)
    floor = beside and spawn([os.path.join(farms.BUILD, "bench/floor"), str(farm.port), str(devices), "100", str(broker.port)])
    time.sleep(5)

    def spent():
        return farms.cpu_s(g.p.pid), farms.cpu_s(floor.pid) if floor else 0, time.monotonic()

    count = -g.figure(READ)
    first = spent()
    time.sleep(seconds)
    last = spent()
    count += g.figure(READ)
    cpu, least, took = (b - a for a, b in zip(first, last))
    missed = sum(g.figure(f'riser_missed_periods_total{{bus="b{i}"}}') for i in range(devices))
    overrun = g.figure('riser_reads_total{stage="overrun"}')
    rss, pending = farms.rss_mib(g.p.pid), g.ledger()["pending"]
    if floor:
        floor.terminate()
    check(f"{devices} devices: all is read", count >= devices * 100 * (took - 1.5), (count, took))
    check(f"{devices} devices: no period missed, no reading left behind", missed == overrun == 0 and pending <= devices * 200,
          (missed, overrun, pending))
    g.stop()
    farm.end()
    return cpu / count * 1e6, least / (devices * 100 * took) * 1e6, cpu / took, rss


runs = sorted((measure(100, 20, True, f"many-{run}") for run in range(3)), key=lambda run: run[0] / run[1])
cpu, least, _, _ = runs[1]
figure("100 TCP devices x 100 points at 1 s", f"{cpu:.3f} CPU-s a million readings, {cpu / least:.2f} x a bare loop's {least:.3f} "
       f"(median of three runs: {', '.join(f'{c:.3f} / {f:.3f} = {c / f:.2f}' for c, f, _, _ in runs)}), "
       f"RSS {max(run[3] for run in runs):.1f} MiB", "0.77, 1.5 x, 20 MiB")
_, _, share, rss = measure(500, 20, False, "many-500")
figure("500 TCP devices x 100 points at 1 s", f"{share * 100:.0f} % of a core, RSS {rss:.1f} MiB", "-")
end()
