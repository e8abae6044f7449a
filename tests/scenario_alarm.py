#!/usr/bin/python3
"""Alarms of the whole daemon: what is raised is an event, a retained topic and a line of the API; people's deeds are kept
over kill -9; a broker that comes back is told the truth; a bus that is cut is one alarm; a sick disk mutes nobody."""
import json
import os
import subprocess
import time

from harness import RISER, check, end, faulty, wait_for
from panel import Panel

SAME = ("state", "active", "since", "ack", "shelved_until", "suppressed_by", "severity", "text", "value")


def same(a, b):
    """Whether two documents tell the same alarm; times of one moment may differ by what two clocks differ."""
    if not a or not b:
        return False
    near = all(abs((a[k] or 0) - (b[k] or 0)) <= 50 for k in ("since", "shelved_until"))
    ack = (a["ack"] or {}).get("by") == (b["ack"] or {}).get("by")
    return near and ack and all(a[k] == b[k] for k in SAME if k not in ("since", "shelved_until", "ack"))


def changes(panel, key):
    return [e["change"] for e in panel.edges(key)]


def riser(panel, *argv):
    p = subprocess.run([RISER, *argv, "-c", panel.gateway.conf], capture_output=True, text=True, timeout=20)
    return p.returncode, p.stdout, p.stderr


# ---- one alarm from its raise to its end

panel = Panel(3, mqtt=", commands: true").start()
panel.set(1, value=70)
check("nothing is wrong at first", wait_for(lambda: panel.gateway.get("/api/v1/alarms"), 5) and not panel.alarms(), panel.alarms())
panel.set(1, value=81)
high = panel.stands("u1/high", state="UNACK", active=True)
check("a value above its limit is an alarm", high and high["severity"] == "P3" and high["value"] == 81, high)
check("with its texts filled in", high and high["text"] == {"zh": "单元1 偏高 81", "en": "单元1 high 81"}, high)
check("since when it was raised", high and abs(high["since"] / 1000 - time.time()) < 5, high)
check("it is retained at the broker", same(wait_for(lambda: panel.retained().get("u1/high"), 5), high), panel.retained())
check("and told as an event once", wait_for(lambda: changes(panel, "u1/high") == ["raise"], 5), changes(panel, "u1/high"))
raised = (panel.edges("u1/high") or [{}])[0]
check("which bears the numbers that the topic has", (raised.get("log"), raised.get("seq")) == (high["log"], high["seq"]), raised)
check("and the configuration it was judged by", len(raised.get("conf", "")) == 8, raised)
check("it is counted", panel.gateway.figure('riser_alarms{severity="P3",state="UNACK"}') == 1)

status, said = panel.post("u1/high", "ack")
check("an order without a name is refused", status == 400 and "by" in said["error"], (status, said))
status, said = panel.post("u1/nothing", "ack", by="Wang")
check("an alarm that is none is not found", status == 404, (status, said))
status, said = panel.post("u1/high", "ack", by="王工", note="on my way")
acked = panel.stands("u1/high", 2, state="ACKED")
check("somebody takes it", status == 200 and acked and acked["ack"]["by"] == "王工", (status, said, acked))
check("and again is no mistake", panel.post("u1/high", "ack", by="王工")[0] == 200)
status, said = panel.post("u1/high", "ack", by="李工", note="me too")
check("a second one is told who has it", status == 409 and "王工" in said["error"], (status, said))
panel.set(1, value=77)
time.sleep(1.2)
check("between the limits it stays", "u1/high" in panel.alarms())
panel.set(1, value=70)
check("below the lower one it is over", panel.gone("u1/high"))
check("the broker's topic is empty then", wait_for(lambda: "u1/high" not in panel.retained(), 10))
check("each edge was told once, in order", wait_for(lambda: changes(panel, "u1/high") == ["raise", "ack", "clear"], 5),
      changes(panel, "u1/high"))

# ---- a latched one, and who does what about it

panel.set(2, trapped=1)
check("somebody is trapped", panel.stands("u2/trapped", state="UNACK", severity="P1"))
status, said = panel.post("u2/trapped", "shelve", by="王工", note="later", **{"for": "10m"})
check("an entrapment cannot be shelved", status == 409, (status, said))
for verb in ("respond", "arrive"):
    check(f"{verb} is written down", panel.post("u2/trapped", verb, by="李工")[0] == 200)
subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(panel.broker.port), "-q", "1", "-t", "riser/panel/cmd/ack", "-m",
                json.dumps({"alarm": "u2/trapped", "by": "MQTT"})], check=True)
check("an order over MQTT is obeyed", (panel.stands("u2/trapped", state="ACKED") or {}).get("ack", {}).get("by") == "MQTT",
      panel.alarms().get("u2/trapped"))
check("it is not reset while it lasts", panel.post("u2/trapped", "reset", by="李工", note="looked")[0] == 409)
check("a rescue does not end it while it lasts", panel.post("u2/trapped", "rescue", by="李工")[0] == 200
      and panel.stands("u2/trapped", state="ACKED"))
