#!/usr/bin/python3
"""Changes of what a device says of itself, over the whole daemon: its fault by the maker's table, with number and words; a
contact that flaps and fills no log; nothing told anew by a reload, a restart or a silence."""
import json
import os
import signal
import subprocess
import time

from harness import RISER, check, end, wait_for
from panel import Panel

PROFILE = """
profile: meter/panel
title: a pump whose registers the test sets
kind: water
verified: C
source: the test
points:
  fault_raw: {at: "holding:0", every: 200ms}
  valve_open: {at: "discrete:1", every: 200ms, journal: true}
faults:
  57: {code: DRY_RUN, severity: P2, text: {zh: 干转, en: dry}}
  58: {code: DRY_RUN, severity: P2, text: {zh: 又干转, en: dry again}}
  88: {code: SENSOR, severity: P3, text: {zh: 传感器, en: sensor}}
alarms:
  fault_p2: {on: 0s, off: 0s}
  fault_p3: {on: 0s, off: 0s}
  comm_loss: {on: 4s, off: 1s}
"""


def told(point):
    """What the subscriber has of changes of a point, each event once."""
    seen = {}
    for m in panel.subscriber.all("/event"):
        if m.json.get("type") == "change" and m.json["point"] == point:
            seen[m.json["log"], m.json["seq"]] = m.json
    return [seen[k] for k in sorted(seen, key=lambda k: k[1])]


def next_told(point, before):
    found = wait_for(lambda: told(point)[before:], 10)
    return found[0] if found else {}


def value(point):
    text = panel.gateway.get("/api/v1/snapshot")
    device = next((d for d in json.loads(text)["devices"] if d["id"] == "u1"), None) if text else None
    return device and device["points"].get(point, {}).get("v")


panel = Panel(1, "states")
with open(os.path.join(panel.gateway.dir, "profiles/meter/panel.yaml"), "w", encoding="utf-8") as f:
    f.write(PROFILE)
panel.start()

# ---- a fault

check("the pump has no fault", wait_for(lambda: value("fault_code") == "none", 20), value("fault_code"))
time.sleep(1)
check("which is no news", told("fault_code") == [], told("fault_code"))
panel.set(1, value=57)
e = next_told("fault_code", 0)
check("a fault is an event with its code", (e.get("from"), e.get("to")) == ("none", "DRY_RUN") and e["device"] == "u1", e)
check("the maker's number and words", e.get("raw") == 57 and e.get("text") == {"zh": "干转", "en": "dry"}, e)
check("and an alarm as urgent as its row says", panel.stands("u1/fault_p2", severity="P2"), panel.alarms())
panel.set(1, value=58)
e = next_told("fault_code", 1)
check("another number of the same code is one, too", (e.get("from"), e.get("to"), e.get("raw")) == ("DRY_RUN", "DRY_RUN", 58), e)
panel.set(1, value=88)
e = next_told("fault_code", 2)
check("and so is a lesser fault", (e.get("to"), e.get("raw")) == ("SENSOR", 88), e)
check("whose alarm is less urgent", panel.stands("u1/fault_p3", severity="P3"), panel.alarms())
panel.set(1, value=999)
e = next_told("fault_code", 3)
check("a number in no row is told as such", (e.get("to"), e.get("raw"), e.get("text", {}).get("zh")) == ("OTHER", 999, "其他故障"), e)

# ---- silence, a reload and a restart

panel.silent = True
check("while the pump is silent", wait_for(lambda: panel.gateway.figure('riser_device_up{device="u1"}') == 0, 30))
panel.silent = False
check("and answers again", wait_for(lambda: panel.gateway.figure('riser_device_up{device="u1"}') == 1, 60))
panel.gateway.p.send_signal(signal.SIGHUP)
check("over a reload", wait_for(lambda: ": reloaded," in panel.gateway.said(), 20), panel.gateway.said()[-500:])
panel.gateway.kill()
panel.gateway.start()
check("and a kill -9", wait_for(lambda: value("fault_code") == "OTHER", 30), value("fault_code"))
time.sleep(2)
check("nothing is told again", len(told("fault_code")) == 4, told("fault_code")[4:])
panel.gateway.kill()
panel.set(1, value=0)
panel.gateway.start()
e = next_told("fault_code", 4)
check("until it changes, and be it while riser is away", (e.get("from"), e.get("to"), e.get("raw")) == ("OTHER", "none", 0), e)

# ---- a contact that flaps

began = time.monotonic()
while time.monotonic() - began < 15:
    panel.set(1, trapped=int((time.monotonic() - began) * 2) % 2)
    time.sleep(0.05)
panel.set(1, trapped=0)
check("a contact that flaps is told ten times a minute at most", wait_for(lambda: len(told("valve_open")) == 10, 10),
      len(told("valve_open")))
check("its values are all there meanwhile", len(panel.subscriber.all("u1/data")) > 20, len(panel.subscriber.all("u1/data")))
e = wait_for(lambda: told("valve_open")[10:], 90)
check("and then for how many the next one stands", e and e[0]["to"] is False and e[0].get("changes", 1) > 5, e)

# ---- for years


def journal():
    """The numbers of the changes that it has; it follows the log, and so may have the last a moment after the broker."""
    text = panel.gateway.get("/api/v1/journal?type=change&limit=100")
    return sorted(e["seq"] for e in json.loads(text)["events"]) if text else []


want = sorted(e["seq"] for point in ("fault_code", "valve_open") for e in told(point))
check("the journal has each of them", wait_for(lambda: journal() == want, 10, 0.2), (journal(), want))
p = subprocess.run([RISER, "alarms", "--journal", "--lang", "zh", "-c", panel.gateway.conf], capture_output=True, text=True, timeout=20)
check("riser alarms --journal tells them in a line", "u1/fault_code none -> DRY_RUN，原码 57：干转\n" in p.stdout, p.stdout[:600])

check("it ends well", panel.stop() == 0)
end()
