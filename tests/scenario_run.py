#!/usr/bin/python3
"""The daemon as a service: start, sd_notify, last will, reload, stop, exit codes."""
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from devices import TcpDevice
from harness import RISER, Broker, Gateway, Subscriber, check, end, folder, free_port, ledger_holds, wait_for

PROFILE = """
profile: meter/plain
title: {{zh: 电表, en: Meter}}
kind: transformer
verified: C
source: the test
points:
  active_power: {{at: "holding:0", type: u16, unit: kW, every: 200ms}}
  {second}: {{at: "holding:2", type: u16, bits: [0, 1], enum: {{0: closed, 1: opening, 2: open}}, every: 200ms}}
"""

CONF = """
site: {{id: run, name: {{zh: 试验, en: Trial}}}}
profiles: [profiles]
store: {{path: STORE, commit_every: 200ms}}
buses: [{{id: b, url: "tcp://127.0.0.1:{device}", timeout: 500ms}}]
devices:
{devices}
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 500ms}}
web: {{listen: "127.0.0.1:{web}"}}
"""

ONE = "  - {id: tx-1, profile: meter/plain, bus: b, unit: 1, rating: {kva: 630}, place: {building: '3'}}\n"
TWO = ONE + "  - {id: tx-2, profile: meter/plain, bus: b, unit: 2, rating: {kva: 630}}\n"


def write_profile(second):
    with open(os.path.join(folder("gateway/profiles/meter"), "plain.yaml"), "w") as f:
        f.write(PROFILE.format(second=second))


def last(subscriber, topic):
    found = subscriber.all(topic)
    return found[-1] if found else None


def last_json(subscriber, topic):
    m = last(subscriber, topic)
    return m.json if m and m.payload else None


def exit_of(*argv):
    p = subprocess.run([RISER, *argv], capture_output=True, text=True, timeout=20)
    return p.returncode, p.stdout, p.stderr


broker = Broker()
subscriber = Subscriber(broker)
device = TcpDevice(lambda unit, function, address, count: [412, 0, 2][address:address + count])
web = free_port()
write_profile("door")


def conf(devices, **kw):
    return CONF.format(**{"devices": devices, "device": device.port, "broker": broker.port, "web": web, **kw})


notify = os.path.join(folder("notify"), "socket")
systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
systemd.bind(notify)
systemd.settimeout(10)
gateway = Gateway(conf(ONE), env={"NOTIFY_SOCKET": notify, "WATCHDOG_USEC": "1500000"}).start()


