#!/usr/bin/python3
"""`make demo` as a newcomer meets it: URLs, a line a second, every device on MQTT with plausible values, nothing left behind; and an
estate of 85 lifts, all of it online within seconds."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

from ledger import ledgers, unbalanced
from harness import RISER, TOP, Subscriber, check, end, spawn, wait_for

PLAUSIBLE = {"voltage_l1n": (198, 242), "frequency": (49.5, 50.5), "active_power": (0, 700), "power_factor": (0.5, 1),
             "pressure": (0.05, 1.2), "floor": (-3, 40), "current_l1": (0, 1200)}
UNITS = {"voltage_l1n": "V", "frequency": "Hz", "active_power": "kW", "pressure": "MPa"}


class Port:
    def __init__(self, port):
        self.port = port


def children_of(pid):
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()


def begin(*options):
    """A demo, where its page is and where its broker; who may log in is checked."""
    p = spawn([RISER, "demo", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=TOP)
    web, page, who, mqtt = (p.stdout.readline().decode().strip() for _ in range(4))
    check("a demo says where its wall is", page == f"the page; for a big screen {web}/wall", page)
    said = re.fullmatch(r"to acknowledge alarms log in as (\w+), password (\S+)", who)
    check("a demo says who may acknowledge, and he may", said and role_of(web, *said.groups()) == "duty", who)
    return p, web, mqtt


def get(url):
    with urllib.request.urlopen(url, timeout=5) as r:
        return r.read()


def role_of(web, user, password):
    """Of somebody who logs in, or None.  A password takes a busy machine its time."""
    login = urllib.request.Request(web + "/api/v1/login", json.dumps({"user": user, "password": password}).encode(),
                                   {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(login, timeout=30) as r:
            return json.load(r)["role"]
    except OSError:
        return None


def devices_of(web):
    return json.loads(get(web + "/api/v1/snapshot"))["devices"]


def odd(values):
    return {k: v for k, v in values.items() if k in PLAUSIBLE and not PLAUSIBLE[k][0] <= v <= PLAUSIBLE[k][1]}


def broker_answers(mqtt):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", int(mqtt.rsplit(":", 1)[1]))) == 0


def folder_of(children):
    """The demo's own, as its children were told it."""
    for pid in children:
        with open(f"/proc/{pid}/cmdline") as f:
            found = re.search(r"/tmp/riser-demo-\w+", f.read())
        if found:
            return found.group(0)
    return None


def nothing_left(children, folder):
    check("nothing is left running", children and not any(os.path.exists(f"/proc/{pid}") for pid in children), children)
    check("nor on disk", folder and not os.path.exists(folder), folder)


for options in (("--size", "x"), ("--size", "sm"), ("--size", ""), ("--seconds", "0"), ("--seconds", "99999999999")):
    check(f"demo {' '.join(options)!r} is a wrong value", subprocess.run([RISER, "demo", *options], capture_output=True).returncode == 1)

# ---- one building, for as long as was asked for ----

start = time.monotonic()
demo, web, mqtt = begin("--size", "s", "--seconds", "20")
check("it says where the page is", re.fullmatch(r"http://127\.0\.0\.1:\d+", web), web)
check("and where the broker is", re.fullmatch(r"mqtt://127\.0\.0\.1:\d+", mqtt), mqtt)
children = children_of(demo.pid)
folder = folder_of(children)
subscriber = Subscriber(Port(int(mqtt.rsplit(":", 1)[1])))
time.sleep(8)
snapshot = devices_of(web)
check("the page is there", b"<html" in get(web + "/"))
devices = [d["id"] for d in snapshot]
check("one building: two lifts, a transformer, two water points; and riser itself",
      sorted(d["kind"] for d in snapshot) == ["elevator", "elevator", "gateway", "transformer", "water", "water"], devices)
out = demo.stdout.read().decode()
code = demo.wait(timeout=20)
took = time.monotonic() - start
check("it ends by itself with 0", code == 0, (code, out[-2000:]))
check("after about the time that was asked for", took < 40, took)
lines = [l for l in out.splitlines() if "delivered" in l]
check("it prints a line a second of what flows", 12 <= len(lines) <= 22, out[-2000:])
check("the last line has readings delivered", lines and int(re.search(r"delivered (\d+)", lines[-1]).group(1)) > 20, lines[-1:])
nothing_left(children, folder)

