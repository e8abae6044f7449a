"""wires.py - the gateway on a line of build/tests/wire: what benches and scenarios of the wire share.

A register of the wire answers unit << 8 | (address & 255): whatever else comes out of the gateway as a value of device
m<unit>, point r<address>, is a wrong one.
"""
import json
import os
import signal
import subprocess

from harness import TOP, Gateway, Subscriber, folder, free_port, spawn, wait_for

BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
WIRE = os.path.join(BUILD, "tests/wire")

REGISTERS = [*range(10), *range(14, 18), *range(40, 46)]  # of the ten units


def least_s(counts, baud=9600, bits=10, turnaround_s=0.005):
    """The least time of a cycle that asks for so many registers at a time: question, t3.5, turnaround, answer, t3.5."""
    char = bits / baud
    gap = 3.5 * char if baud <= 19200 else 0.00175
    return sum(8 * char + gap + turnaround_s + (5 + 2 * n) * char + gap for n in counts)


class Wire:
    """The line; what it saw comes when it is ended."""

    def __init__(self, units, manners=None, **options):
        self.path = os.path.join(folder("wires"), f"line-{free_port()}")
        argv = [WIRE, "--link", self.path, "--units", f"1-{units}"]
        for unit, how in (manners or {}).items():
            argv += ["--unit", f"{unit}={how}"]
        for name, value in options.items():
            argv += [f"--{name}", str(value)]
        self.p = spawn(argv, stdout=subprocess.PIPE)
        assert wait_for(lambda: os.path.lexists(self.path)), "there are no pseudo terminals here"

    def count_anew(self):
        self.p.send_signal(signal.SIGUSR1)

    def end(self):
        self.p.terminate()
        return Seen(json.loads(self.p.communicate()[0]))


class Seen:
    def __init__(self, summary):
        self.summary = summary
        self.violations = summary["violations"]
        self.units = {u["unit"]: u for u in summary["units"]}

    def faults(self):
        return sum(self.violations.values())

    def times(self, unit):
        return [a["at_s"] for a in self.summary["asks"] if a["unit"] == unit]

    def cycles(self, units):
        """All times between two of the same question, of these units."""
        return sorted(b - a for u in units for at in self.times(u) for a, b in zip(at, at[1:]))

    def cycle_s(self, units):
        """The mean time between two of the same question."""
        cycles = self.cycles(units)
        return sum(cycles) / len(cycles)

    def rate(self, units):
        """Questions a second of each question of these units, the least of them."""
        return min(len(at) / self.summary["span_s"] for u in units for at in self.times(u))

    def lateness(self, units, period_s):
        """How far behind a grid of the period each question was; the grid goes through the earliest of it."""
        late = []
        for u in units:
            for at in self.times(u):
                phase = [t - round((t - at[0]) / period_s) * period_s for t in at]
                late += [p - min(phase) for p in phase]
        return sorted(late)


def percentile(numbers, share):
    return numbers[min(len(numbers) - 1, int(len(numbers) * share))]


def profile(name, registers, every, where):
    """A profile of plain registers in a gateway's folder; every: a time, or a function of the address."""
    when = every if callable(every) else lambda _: every
    path = os.path.join(folder(f"{where}/profiles/meter"), f"{name}.yaml")
    with open(path, "w") as f:
        f.write(f"profile: meter/{name}\ntitle: plain registers\nkind: feeder\nverified: C\nsource: the test\npoints:\n" +
                "".join(f'  r{a}: {{at: "holding:{a}", type: u16, every: {when(a)}}}\n' for a in registers))
    return path


def gateway(wire, units, name="gateway", broker=None, timeout="500ms", baud=9600, profile_of=None):
    """A gateway with devices m1.. on the wire; of profile meter/plain, or profile_of(unit)."""
    which = profile_of or (lambda _: "plain")
    return Gateway(f"site: {{id: {name}, name: Wire}}\nprofiles: [profiles]\nstore: {{path: STORE}}\n"
                   f'buses: [{{id: line, url: "rtu://{wire.path}?baud={baud}", timeout: {timeout}}}]\ndevices:\n' +
                   "".join(f"  - {{id: m{u}, profile: meter/{which(u)}, bus: line, unit: {u}, heartbeat: 1s}}\n" for u in units) +
                   (f'mqtt: {{url: "mqtt://127.0.0.1:{broker.port}"}}\n' if broker else ""), name)


class Values:
    """What the gateways published, against what the wire can have said."""

    def __init__(self, broker):
        self.subscriber = Subscriber(broker, "riser/+/+/data")

    def look(self, site, since=0.0):
        """How often each (unit, point) had a good value, and all wrong ones."""
        good, wrong = {}, []
        for m in self.subscriber.all():
            _, where, device, _ = m.topic.split("/")
            if where != site or device == "gateway" or m.at < since:
                continue
            for point, value in m.json["values"].items():
                unit = int(device[1:])
                if value == unit << 8 | int(point[1:]) & 255:
                    good[unit, point] = good.get((unit, point), 0) + 1
                else:
                    wrong.append((device, point, value))
        return good, wrong


def cadence(good, units, registers, span_s, period_s):
    """The least share of its readings that a point of these units had."""
    return min(good.get((u, f"r{a}"), 0) * period_s / span_s for u in units for a in registers)
