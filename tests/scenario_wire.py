#!/usr/bin/python3
"""Serial lines with their time: the wire's rules are kept, no rude unit makes a value wrong or takes the others' turn.

Bounds of time are far from what make bench prints, for a machine that is busy with other things.
"""
import os
import time

from devices import crc16
from harness import Broker, check, end, wait_for
from wires import REGISTERS, Values, Wire, cadence, gateway, least_s, percentile, profile

PERIOD_S = 2  # half of the line's time
COILS = "".join(f'  c{a}: {{at: "coil:{a}", every: 1s}}\n' for a in (0, 1, 2, 1000, 2000, 3000))  # the wire has none
broker = Broker()
values = Values(broker)


class Line:
    def __init__(self, name, manners=None, every=f"{PERIOD_S}s", profiles=None, profile_of=None, also=""):
        self.name, self.rude = name, manners or {}
        self.wire = Wire(10, self.rude)
        for which, registers, when in profiles or [("plain", REGISTERS, every)]:
            with open(profile(which, registers, when, name), "a") as f:
                f.write(also)
        self.gateway = gateway(self.wire, range(1, 11), name, broker, profile_of=profile_of).start()



def judge_is_awake():
    """One who breaks each rule once: what the judge of the wire never says of riser it can say."""
    wire = Wire(2, {2: "babble:20"}, baud=300)  # t3.5 is 117 ms
    fd = os.open(wire.path, os.O_RDWR | os.O_NOCTTY)

    def ask(unit, function=3):
        q = bytes((unit, function, 0, 1, 0, 2))
        os.write(fd, q + crc16(q))

    def hear(count):
        got = b""
        while len(got) < count:
            got += os.read(fd, count - len(got))
        return got

    ask(1)
    check("the wire answers unit and address", hear(9)[:7] == b"\1\3\4\1\1\1\2")
    ask(1)  # at once after the answer
    hear(9)
    time.sleep(0.3)
    ask(2)
    hear(12)  # and three characters of what it babbles
    ask(1)
    time.sleep(1.2)
    ask(1, 6)
    time.sleep(1)
    os.write(fd, b"hello")
    time.sleep(0.2)
    os.close(fd)
    seen = wire.end().violations
    check("its judge sees who is rude", seen == {"busy": 1, "gap": 1, "function": 1, "damaged": 1}, seen)


judge_is_awake()
LINES = [
    Line("full", every="500ms"),
    Line("dead", {4: "dead"}, every="500ms"),
    Line("back", {4: "away:0-10", 7: "away:0-10"}),
    Line("rude", {2: "exception:4", 4: "drip:50", 6: "babble:20", 8: "late:700"}),
    Line("quick", profiles=[("quick", range(4), "200ms"), ("slow", range(40), "5s")],
         profile_of=lambda u: "quick" if u == 1 else "slow"),
    Line("unknown", profiles=[("half", REGISTERS, f"{PERIOD_S}s")], profile_of=lambda u: "half", also=COILS),
]

for line in LINES:
    check(f"{line.name}: every unit that can has given a value",
          wait_for(lambda: len({u for u, _ in values.look(line.name)[0]}) >= 10 - len(line.rude), 20))
time.sleep(2)
since = time.monotonic()
for line in LINES:
    if line is not LINES[5]:
        line.wire.count_anew()
time.sleep(25)
for line in LINES:
    line.span_s = time.monotonic() - since
    line.good, _ = values.look(line.name, since)
    line.seen = line.wire.end()
    code, _ = line.gateway.stop()
    _, wrong = values.look(line.name)
    # A rude unit may begin between the last look at a line and the question, and an answer that this machine hands over late
    # meets the next one: a busy machine makes such moments long.  make bench, alone on its machine, has none.
    check(f"{line.name}: t3.5 is kept, no question comes while the wire is busy, all only read",
          line.seen.faults() <= (3 if line.rude else 2), line.seen.violations)
    check(f"{line.name}: no value is wrong", not wrong, wrong[:5])
    check(f"{line.name}: it stops cleanly", code == 0, line.gateway.said()[-1000:])


def cycle(line):
    polite = [u for u in line.seen.units if u not in line.rude]
    asked = sum(line.seen.units[u]["requests"] for u in polite)
    return line.seen.summary["span_s"] * 2 * len(polite) / asked / least_s([18, 6] * len(polite))


full, dead, back, rude, quick, unknown = LINES
check("a full line is used to its limit", cycle(full) < 1.5, cycle(full))
shares = [u["requests"] for u in full.seen.units.values()]
check("and shared evenly", max(shares) <= min(shares) + 6, shares)
check("a dead unit takes little of the others' time", cycle(dead) < 1.5, cycle(dead))
check("units that come back are seen", all("back_after_s" in back.seen.units[u] for u in back.rude), back.seen.units)
polite = [u for u in range(1, 11) if u not in rude.rude]
# Four at once, whose babble and late answers hit the others' questions at times: each goes on, all together keep pace.
shares = [cadence(rude.good, [u], REGISTERS, rude.span_s, PERIOD_S) for u in polite]
check("the others go on beside a dripping, a babbling, a late and a refusing one", min(shares) > 0, shares)
check("and together keep their cadence", sum(shares) / len(shares) > 0.5, shares)
coils = {u: sum(len(a["at_s"]) for a in unknown.seen.summary["asks"] if a["unit"] == u and a["function"] == 1) for u in range(1, 11)}
check("a function that a unit does not know costs a question or two", all(1 <= n <= 2 for n in coils.values()), coils)
check("and the points of the others are read", cadence(unknown.good, range(1, 11), REGISTERS, unknown.span_s, PERIOD_S) > 0.6)
check("it is told once", len([s for s in unknown.gateway.said().splitlines() if "does not serve coil at all" in s]) == 10)
late = quick.seen.lateness([1], 0.2)
check("a quick point keeps its period beside slow ones", percentile(late, 0.9) < 0.2, (len(late), late[-5:]))
check("and the slow ones theirs", cadence(quick.good, range(2, 11), range(40), quick.span_s, 5) > 0.6)
end()
