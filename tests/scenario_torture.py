#!/usr/bin/python3
"""Two hundred times kill -9 at a random moment under load (a thousand with TORTURE), with a broker that is away now and then:
nothing accepted is lost, nothing is invented, and what comes twice is at most a commit's worth."""
import bisect
import os
import random
import time

from farm import Farm, arrived
from harness import TORTURE, Broker, Gateway, Subscriber, check, end, ledger_holds, wait_for

KILLS = 1000 if TORTURE else 200
ROUND, AWAY = 25, (10, 16)  # of so many kills these are without a broker
BUSES = 12
LIFE_S = (0.01, 0.55)       # of a gateway: from its first instruction on
COMMIT_S = 0.2            # as farm.py has it


def torment(gateway, broker):
    """Kills it so often; what cut a connection and when, and where accepted fell."""
    cuts, fell, accepted, slowest = [], [], 0, 0.0
    for kill in range(KILLS):
        place = kill % ROUND
        if place == AWAY[0]:
            broker.stop()
            cuts.append(time.monotonic())
        elif place == AWAY[1]:
            broker.start()
        start = time.monotonic()
        gateway.start(wait=False)
        if kill % 4 == 0:
            assert wait_for(gateway.ledger, 20, 0.005), gateway.said()[-2000:]
            slowest = max(slowest, time.monotonic() - start)
        time.sleep(random.uniform(*LIFE_S))
        seen = gateway.ledger().get("accepted") if kill % 2 else None
        gateway.kill()
        cuts.append(time.monotonic())
        if seen is not None:
            fell += [(kill, accepted, seen)] if seen < accepted else []
            accepted = max(seen, accepted)
    return cuts, fell, accepted, slowest


def late_doubles(tally, cuts):
    """Seconds from the first coming of what came twice to the cut that explains it; None where there is none."""
    found = []
    for m in tally.doubled:
        first = tally.batches.get((m.json["log"], m.json["seq"])) or tally.events[m.json["log"], m.json["seq"]]
        cut = bisect.bisect_left(cuts, first.at)
        found.append(cuts[cut] - first.at if cut < len(cuts) and cuts[cut] < m.at + 1 else None)
    return found


seed = int.from_bytes(os.urandom(4), "big")
random.seed(seed)
print(f"      seed {seed}")
farm = Farm(BUSES)
broker = Broker()
subscriber = Subscriber(broker)
gateway = Gateway(farm.conf(f"mqtt://127.0.0.1:{broker.port}"))
farm.profile(gateway.dir)

start = time.monotonic()
cuts, fell, accepted, slowest = torment(gateway, broker)
print(f"      {KILLS} kills in {time.monotonic() - start:.0f} s, {accepted} readings accepted, slowest start {slowest:.3f} s")
gateway.start()
time.sleep(1)
farm.stop()
check("readings were accepted between the kills", accepted > 10 * KILLS, accepted)
check("accepted never falls over a kill", not fell, fell[:5])
check("every start is quick", slowest < 2, slowest)
tally = ledger_holds(gateway, subscriber, seconds=120)
check("every seq from the first to the last arrived: none lost", not tally.missing(), tally.missing()[:20])
check("all of one log", len(tally.logs()) == 1, tally.logs())
ledger = gateway.ledger()
check("nothing is dropped, nothing left", ledger["dropped"] == 0 and ledger["pending"] == 0, ledger)

came = arrived(tally)
invented = set(came) - farm.served()
check("no value is invented", not invented, sorted(invented)[:5])
twice = {who: keys for who, keys in came.items() if len(keys) > 1}
check("no answer stands under two numbers", not twice, list(twice.items())[:5])

before = late_doubles(tally, cuts)
print(f"      {len(tally.batches)} batches, {len(before)} came twice, {len(before) / KILLS:.1f} a kill, "
      f"the earliest {max([b for b in before if b is not None], default=0):.3f} s before it")
check("what came twice had come within a commit of the kill", all(b is not None and b < COMMIT_S + 2 for b in before),
      [b for b in before if b is None or b >= COMMIT_S + 2][:5])
gateway.stop()
broker.stop()
end()
