#!/usr/bin/python3
"""From a change in a device to the subscriber: an urgent point that is read every 200 ms, and an ordinary one that is read
every second, with commit_every as it is by default."""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from devices import TcpDevice  # noqa: E402
from harness import Broker, Gateway, Subscriber, check, end, folder, wait_for  # noqa: E402

CHANGES = int(os.environ.get("BENCH_CHANGES", "60"))
EVERY_S = {"door": 0.2, "power": 1.0}
LIMIT_S = {"door": 0.2 + 0.25, "power": 1.0 + 1.0 + 0.5}  # the contract's aims

PROFILE = """
profile: meter/change
title: a device that changes when it likes
kind: feeder
verified: C
source: the bench
points:
  door: {at: "holding:0", type: u16, every: 200ms, urgent: true}
  power: {at: "input:0", type: u16, every: 1s}
"""

changed = {"door": [time.monotonic()], "power": [time.monotonic()]}


def registers(unit, function, address, count):
    return [len(changed["door" if function == 3 else "power"])] * count


device = TcpDevice(registers)
broker = Broker()
subscriber = Subscriber(broker)
with open(os.path.join(folder("gateway/profiles/meter"), "change.yaml"), "w") as f:
    f.write(PROFILE)
gateway = Gateway("site: {id: bench, name: Bench}\nprofiles: [profiles]\nstore: {path: STORE}\n"
                  f'buses: [{{id: b, url: "tcp://127.0.0.1:{device.port}", timeout: 500ms}}]\n'
                  "devices: [{id: d, profile: meter/change, bus: b, unit: 1}]\n"
                  f'mqtt: {{url: "mqtt://127.0.0.1:{broker.port}"}}\n').start()
wait_for(lambda: len(subscriber.all("/data")) >= 2, 20)


def change(point):
    for _ in range(CHANGES):
        time.sleep(EVERY_S[point] * random.uniform(1.2, 2.2))  # each is seen by a read of its own
        changed[point].append(time.monotonic())


threads = [threading.Thread(target=change, args=(p,)) for p in EVERY_S]
for t in threads:
    t.start()
for t in threads:
    t.join()
time.sleep(4)
for point, limit in LIMIT_S.items():
    first = {}  # a heartbeat repeats a value
    for m in subscriber.all("/data"):
        first.setdefault(m.json["values"].get(point, 1), m.at)
    delays = sorted(at - changed[point][value - 1] for value, at in first.items() if value > 1)
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    print(f"{point}, read every {EVERY_S[point]} s: p50 {p50:.3f} s, p99 {p99:.3f} s; the aim is {limit:.2f} s, "
          f"ratio {p99 / limit:.2f}")
    check(f"{point}: every change came", len(delays) >= CHANGES, len(delays))
gateway.stop()
end()