panel.set(2, trapped=0)
check("with its cause it is over", panel.gone("u2/trapped"))
check("the chain of deeds is in the journal", wait_for(lambda: changes(panel, "u2/trapped") == [
    "raise", "respond", "arrive", "ack", "rescue", "clear"], 5), changes(panel, "u2/trapped"))

panel.set(2, trapped=1)
check("somebody is trapped again", panel.stands("u2/trapped", state="UNACK") and
      panel.post("u2/trapped", "ack", by="李工")[0] == 200)
panel.set(2, trapped=0)
check("nobody was seen rescued: it stands when its cause is gone", panel.stands("u2/trapped", state="LATCHED", active=False))
check("until a person resets it", panel.post("u2/trapped", "reset", by="李工", note="looked")[0] == 200 and panel.gone("u2/trapped"))

panel.set(2, trapped=1)
check("and a third time", panel.stands("u2/trapped", state="UNACK"))
panel.set(2, trapped=0)
check("it stands until somebody knows of it", panel.stands("u2/trapped", state="UNACK", active=False))
check("who called it a false alarm knew of it", panel.post("u2/trapped", "false-alarm", by="李工")[0] == 200 and
      panel.gone("u2/trapped"))

# ---- kill -9

panel.set(1, value=90)
panel.set(2, trapped=1)
panel.set(3, minor=1)
for key in ("u1/high", "u2/trapped", "u3/minor"):
    panel.stands(key)
panel.post("u1/high", "ack", by="王工")
panel.post("u3/minor", "shelve", by="李工", note="known", **{"for": "20m"})
before = panel.alarms()
done = [("u1/high", "ack"), ("u2/trapped", "raise"), ("u3/minor", "shelve")]
check("what was done last has been told", wait_for(lambda: all(changes(panel, key)[-1:] == [change] for key, change in done)),
      [changes(panel, key) for key, _ in done])
told = len(panel.edges())
time.sleep(1.5)  # the files that are read without a daemon gather for a second
panel.gateway.kill()
code, out, err = riser(panel, "alarms")
check("without a daemon the files tell what stands", code == 0 and "王工" in out and "trapped" in out + err or "困人" in out,
      (code, out, err))
panel.gateway.start()
after = wait_for(lambda: panel.alarms() if len(panel.alarms()) >= 3 else None, 10) or {}
check("after kill -9 each alarm is back", set(after) == set(before), (sorted(before), sorted(after)))
check("with who took it, since when, and its shelf", all(same(before[k], after.get(k)) for k in before),
      [(before[k], after.get(k)) for k in before if not same(before[k], after.get(k))][:1])
time.sleep(2)
check("and nothing is raised again", len(panel.edges()) == told, [e["change"] for e in panel.edges()[told:]])
kept = panel.retained()
check("the retained topics say the same", set(kept) == set(after) and all(same(kept[k], after[k]) for k in after), kept)

# ---- the broker is away

panel.broker.stop()
panel.set(1, value=10)
panel.set(3, value=95)
check("an alarm ends while nobody hears", panel.gone("u1/high"))
check("and another begins", panel.stands("u3/high"))
panel.set(2, trapped=0)
panel.post("u2/trapped", "ack", by="王工")
panel.post("u2/trapped", "reset", by="王工", note="free")
panel.gone("u2/trapped")
truth = panel.alarms()
panel.broker.start()
check("a broker that comes back is told the truth", wait_for(
    lambda: set(panel.retained(1)) == set(truth), 30), (sorted(panel.retained()), sorted(truth)))
journal = json.loads(panel.gateway.get("/api/v1/journal?type=alarm&limit=1000") or "{}").get("events", [])
check("each edge of the journal arrived, once by its number", wait_for(
    lambda: [(e["log"], e["seq"], e["change"]) for e in reversed(journal)] ==
    [(e["log"], e["seq"], e["change"]) for e in sorted(panel.edges(), key=lambda e: e["seq"])], 15),
    (len(journal), len(panel.edges())))
code, out, err = riser(panel, "alarms", "--json")
check("riser alarms --json is the same document", code == 0 and
      {f"{a['device']}/{a['alarm']}" for a in json.loads(out)["alarms"]} == set(panel.alarms()), (code, out, err))
code, out, err = riser(panel, "alarms", "--journal")
check("riser alarms --journal lists them", code == 0 and out.count("\n") >= len(journal), (code, out[-500:], err))
code, out, err = riser(panel, "alarms", "--figures", "--json")
check("its figures count the raises", code == 0 and json.loads(out)["raised"] == sum(
    e["change"] == "raise" for e in journal), (code, out, err))

# ---- an alarm that is not in the configuration any more