for device in devices:
    topics = {m.topic.rsplit("/", 1)[1]: m for m in subscriber.all() if m.topic.split("/")[2] == device}
    check(f"{device}: meta, state and data came", {"meta", "state", "data"} <= set(topics), list(topics))
    meta, state = topics["meta"].json, topics["state"].json
    good = {k: v for k, v in state["values"].items() if k not in state["quality"]}
    unknown = {k for k in meta["points"] if device == "gateway" and state["quality"].get(k) == "never"}
    check(f"{device}: is online, all its points are good", state["online"] and set(good) | unknown == set(meta["points"]), state)
    check(f"{device}: its values are plausible", not odd(good), odd(good))
    check(f"{device}: its units are the vocabulary's", all(meta["points"][k]["unit"] == u for k, u in UNITS.items()
                                                           if k in meta["points"]), meta["points"])
check("status says online, and offline at the end",
      [m.payload for m in subscriber.all("/status")] in (["online"], ["online", "offline"]), [m.payload for m in subscriber.all("/status")])

# ---- an estate, until Ctrl-C ----


def estate_of(web):
    """Riser itself does not always know all of itself."""
    return [d for d in devices_of(web) if d["id"] != "gateway"]


def missing(web):
    """Devices that are not online, points that were not read yet."""
    devices = estate_of(web)
    return [d["id"] for d in devices if not d["online"]] + [
        f"{d['id']}/{k}" for d in devices for k, p in d["points"].items() if p["q"] == "never"]


def bad(web):
    return {d["id"] + "/" + k: p["q"] for d in estate_of(web) for k, p in d["points"].items() if p["q"] != "good"}


def delivered(web):
    return float(re.search(rb'riser_readings_total\{sink="mqtt",stage="delivered"\} (\d+)', get(web + "/metrics")).group(1))


start = time.monotonic()
demo, web, mqtt = begin("--size", "l")
children = children_of(demo.pid)
folder = folder_of(children)
wait_for(lambda: not missing(web), 60, 0.2)
check("l: all is online and read", not missing(web), missing(web))
print(f"l: after {time.monotonic() - start:.1f} s")
before, numbers = delivered(web), devices_of(web)
check("l: 85 lifts and 9 transformers", [sum(d["kind"] == k for d in numbers) for k in ("elevator", "transformer")] == [85, 9])
strange = {d["id"]: odd({k: p["v"] for k, p in d["points"].items()}) for d in numbers}
check("l: all values are plausible", not any(strange.values()), {k: v for k, v in strange.items() if v})
wait_for(lambda: not bad(web), 20)                    # a busy machine answers late now and then
check("l: all that was read is good", not bad(web), bad(web))
check("l: readings flow", wait_for(lambda: delivered(web) > before + 50, 5), (before, delivered(web)))
metrics = get(web + "/metrics").decode()
check("l: the ledger balances", ledgers(metrics) and not unbalanced(metrics), unbalanced(metrics))
told = [demo.stdout.readline().decode().strip()]
while not told[-1].startswith("and to see"):
    told.append(demo.stdout.readline().decode().strip())
cut = next(line for line in told if " is cut: " in line)
subprocess.run(cut.split(": ", 1)[1], shell=True, check=True)
show = told[-1].split(": ", 1)[1]
check("l: a line that it prints, pasted, cuts a transformer", wait_for(
    lambda: f"{cut.split()[0]}/power_cut" in subprocess.run(show, shell=True, capture_output=True, text=True).stdout, 30), told)
trap = next(line for line in told if " stops with people in it " in line)
with socket.create_connection(("127.0.0.1", int(re.search(r"(\d+)\"$", trap).group(1)))) as s:
    s.sendall(bytes.fromhex("000100000006ff0300010001"))
    check("l: and a serial bus has a door", s.recv(64)[7:8] == b"\3", told)
demo.send_signal(signal.SIGINT)
check("l: Ctrl-C ends it with 0", demo.wait(timeout=20) == 0, demo.returncode)
nothing_left(children, folder)

# ---- and those whom nobody ends properly ----

for how in ("its reader is gone", "its terminal is gone", "it is killed"):
    demo, web, mqtt = begin("--size", "s")
    children = children_of(demo.pid)
    folder = folder_of(children)
    if how == "its reader is gone":
        demo.stdout.close()
    else:
        demo.send_signal(signal.SIGHUP if how == "its terminal is gone" else signal.SIGKILL)
    demo.wait(timeout=20)
    check(f"{how}: nothing stays", children and wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children), 10), children)
    check(f"{how}: the broker does not", not broker_answers(mqtt), mqtt)
    if how == "it is killed":                                       # who could take its folder away?
        shutil.rmtree(folder)
    else:
        nothing_left(children, folder)
end()
