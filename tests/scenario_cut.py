#!/usr/bin/python3
"""A power cut of the whole daemon, staged through the simulator's doors: a feeder that is cut while somebody rides, its list of
cars over kill -9, what restarts and what does not.  A feeder of which only silence tells: scenario_cut_silent.py."""
import time

from estate import BUSY, CUT, NO_RESTART, NORMAL, QUIET, yard
from harness import check, end, wait_for


def same_cars(a, b):
    """Whether two lists say the same; a car may come back meanwhile, and times of one moment may differ by what two clocks do."""
    def last(car):
        return {k: v for k, v in car.items() if k not in ("back", "checked")} | {"by": (car["checked"] or {}).get("by")}
    return a and list(a) == list(b) and all(last(a[c]) == last(b[c]) for c in a) and all(
        abs((a[c]["checked"] or {"ts": 0})["ts"] - (b[c]["checked"] or {"ts": 0})["ts"]) <= 50 for c in a)


def rides_off(device):
    """Whether it has just left a landing, with people in it."""
    wait_for(lambda: estate.values(device).get("moving") is False, 60)
    return wait_for(lambda: estate.rides(device) and estate.values(device).get("door_zone") is False, 60)


# ---- a cut of the transformer, its meter and the boards on a UPS

estate = yard("cut").start()
check("all of the estate answers", wait_for(estate.all_online, 30))
estate.stage("lift-8-1", QUIET)
estate.stage("lift-7-2", BUSY)
check("one lift rides with people", rides_off("lift-7-2"), estate.values("lift-7-2"))
estate.stage("lift-7-2", NO_RESTART)
cut_at = estate.stage("tx-3", CUT)
cut = estate.stands("tx-3/power_cut", 20, state="UNACK", severity="P1")
check("the cut is one P1 within 10 s", cut and cut["since"] - cut_at < 10000, (cut and cut["since"] - cut_at, sorted(estate.alarms())))
cars = estate.cars("tx-3/power_cut")
check("it lists the lifts behind it, the ridden one first", list(cars) == ["lift-7-2", "lift-8-1"], cars)
ridden, idle = cars.get("lift-7-2", {}), cars.get("lift-8-1", {})
check("it rode with people in it", ridden.get("moving") is True and ridden.get("occupied") == "yes" and ridden.get("age") is not None, ridden)
check("the other stood empty", idle.get("moving") is False and idle.get("occupied") == "no", idle)
check("which the text says", cut and "7" in cut["text"]["zh"] and "有人" in cut["text"]["zh"], cut and cut["text"])
check("the meter reads no voltage", wait_for(lambda: estate.values("tx-3").get("voltage_l1n") == 0, 5), estate.values("tx-3"))
status, said = estate.post("tx-3/power_cut", "check", by="王工", car="lift-8-1", note="没有人")
check("a car is ticked off", status == 200 and (estate.cars("tx-3/power_cut")["lift-8-1"].get("checked") or {}).get("by") == "王工",
      (status, said, estate.cars("tx-3/power_cut")))
status, said = estate.post("tx-3/power_cut", "check", by="王工", car="lift-9-1")
check("one that is not in the list is refused with a sentence", status in (404, 409) and "lift-9-1" in said["error"], (status, said))
folded = ("booster/comm_loss", "charger/comm_loss")
check("what is dark behind it is hidden by it", wait_for(lambda: all(
    (estate.alarms().get(k) or {}).get("suppressed_by") == "tx-3/power_cut" for k in folded), 30),
    {k: (estate.alarms().get(k) or {}).get("suppressed_by") for k in folded})
check("the lamps of another transformer are not dark", "lamps/comm_loss" not in estate.alarms())

# ---- kill -9 in the middle of it

for _ in range(3):
    was = estate.cars("tx-3/power_cut")
    told_before = len(estate.edges("tx-3/power_cut"))
    estate.gateway.kill()
    estate.gateway.start()
    again = wait_for(lambda: estate.cars("tx-3/power_cut"), 10) or {}
    check("after kill -9 the list is back, with who was in them and who was looked after", same_cars(was, again), (was, again))
    time.sleep(1)
    check("and nothing is told again", len(estate.edges("tx-3/power_cut")) == told_before, estate.changes("tx-3/power_cut"))
kept = estate.retained().get("tx-3/power_cut") or {}
check("the broker has the same list", same_cars({c["car"]: c for c in kept.get("cars", [])}, estate.cars("tx-3/power_cut")), kept)
people = estate.stands("lift-7-2/entrapment_suspected", 90)
check("whoever is in the stuck one is suspected, too", people and "有人" in people["text"]["zh"] and not people["suppressed_by"], people)

# ---- the supply comes back

back_at = estate.stage("tx-3", NORMAL)
check("a lift restarts by itself", wait_for(lambda: estate.cars("tx-3/power_cut").get("lift-8-1", {}).get("back") is True, 200),
      estate.cars("tx-3/power_cut"))

# ---- who did not restart, which kill -9 does not make the gateway forget

estate.gateway.kill()
estate.gateway.start()
tardy = estate.stands("tx-3/cars_late", 180)
check("two minutes after the supply the one that did not restart is told", tardy and tardy["since"] - back_at >= 115000 and
      "7" in tardy["text"]["zh"] and "8" not in tardy["text"]["zh"].replace("3号变压器", ""), (tardy and tardy["since"] - back_at, tardy))
estate.post("tx-3/power_cut", "ack", by="王工")
time.sleep(1)
check("the cut stands until it runs", "tx-3/power_cut" in estate.alarms(), sorted(estate.alarms()))
estate.stage("lift-7-2", NORMAL)
check("it restarts when somebody has been there", wait_for(lambda: estate.values("lift-7-2").get("fault_code") == "none", 60), estate.values("lift-7-2"))
check("then the cut is over", estate.gone("tx-3/power_cut", 200), estate.alarms().get("tx-3/power_cut"))
late = estate.stands("tx-3/cars_late", 60, active=False)
check("and nobody is late", late and late["state"] == "RTNUN", late)
check("which somebody has seen", estate.post("tx-3/cars_late", "ack", by="王工")[0] == 200 and estate.gone("tx-3/cars_late"))
wait_for(lambda: estate.changes("tx-3/power_cut")[-1:] == ["release"], 10)  # the API has it before the broker
rows = estate.changes("tx-3/power_cut")
check("each edge and deed of it was told once, in order", rows[0] == "raise" and rows[-1] == "release" and
      rows.count("check") == 1 and rows.count("raise") == 1 and "cars" in rows and "ack" in rows, rows)
false = [e for e in estate.edges() if e["alarm"] == "entrapment" and e["change"] == "raise" and e["device"] != "lift-7-2"]
check("nowhere was an entrapment told that was none", not false, false)
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