panel.gateway.write(panel.conf(extra_device=", alarms: {high: {enabled: false}, minor: {severity: P2}}"))
panel.gateway.p.send_signal(1)
check("what the configuration has no more is gone", panel.gone("u3/high"), panel.alarms())
check("and said to be", wait_for(lambda: changes(panel, "u3/high")[-1:] == ["gone"], 5), changes(panel, "u3/high"))
check("a reload keeps the others", "u3/minor" in panel.alarms() and panel.alarms()["u3/minor"]["shelved_until"])
check("with the severity that they have now", panel.stands("u3/minor", 5, severity="P2"), panel.alarms().get("u3/minor"))
check("it stops cleanly", panel.stop() == 0, panel.gateway.said()[-1500:])

# ---- a bus that is cut

panel = Panel(85, "cut").start(watch=False)
check("85 units answer", wait_for(lambda: all(d["online"] for d in panel.gateway.snapshot()["devices"]), 30, 0.5))
panel.silent = True
bus = panel.stands("gateway/bus-down-line", 60, state="UNACK", severity="P2")
check("a bus that is cut is an alarm", bus and "85" in bus["text"]["zh"], bus)
wait_for(lambda: len(panel.alarms()) == 86, 60, 0.5)
shown = [k for k, a in panel.alarms().items() if not a["suppressed_by"]]
check("one is shown, 85 are suppressed by it", len(panel.alarms()) == 86 and shown == ["gateway/bus-down-line"] and all(
    a["suppressed_by"] == "gateway/bus-down-line" for k, a in panel.alarms().items() if k != "gateway/bus-down-line"),
      (len(panel.alarms()), shown[:5]))
check("and counted", panel.gateway.figure('riser_alarms{severity="P3",state="SUPPRESSED"}') == 85,
      panel.gateway.figure('riser_alarms{severity="P3",state="SUPPRESSED"}'))
panel.silent = False
check("when it is back only the bus waits for somebody", wait_for(
    lambda: [(k, a["state"]) for k, a in panel.alarms().items()] == [("gateway/bus-down-line", "RTNUN")], 120, 0.5),
      [(k, a["state"], a["active"], a["suppressed_by"]) for k, a in panel.alarms().items()][:5])
flashed = [e for e in panel.edges() if e["alarm"] == "comm_loss" and e["change"] != "gone" and e["active"] and not e["suppressed_by"]]
check("none of the 85 was ever shown", not flashed, flashed[:2])
check("it stops cleanly too", panel.stop() == 0, panel.gateway.said()[-1500:])

# ---- a disk that takes nothing

panel = Panel(3, "sick")
orders = os.path.join(panel.gateway.dir, "orders")
open(orders, "w").close()
faulty(panel.gateway, orders)
panel.start(watch=False)
panel.set(1, value=10)
wait_for(lambda: panel.subscriber.all("/data"), 10)
for unit, illness in enumerate(("write ENOSPC\ncreate ENOSPC", "write EROFS\ncreate EROFS\nrename EROFS\nremove EROFS\nsync EROFS", "sync delay 3000"), 1):
    name = illness.split("\n", maxsplit=1)[0]
    with open(orders, "w") as f:
        f.write(illness)
    time.sleep(1)
    since = time.monotonic()
    panel.set(unit, trapped=1)
    check(f"{name}: an alarm leaves", wait_for(
        lambda: [m for m in panel.subscriber.all(f"/u{unit}/alarm/trapped") if m.at > since and m.payload], 10))
    print(f"      {name}: after {time.monotonic() - since:.1f} s", flush=True)
    check(f"{name}: so does its event", wait_for(lambda: panel.edges(f"u{unit}/trapped")[-1:] and
                                                panel.edges(f"u{unit}/trapped")[-1]["change"] == "raise", 10),
          [(e["log"], e["seq"], e["change"]) for e in panel.edges(f"u{unit}/trapped")[-4:]])
    check(f"{name}: and it can be taken", wait_for(lambda: panel.post(f"u{unit}/trapped", "ack", by="王工")[0] == 200, 10))
    panel.set(unit, trapped=0)
    check(f"{name}: and reset", wait_for(lambda: panel.post(f"u{unit}/trapped", "reset", by="王工", note="free")[0] == 200, 10) and
          panel.gone(f"u{unit}/trapped"), panel.alarms().get(f"u{unit}/trapped"))
    with open(orders, "w") as f:
        f.write("")
    wait_for(lambda: panel.gateway.figure("riser_events_in_memory") == 0, 60, 0.2)
raises = [e["device"] for e in panel.edges() if e["change"] == "raise" and e["alarm"] == "trapped"]
check("each was told once", raises == ["u1", "u2", "u3"], raises)
journal = wait_for(lambda: [e for e in json.loads(panel.gateway.get("/api/v1/journal?type=alarm&limit=1000") or "{}").get("events", [])
                            if e["change"] == "raise" and e["alarm"] == "trapped"][2:], 20)
check("and is in the journal when the disk is well", journal is not None and len(journal) == 1, journal)
check("it stops cleanly after all", panel.stop() == 0, panel.gateway.said()[-1500:])
end()
