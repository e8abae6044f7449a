#!/usr/bin/python3
"""Power cuts of the whole daemon, staged through the simulator's doors: a feeder of which only silence tells, whoever is silent
first; and kill -9 at any moment while a cut begins."""
import json
import random
import subprocess
import time

from estate import BLACKOUT, CUT, NORMAL, SILENT, yard
from harness import RISER, TORTURE, check, end, wait_for


def told():
    """How often; a third time within ten minutes is told as chatter, if the gateway was not killed meanwhile."""
    return sum(change in ("raise", "chatter") for change in estate.changes("tx-5/power_cut"))


estate = yard("silent").start()
check("all of the estate answers", wait_for(estate.all_online, 30))

# ---- only silence tells, whoever is silent first

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
    already = told()
    estate.stage("tx-5", CUT)
    moment = random.uniform(0, 5)
    time.sleep(moment)
    estate.gateway.kill()
    estate.gateway.start()
    cut = estate.stands("tx-5/power_cut", 20, severity="P1")
    check(f"killed {moment:.1f} s after the cut it is told all the same, with each car", cut and
          set(estate.cars("tx-5/power_cut")) == {"lift-9-1", "lift-1-1"}, (cut, sorted(estate.alarms())))
    wait_for(lambda: told() > already, 10)  # the API has it before the broker
    time.sleep(1)
    check("and once", told() == already + 1, estate.changes("tx-5/power_cut"))
    estate.stage("tx-5", NORMAL)
    estate.post("tx-5/power_cut", "ack", by="王工")
    check("until the lifts run", estate.gone("tx-5/power_cut", 240), estate.alarms().get("tx-5/power_cut"))
false = [e for e in estate.edges() if e["alarm"] == "entrapment" and e["change"] == "raise"]
check("nowhere was an entrapment told that was none", not false, false)
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