def told(word, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if word in systemd.recv(4096).decode():
                return True
        except socket.timeout:
            return False
    return False


def listen():
    """As systemd does all the time: a socket nobody reads holds who writes to it."""
    while True:
        systemd.recv(4096)


check("systemd hears READY=1", told("READY=1"))
check("systemd hears WATCHDOG=1", told("WATCHDOG=1", 3))
systemd.settimeout(None)
threading.Thread(target=listen, daemon=True).start()
check("status is online, retained for whoever comes later", wait_for(
    lambda: last(subscriber, "/status") and last(subscriber, "/status").payload == "online"))
meta = wait_for(lambda: last_json(subscriber, "/tx-1/meta"))
check("meta says what it is", meta and meta["name"]["zh"] == "tx-1" and meta["kind"] == "transformer" and
      meta["place"]["building"] == "3" and meta["points"]["active_power"]["unit"] == "kW", meta)
data = wait_for(lambda: last_json(subscriber, "/tx-1/data"))
check("data is exact", data and data["values"] == {"active_power": 412, "door": "open"}, data)
check("its time is now", data and abs(data["ts"] / 1000 - time.time()) < 20, data)
state = wait_for(lambda: last_json(subscriber, "/tx-1/state"))
check("state has all points", state and state["online"] and set(state["values"]) == {"active_power", "door"}, state)
late = Subscriber(broker, "riser/run/#")
check("status, meta and state are retained, data is not", wait_for(
    lambda: {m.topic.rsplit("/", 1)[1] for m in late.all() if m.retained} == {"status", "meta", "state"}, 3),
    [(m.topic, m.retained) for m in late.all()])
snapshot = gateway.snapshot()
check("the snapshot has the value with its quality and time", any(
    d["points"]["active_power"]["v"] == 412 and d["points"]["active_power"]["q"] == "good" for d in snapshot["devices"]))
with socket.create_connection(("127.0.0.1", web)) as s:
    s.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{web}\r\nConnection: close\r\n\r\n".encode())
    check("the page answers on loopback", b"200 OK" in s.recv(4096))
mode = os.stat(os.path.join(gateway.store, "riser.sock")).st_mode & 0o777
check("the Unix socket is not for everybody", mode & 0o007 == 0, oct(mode))

check("of a sink that nobody asked for there is no figure", gateway.figure('riser_sink_connected{sink="mqtt"}') == 1 and
      'sink="influx"' not in gateway.get("/metrics"), gateway.get("/metrics")[-400:])

# Riser itself, the reserved device id.
own = wait_for(lambda: last_json(subscriber, "/gateway/meta"))
check("riser's own meta says what it is, on no bus", own and own["kind"] == "gateway" and "bus" not in own and
      own["points"]["disk_used"]["unit"] == "%", own)
state = wait_for(lambda: (last_json(subscriber, "/gateway/state") or {}).get("values", {}).get("uplink") and
                 last_json(subscriber, "/gateway/state"))
check("its state says that it is well", state and state["online"] and state["values"]["store_ok"] is True and
      state["values"]["history_ok"] is True and 0 < state["values"]["disk_used"] < 100, state)
check("what it cannot know is never, and no value", state and state["quality"]["notify_ok"] == "never" and
      "notify_ok" not in state["values"], state)
check("its data came, each of all points once", wait_for(
    lambda: {p for m in subscriber.data("gateway") for p in m["values"]} >= set(state["values"])), subscriber.data("gateway"))
now = [d for d in gateway.snapshot()["devices"] if d["id"] == "gateway"]
check("it is in the snapshot", len(now) == 1 and now[0]["points"]["store_ok"]["v"] is True, now)
check("and in the history", wait_for(lambda: json.loads(gateway.get(
    f"/api/v1/history?point=gateway/disk_used&from={int(time.time() * 1000) - 600000}&to={int(time.time() * 1000) + 1000}"
    "&step=1s") or "{}").get("rows"), 20))
check("but it is no device of the estate", json.loads(gateway.get("/api/v1/site"))["devices"] == 1 and
      'riser_device_up{device="gateway"}' not in gateway.get("/metrics"), gateway.get("/api/v1/site"))

# Reload.
gateway.write(conf(ONE).replace("unit: 1", "unti: 1"))
gateway.p.send_signal(signal.SIGHUP)
check("a wrong configuration is said so, with its place",
      wait_for(lambda: 'did you mean "unit"' in gateway.said()), gateway.said()[-800:])
seen = len(subscriber.all("/tx-1/state"))
check("and the gateway goes on as before", gateway.snapshot()["devices"][0]["online"])
gateway.write(conf(TWO))
write_profile("door_2")
gateway.p.send_signal(signal.SIGHUP)
check("a new device appears", wait_for(lambda: last_json(subscriber, "/tx-2/state")))
check("a renamed point appears", wait_for(lambda: "door_2" in (last_json(subscriber, "/tx-1/meta") or {"points": {}})["points"]))
with socket.create_server(("127.0.0.1", 0)) as taken:
    gateway.write(conf(ONE, web=taken.getsockname()[1]))
    gateway.p.send_signal(signal.SIGHUP)
    check("a port that is taken costs the page on TCP, not the polling",
          wait_for(lambda: gateway.said().count("reloaded") == 2) and wait_for(
              lambda: gateway.get("/healthz") and gateway.snapshot()["devices"][0]["online"]), gateway.said()[-800:])
gateway.write(conf(ONE))
gateway.p.send_signal(signal.SIGHUP)
check("a device that left takes its retained topics with it", wait_for(
    lambda: last(subscriber, "/tx-2/meta").payload == "" and last(subscriber, "/tx-2/state").payload == ""),
    [last(subscriber, "/tx-2/meta").payload, last(subscriber, "/tx-2/state").payload])
wait_for(lambda: gateway.ledger().get("pending") == 0)
seqs = sorted({m["seq"] for m in subscriber.data()})
check("no batch was lost over the reloads", wait_for(
    lambda: sorted({m["seq"] for m in subscriber.data()}) == list(range(1, len({m["seq"] for m in subscriber.data()}) + 1))), seqs)
ledger_holds(gateway, subscriber, "after the reloads")

# Events.
def events():
    return [m.json for m in subscriber.all("/event")]


def told_of(what, **members):
    return wait_for(lambda: [e for e in events() if e["type"] == what and members.items() <= e.items()], 20)


check("the start and each reload are events",
      wait_for(lambda: [e["type"] for e in events()] == ["start", "reload", "reload", "reload"]), events())
device.stop()
check("a device that goes is an event", told_of("device", device="tx-1", online=False), events())
device = TcpDevice(device.registers, port=device.port)
check("and one that is back", told_of("device", device="tx-1", online=True), events())
check("an event has its place and its time", all(e["log"] == events()[0]["log"] and e["seq"] == i + 1
      and abs(e["ts"] / 1000 - time.time()) < 100 for i, e in enumerate(events())), events())

# Death and stop.
gateway.kill()
check("the last will says offline after a kill -9", wait_for(
    lambda: last(subscriber, "/status").payload == "offline", 20), last(subscriber, "/status").payload)
gateway.env = {}
gateway.start()
check("and online again", wait_for(lambda: last(subscriber, "/status").payload == "online"))
other = subprocess.run([RISER, "run", "-c", gateway.conf], capture_output=True, text=True, timeout=20)
check("a second gateway on the same store is refused", other.returncode == 3 and "another" in other.stderr, other.stderr)
ledger_holds(gateway, subscriber, "after the kill")
code, took = gateway.stop()
check("SIGTERM stops it in 2 s with 0", code == 0 and took < 2, (code, took, gateway.said()[-2000:]))
check("a clean stop says offline too", wait_for(lambda: last(subscriber, "/status").payload == "offline"))
said = [m.json["type"] if m.topic.endswith("/event") else m.payload for m in subscriber.all()
        if m.topic.endswith(("/event", "/status"))]
check("its event leaves before that", "stop" in said and said[-1] == "offline", said)
check("nothing but function codes 1 to 4 was ever asked", device.functions <= {1, 2, 3, 4}, device.functions)

# A device that never answers must not hold the stop.
deaf = TcpDevice(lambda *_: 4, delay=lambda unit: None)
gateway.write(conf(ONE, device=deaf.port).replace("timeout: 500ms", "timeout: 30s"))
gateway.start()
time.sleep(0.5)
code, took = gateway.stop()
check("a bus in a long question does not hold the stop", code == 0 and took < 2, (code, took, gateway.said()[-1500:]))

# Commands.
check("check is content", exit_of("check", "-c", gateway.conf)[0] == 0, exit_of("check", "-c", gateway.conf))
gateway.write(conf(ONE).replace("unit: 1", "unit: 0x1g").replace("id: run", "id: Run"))
code, out, err = exit_of("check", "-c", gateway.conf)
check("check shows every mistake and ends with 1", code == 1 and len([x for x in err.splitlines() if "riser.yaml:" in x]) == 2, err)
code, out, err = exit_of("run", "-c", gateway.conf)
check("run does too", code == 1 and "riser.yaml:2:" in err, err)
with open(os.path.join(gateway.dir, "journal"), "w+b") as log:          # as journald would get it
    at = os.fstat(log.fileno())
    subprocess.run([RISER, "run", "-c", gateway.conf], stderr=log, env={**os.environ, "JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"})
    log.seek(0)
    told = log.read().splitlines()
    check("under systemd each mistake has an error's priority", len(told) == 2 and all(x.startswith(b"<3>") for x in told), told)
alone = shutil.copy(RISER, folder("alone/bin"))
p = subprocess.run([alone, "check", "-c", gateway.conf], capture_output=True, text=True, timeout=20)
check("a program without its kinds, and so without alarms, says where it looked",
      p.returncode == 1 and "share/riser" in p.stderr and "make install" in p.stderr, p)
check("a file that is not there is said so", exit_of("check", "-c", "/nowhere.yaml")[0] == 1)
check("a value that is none is what was asked for, not usage", [exit_of(*a)[0] for a in (
    ("sim", "-c", "x", "--speed", "0"), ("alarms", "-c", "x", "--lang", "fr"), ("history", "-c", "x", "tx-1"),
    ("passwd", "-c", "x", "Wang"))] == [1, 1, 1, 1])
check("no command is a usage error", exit_of()[0] == 2 and exit_of("frobnicate")[0] == 2 and exit_of("run")[0] == 2)
check("version and help answer on stdout", exit_of("version")[1].startswith("riser ") and "usage: riser sim" in exit_of("help", "sim")[1])
check("and so they do as options", exit_of("--version")[:2] == exit_of("version")[:2] and exit_of("--help")[:2] == exit_of("help")[:2] and
      exit_of("--help", "--help")[:2] == exit_of("help", "help")[:2] and
      all(exit_of("sim", *h)[:2] == exit_of("help", "sim")[:2] for h in (["-h"], ["--help"], ["-c", "x", "--help"])))
check("an option that is not there is named", "unknown option --foo" in exit_of("run", "--foo")[2] and
      "unknown option -x" in exit_of("run", "-xy")[2] and "unknown option -x" in exit_of("read", "--json", "-xy")[2] and
      "unknown option --json=1" in exit_of("read", "--json=1")[2] and
      "-c needs a value" in exit_of("check", "-c")[2])
end()
