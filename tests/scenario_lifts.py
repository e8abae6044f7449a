#!/usr/bin/python3
"""Lifts of the whole daemon, staged through the simulator's doors: entrapment told and suspected, and who did what about it;
inspection; and a cut in the estate of 85 lifts."""
import json
import re
import time

from estate import BLACKOUT, BUSY, CUT, INSPECTION, NORMAL, QUIET, STUCK_EMPTY, TRAPPED, UNPIN, demo, yard
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
      estate.changes("lift-9-1/entrapment_suspected")[-1] == "release", estate.changes("lift-9-1/entrapment_suspected"))
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])

# ---- the estates of the demo

# m: a meter and its only lift dark at once, and people in a car elsewhere that its controller knows nothing of

middle = demo("m").start()
check("m: all of it answers", wait_for(middle.all_online, 60, 0.5))
middle.stage("lift-5-2", TRAPPED)
dark_at = middle.stage("tx-7", BLACKOUT + 1)
dark = middle.stands("tx-7/power_cut", 20, severity="P1")
check("m: meter and lift dark at once are one suspected cut within 10 s", dark and dark.get("suspected") is True and
      dark["since"] - dark_at < 10000, (dark, sorted(middle.alarms())))
check("m: with the lift that it feeds", set(middle.cars("tx-7/power_cut")) == {"lift-7-2"}, middle.cars("tx-7/power_cut"))
stuck = middle.stands("lift-5-2/entrapment_suspected", 240, severity="P1")
check("m: the people stuck are suspected, and told where", stuck and "5栋2单元" in stuck["text"]["zh"], (stuck, middle.values("lift-5-2")))
check("m: nobody else is", [k for k in middle.alarms() if "/entrapment" in k] == ["lift-5-2/entrapment_suspected"], sorted(middle.alarms()))
check("m: the dark lift has no alarm of its own silence", wait_for(
    lambda: (middle.alarms().get("lift-7-2/comm_loss") or {}).get("suppressed_by") == "tx-7/power_cut", 100), middle.alarms().get("lift-7-2/comm_loss"))
middle.stage("tx-7", NORMAL)
middle.post("tx-7/power_cut", "ack", by="王工")
check("m: supply and car back, it is over", middle.gone("tx-7/power_cut", 120), middle.alarms().get("tx-7/power_cut"))
check("m: it stops cleanly", middle.stop() == 0, middle.gateway.said()[-1500:])

# l: 85 lifts

large = demo("l").start()
check("85 lifts answer", wait_for(large.all_online, 60, 0.5) and large.text.count("profile: elevator/") == 85)
fed = {m[1] for m in re.finditer(r"id: (lift-[\w-]+),.*fed_by: tx-5", large.text)}
cut_at = large.stage("tx-5", CUT)
cut = large.stands("tx-5/power_cut", 20, severity="P1")
check("a cut of twelve of them is one P1 within 10 s", cut and cut["since"] - cut_at < 10000, (cut and cut["since"] - cut_at, sorted(large.alarms())))
listed = large.cars("tx-5/power_cut")
check("with all that it feeds and nobody else", set(listed) == fed and len(fed) == 12, (sorted(listed), sorted(fed)))
urgent = {"yes": 1, "unknown": 2, "no": 3}
order = [urgent[c["occupied"]] for c in listed.values()]
check("people first", order and order == sorted(order), [(c["car"], c["occupied"], c["moving"]) for c in listed.values()])
time.sleep(8)  # in which a lift by itself would have told it
shown = [k for k, a in large.alarms().items() if not a["suppressed_by"] and k.split("/")[1].startswith("power_lost")]
check("no lift tells its lost power beside it", not shown, shown)
large.stage("tx-5", NORMAL)
check("all of them restart", wait_for(lambda: [c["back"] for c in large.cars("tx-5/power_cut").values()] == [True] * 12, 240, 0.5),
      [c["car"] for c in large.cars("tx-5/power_cut").values() if not c["back"]])
large.post("tx-5/power_cut", "ack", by="王工")
check("and acknowledged it is over", large.gone("tx-5/power_cut", 120), large.alarms().get("tx-5/power_cut"))
check("the large one stops cleanly", large.stop() == 0, large.gateway.said()[-1500:])

end()
