#!/usr/bin/python3
"""Lifts of the demo's estates, staged through the simulator's doors: a suspected cut beside people stuck; and a cut in the
estate of 85 lifts."""
import re
import time

from estate import BLACKOUT, CUT, NORMAL, TRAPPED, demo
from harness import check, end, wait_for

# ---- m: a meter and its only lift dark at once, and people in a car elsewhere that its controller knows nothing of

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

# ---- l: 85 lifts

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
