#!/usr/bin/python3
"""`make demo` as a newcomer meets it: URLs, a line a second, every device on MQTT with plausible values, nothing left behind."""
import json
import os
import re
import signal
import subprocess
import time
import urllib.request

from harness import RISER, TOP, Subscriber, check, end, spawn, wait_for

PLAUSIBLE = {"voltage_l1n": (198, 242), "frequency": (49.5, 50.5), "active_power": (0, 700), "power_factor": (0.5, 1),
             "pressure": (0.05, 1.2), "floor": (-3, 40), "current_l1": (0, 1200)}
UNITS = {"voltage_l1n": "V", "frequency": "Hz", "active_power": "kW", "pressure": "MPa"}


class Port:
    def __init__(self, port):
        self.port = port


def children_of(pid):
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()


start = time.monotonic()
demo = spawn([RISER, "demo", "--size", "s", "--seconds", "20"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=TOP)
web = demo.stdout.readline().decode().strip()
mqtt = demo.stdout.readline().decode().strip()
check("it says where the page is", re.fullmatch(r"http://127\.0\.0\.1:\d+", web), web)
check("and where the broker is", re.fullmatch(r"mqtt://127\.0\.0\.1:\d+", mqtt), mqtt)
children = children_of(demo.pid)
subscriber = Subscriber(Port(int(mqtt.rsplit(":", 1)[1])))
time.sleep(8)
with urllib.request.urlopen(web + "/api/v1/snapshot", timeout=5) as r:
    snapshot = json.load(r)
with urllib.request.urlopen(web + "/", timeout=5) as r:
    check("the page is there", r.status == 200 and b"<html" in r.read())
devices = [d["id"] for d in snapshot["devices"]]
check("one building: two lifts, a transformer, two water points",
      sorted(d["kind"] for d in snapshot["devices"]) == ["elevator", "elevator", "transformer", "water", "water"], devices)
out = demo.stdout.read().decode()
code = demo.wait(timeout=20)
took = time.monotonic() - start
check("it ends by itself with 0", code == 0, (code, out[-2000:]))
check("after about the time that was asked for", took < 40, took)
lines = [l for l in out.splitlines() if "delivered" in l]
check("it prints a line a second of what flows", 12 <= len(lines) <= 22, out[-2000:])
check("the last line has readings delivered", lines and int(re.search(r"delivered (\d+)", lines[-1]).group(1)) > 20, lines[-1:])
check("nothing is left running", children and not any(os.path.exists(f"/proc/{pid}") for pid in children), children)
check("nor on disk", not [f for f in os.listdir("/tmp") if f.startswith("riser-demo-") and
                          os.stat(os.path.join("/tmp", f)).st_mtime > time.time() - took], os.listdir("/tmp"))

for device in devices:
    topics = {m.topic.rsplit("/", 1)[1]: m for m in subscriber.all() if m.topic.split("/")[2] == device}
    check(f"{device}: meta, state and data came", {"meta", "state", "data"} <= set(topics), list(topics))
    meta, state = topics["meta"].json, topics["state"].json
    good = {k: v for k, v in state["values"].items() if k not in state["quality"]}
    check(f"{device}: is online, all its points are good", state["online"] and set(good) == set(meta["points"]), state)
    odd = {k: v for k, v in good.items() if k in PLAUSIBLE and not PLAUSIBLE[k][0] <= v <= PLAUSIBLE[k][1]}
    check(f"{device}: its values are plausible", not odd, odd)
    check(f"{device}: its units are the vocabulary's", all(meta["points"][k]["unit"] == u for k, u in UNITS.items()
                                                           if k in meta["points"]), meta["points"])
check("status says online, and offline at the end",
      [m.payload for m in subscriber.all("/status")] in (["online"], ["online", "offline"]), [m.payload for m in subscriber.all("/status")])
end()
