#!/usr/bin/python3
"""The serial adapter is pulled out and comes back under its stable name; a slave drips its answer byte by byte; a TCP
device is gone and comes back."""
import os
import random
import socket
import threading
import time

from devices import RtuDevice, TcpDevice
from harness import Broker, Gateway, Subscriber, check, end, folder, ledger_holds, wait_for

PROFILE = """
profile: meter/clock
title: a device that shows its own time
kind: feeder
verified: C
source: the test
points:
  tick: {at: "holding:0", type: u16, every: 200ms}
"""

CONF = """
site: {{id: line, name: Line}}
profiles: [profiles]
store: {{path: STORE, commit_every: 100ms}}
buses:
  - {{id: serial, url: "rtu://{path}?baud=115200", timeout: 200ms}}
  - {{id: net, url: "tcp://127.0.0.1:{tcp}", timeout: 200ms}}
  - {{id: drip, url: "tcp://127.0.0.1:{drip}", timeout: 500ms}}
devices:
  - {{id: on-serial, profile: meter/clock, bus: serial, unit: 1}}
  - {{id: on-net, profile: meter/clock, bus: net, unit: 1}}
  - {{id: on-drip, profile: meter/clock, bus: drip, unit: 1}}
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 500ms}}
"""


def tick(unit, function, address, count):
    return [int(time.time() * 10) & 0xFFFF] * count


def dripping_device():
    """Answers one byte each 450 ms, for ever."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        try:
            connection.recv(12)
            for byte in b"\0\1\0\0\0\5\1\3\2\0\7":
                connection.sendall(bytes([byte]))
                time.sleep(0.45)
        except OSError:
            pass

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def data_of(subscriber, device):
    return [m.json for m in subscriber.all(f"/{device}/data")]


def last_quality(subscriber, device):
    messages = [m for m in data_of(subscriber, device) if "tick" in m["quality"] or "tick" in m["values"]]
    return messages[-1]["quality"].get("tick", "good") if messages else None


def descriptors(gateway):
    return len(os.listdir(f"/proc/{gateway.p.pid}/fd"))


broker = Broker()
subscriber = Subscriber(broker)
path = os.path.join(folder("dev"), "usb-adapter")
serial, tcp = RtuDevice(path, tick), TcpDevice(tick)
os.makedirs(folder("gateway/profiles/meter"), exist_ok=True)
with open(os.path.join(folder("gateway/profiles/meter"), "clock.yaml"), "w") as f:
    f.write(PROFILE)
gateway = Gateway(CONF.format(path=path, tcp=tcp.port, drip=dripping_device(), broker=broker.port)).start()

check("values come over the serial line", wait_for(lambda: last_quality(subscriber, "on-serial") == "good", 20))
before = descriptors(gateway)

for round_ in range(3):
    serial.vanish()
    gone = time.time()
    check(f"{round_}: the adapter is gone: bad:bus",
          wait_for(lambda: last_quality(subscriber, "on-serial") == "bad:bus", 10), last_quality(subscriber, "on-serial"))
    check(f"{round_}: the other bus goes on", last_quality(subscriber, "on-net") == "good")
    time.sleep(1)
    fresh = [m for m in data_of(subscriber, "on-serial") if m["values"] and m["ts"] > gone * 1000 + 300]
    check(f"{round_}: no value is made up meanwhile", not fresh, fresh[:3])
    serial.open()
    check(f"{round_}: it comes back by its name",
          wait_for(lambda: last_quality(subscriber, "on-serial") == "good", 20), gateway.said()[-500:])
check("no descriptor is left behind", wait_for(lambda: descriptors(gateway) <= before + 1, 10), (before, descriptors(gateway)))

def online_then():
    return [m.json["online"] for m in subscriber.all("/on-serial/state")]


check("state told that it was offline, and is online",
      wait_for(lambda: not all(online_then()) and online_then()[-1], 10), online_then()[-5:])
check("a device that drips is a device that does not answer",
      wait_for(lambda: last_quality(subscriber, "on-drip") == "bad:timeout", 20), last_quality(subscriber, "on-drip"))
check("and takes no part in its bus's cycle", wait_for(lambda: gateway.figure('riser_bus_cycle_seconds{bus="drip"}') == 0, 20))
check("it never gave a value", not any(m["values"] for m in data_of(subscriber, "on-drip")))

tcp.stop()
for s in list(range(3)):
    time.sleep(0.1)
check("a device whose port is closed is bad",
      wait_for(lambda: (last_quality(subscriber, "on-net") or "").startswith("bad:"), 15), last_quality(subscriber, "on-net"))
tcp = TcpDevice(tick, port=tcp.port)
check("and good again when it is back", wait_for(lambda: last_quality(subscriber, "on-net") == "good", 20))
ledger_holds(gateway, subscriber)
code, took = gateway.stop()
check("it stops cleanly", code == 0 and took < 2, (code, took, gateway.said()[-2000:]))
end()
