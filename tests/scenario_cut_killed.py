#!/usr/bin/python3
"""kill -9 of the whole daemon between a power cut and its alarm, when the cars are silent already: what they did before the cut is
in its list all the same.  Of one feeder the meter says that it is dead, the other says nothing."""
import random
import time

from estate import BLACKOUT, BUSY, NORMAL, QUIET, SILENT, yard
from harness import TORTURE, check, end, wait_for


def raises(key):
    """The events by which it was raised."""
    return [e for e in estate.edges(key) if e["change"] in ("raise", "chatter")]


def says(raised, lift, since, until, **was):
    """Whether a cut was told with this of the lift, as it was known between the two times."""
    car = {c["car"]: c for c in raised["cars"]}.get(lift) or {"age": None}
    return car["age"] is not None and since <= raised["ts"] - car["age"] <= until and all(car[k] == v for k, v in was.items()), \
        (raised["ts"], since, until, car)


estate = yard("killed").start()
check("all of the estate answers", wait_for(estate.all_online, 30))
between, rounds = 0, 8 if TORTURE else 1
for number in range(rounds):
    for lift, what in (("lift-7-2", BUSY), ("lift-1-1", BUSY), ("lift-8-1", QUIET)):
        estate.stage(lift, what)
    check("two lifts ride with people, one rests", wait_for(lambda: estate.values("lift-8-1").get("moving") is False and all(
        estate.rides(d) and estate.values(d).get("door_zone") is False for d in ("lift-7-2", "lift-1-1")), 200))
    before = {key: len(raises(key)) for key in ("tx-3/power_cut", "tx-5/power_cut")}
    rode_at = estate.stage("tx-5", BLACKOUT + SILENT)
    cut_at = estate.stage("tx-3", BLACKOUT)
    moment = random.uniform(1, 9 if number else 2)
    time.sleep(moment)
    estate.gateway.kill()
    killed_at = time.time() * 1000
    estate.gateway.start()
    for key, lift in (("tx-3/power_cut", "lift-7-2"), ("tx-5/power_cut", "lift-1-1")):
        check(f"killed {moment:.1f} s after the cut {key} is told all the same", wait_for(lambda: len(raises(key)) == before[key] + 1, 25),
              estate.changes(key))
        between += raises(key)[-1]["ts"] > killed_at
        check(f"and that {lift} rode with people in it before", *says(
            raises(key)[-1], lift, rode_at - 5000, cut_at + 1000, moving=True, occupied="yes"))
    check("lift-8-1 stood empty", *says(
        raises("tx-3/power_cut")[-1], "lift-8-1", cut_at - 65000, cut_at + 1000, moving=False, occupied="no"))
    if number + 1 == rounds:
        break
    for device in ("tx-3", "tx-5"):
        estate.stage(device, NORMAL)
        estate.post(f"{device}/power_cut", "ack", by="王工")
    for key in before:
        check(f"{key} is over when the lifts run", estate.gone(key, 240), estate.alarms().get(key))
check("some were killed before it was told", between >= 2, between)
false = [e for e in estate.edges() if e["alarm"] == "entrapment" and e["change"] == "raise"]
check("nowhere was an entrapment told that was none", not false, false)
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
