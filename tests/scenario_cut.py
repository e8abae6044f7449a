#!/usr/bin/python3
"""Power cuts of the whole daemon, staged through the simulator's doors: a feeder that is cut while somebody rides, its list of
cars over kill -9 at any moment, what restarts and what does not; and a feeder of which only silence tells."""
import json
import random
import subprocess
import time

from estate import BLACKOUT, BUSY, CUT, NO_RESTART, NORMAL, QUIET, SILENT, yard
from harness import RISER, TORTURE, check, end, wait_for


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

# ---- a feeder of which only silence tells, whoever is silent first

for first, later in (("lift-9-1", "tx-5"), ("tx-5", "lift-9-1"))[:2 if TORTURE else 1]:
    estate.stage(first, SILENT)
    time.sleep(3)
    check(f"{first} alone is no cut", "tx-5/power_cut" not in estate.alarms(), sorted(estate.alarms()))
    silent_at = estate.stage(later, SILENT)
    dark = estate.stands("tx-5/power_cut", 25, severity="P1")
    check(f"{first} and then {later}: a cut is suspected within 10 s", dark and dark.get("suspected") is True and dark["since"] - silent_at < 10000 and
          "疑似停电" in dark["text"]["zh"], (dark and dark["since"] - silent_at, dark))
    check("with the last good state of the car that does not say that it has power", all(c["age"] is not None for c in estate.cars("tx-5/power_cut").values()) and
          set(estate.cars("tx-5/power_cut")) == {"lift-9-1"}, estate.cars("tx-5/power_cut"))
    for device in (first, later):
        estate.stage(device, NORMAL)
    estate.post("tx-5/power_cut", "ack", by="王工")
    check("it is over when all are back", estate.gone("tx-5/power_cut", 240), estate.alarms().get("tx-5/power_cut"))
estate.stage("tx-5", BLACKOUT + SILENT)
dark = estate.stands("tx-5/power_cut", 25, severity="P1")
check("all at once are a suspected cut, too", dark and dark.get("suspected") is True, (dark, sorted(estate.alarms())))
subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(estate.broker.port), "-q", "1", "-t", "riser/yard/cmd/check", "-m",
                json.dumps({"alarm": "tx-5/power_cut", "by": "MQTT", "car": "lift-1-1"})], check=True)
check("a car is ticked off over MQTT", wait_for(
    lambda: (estate.cars("tx-5/power_cut")["lift-1-1"].get("checked") or {}).get("by") == "MQTT", 5), estate.cars("tx-5/power_cut"))
p = subprocess.run([RISER, "alarms", "-c", estate.gateway.conf], capture_output=True, text=True, timeout=20)
check("riser alarms shows the cars", p.returncode == 0 and "lift-1-1" in p.stdout and "MQTT" in p.stdout, (p.stdout, p.stderr))
estate.stage("tx-5", NORMAL)
estate.post("tx-5/power_cut", "ack", by="王工")
check("that is over, too", estate.gone("tx-5/power_cut", 240), estate.alarms().get("tx-5/power_cut"))

# ---- kill -9 while it begins

for _ in range(8 if TORTURE else 1):
    already = estate.changes("tx-5/power_cut").count("raise")
    estate.stage("tx-5", CUT)
    moment = random.uniform(0, 5)
    time.sleep(moment)
    estate.gateway.kill()
    estate.gateway.start()
    cut = estate.stands("tx-5/power_cut", 20, severity="P1")
    check(f"killed {moment:.1f} s after the cut it is told all the same, with each car", cut and
          set(estate.cars("tx-5/power_cut")) == {"lift-9-1", "lift-1-1"}, (cut, sorted(estate.alarms())))
    time.sleep(1)
    check("and once", estate.changes("tx-5/power_cut").count("raise") == already + 1, estate.changes("tx-5/power_cut"))
    estate.stage("tx-5", NORMAL)
    estate.post("tx-5/power_cut", "ack", by="王工")
    check("until the lifts run", estate.gone("tx-5/power_cut", 240), estate.alarms().get("tx-5/power_cut"))

# ---- who did not restart

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
rows = [e["change"] for e in estate.edges("tx-3/power_cut")]
check("each edge and deed of it was told once, in order", rows[0] == "raise" and rows[-1] in ("release", "clear") and
      rows.count("check") == 1 and rows.count("raise") == 1 and "cars" in rows and "ack" in rows, rows)
false = [e for e in estate.edges() if e["alarm"] == "entrapment" and e["change"] == "raise" and e["device"] != "lift-7-2"]
check("nowhere was an entrapment told that was none", not false, false)
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
