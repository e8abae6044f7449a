#!/usr/bin/python3
"""Lifts of the whole daemon, staged through the simulator's doors: entrapment told and suspected, and who did what about it;
inspection.  In the estates of the demo: scenario_lifts_demo.py."""
import json
import time

from estate import BUSY, CUT, INSPECTION, QUIET, STUCK_EMPTY, UNPIN, yard
from harness import check, end, wait_for

FAULT, ENTRAP = 2, 101  # elevator/generic-gbt24476: input register; its number for people trapped
BUTTON = 3  # discrete input

# ---- an entrapment that the controller tells, and who did what about it

estate = yard("lifts").start()
check("all of the estate answers", wait_for(estate.all_online, 30))
stuck = estate.stage("lift-9-1", STUCK_EMPTY)
estate.stage("lift-1-1", INSPECTION)
estate.stage("lift-8-1", QUIET)
check("the register says what is staged", estate.staged("lift-9-1") == STUCK_EMPTY, estate.staged("lift-9-1"))
refused = estate.write("lift-8-1", 255, 6, 1, CUT)
check("what cannot happen to a lift is refused", refused == bytes([0x86, 3]), refused)

pinned = estate.pin("lift-7-2", 6, FAULT, ENTRAP)
trap = estate.stands("lift-7-2/entrapment", 10, state="UNACK", severity="P1")
check("people trapped are told within 2 s", trap and trap["since"] - pinned < 2000, (trap, pinned))
check("with place and floor", trap and "7" in trap["text"]["zh"] and "困人" in trap["text"]["zh"] and "层" in trap["text"]["zh"], trap)
check("it is at the broker", wait_for(lambda: [m for m in estate.subscriber.all("lift-7-2/alarm/entrapment") if m.payload], 5))
device = [d for d in json.loads(estate.gateway.get("/api/v1/points"))["devices"] if d["id"] == "lift-7-2"]
check("the lift's place is known to who reads it", device and device[0]["place"] == {"building": "7", "stair": "2", "floors": 6}, device)
status, said = estate.post("lift-7-2/entrapment", "shelve", by="王工", note="later", **{"for": "10m"})
check("it cannot be shelved", status == 409, (status, said))
deeds = [("respond", "李工"), ("ack", "王工"), ("arrive", "李工"), ("rescue", "李工")]
for verb, who in deeds:
    check(f"{verb} is written down", estate.post("lift-7-2/entrapment", verb, by=who)[0] == 200)
work = (estate.alarms().get("lift-7-2/entrapment") or {}).get("work") or {}
check("the chain has names and times", [work.get(k, {}) and work[k]["by"] for k in ("responded", "arrived", "rescued")] == ["李工"] * 3, work)
check("it stands while the controller says so", "lift-7-2/entrapment" in estate.alarms())
estate.stage("lift-7-2", UNPIN)
check("who was rescued ends it when the controller says no more", estate.gone("lift-7-2/entrapment", 10), estate.alarms().get("lift-7-2/entrapment"))


def journal():
    text = estate.gateway.get("/api/v1/journal?alarm=entrapment&device=lift-7-2&limit=100")
    return [e["change"] for e in reversed(json.loads(text or "{}").get("events", []))]


check("the journal has it in order", wait_for(lambda: journal() == ["raise", "respond", "ack", "arrive", "rescue", "clear"], 10), journal())

# ---- suspected, of a lift that does not say whether anybody is in it

since = wait_for(lambda: estate.sticks("lift-9-1") and time.time() * 1000, 60)
check("the lift without sensors is between floors", since and not {"occupied", "load_pct", "car_call"} & set(estate.values("lift-9-1")),
      estate.values("lift-9-1"))
check("the one in inspection is inspected", wait_for(lambda: estate.values("lift-1-1").get("service_mode") == "inspection", 60))
estate.pin("lift-1-1", 5, BUTTON, 0xFF00)
button = estate.stands("lift-1-1/alarm_button", 20, severity="P1")
check("its alarm button is heard all the same", button and not button["suppressed_by"], button)
estate.pin("lift-1-1", 5, BUTTON, 0)
suspected = estate.stands("lift-9-1/entrapment_suspected", 90, severity="P1")
late = suspected and suspected["since"] - since
check("it is suspected after 60 s, not before 55 s", late and 55000 <= late <= 75000, (late, suspected))
check("and says that nobody knows who is in it", suspected and "疑似困人" in suspected["text"]["zh"] and "未知" in suspected["text"]["zh"], suspected)
check("nobody is suspected in a lift in inspection", not [k for k in estate.alarms() if k.startswith("lift-1-1/entrapment")] and
      not estate.changes("lift-1-1/entrapment_suspected"), sorted(estate.alarms()))

# ---- it ends by itself when they are out

estate.post("lift-9-1/entrapment_suspected", "ack", by="王工")
check("acknowledged it stands", estate.stands("lift-9-1/entrapment_suspected", 5, state="ACKED"), sorted(estate.alarms()))
estate.stage("lift-9-1", BUSY)
check("until the car has let everybody out, and a minute", estate.gone("lift-9-1/entrapment_suspected", 150) and
      wait_for(lambda: estate.changes("lift-9-1/entrapment_suspected")[-1:] == ["release"], 10), estate.changes("lift-9-1/entrapment_suspected"))
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
