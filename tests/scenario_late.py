#!/usr/bin/python3
"""Answers that come late are never taken for another register's: a device whose registers hold their own addresses answers
one question in six 0.9 to 5 timeouts late, over RTU with a second unit on the line, and over TCP."""
import os
import random
import sys
import time

from devices import RtuDevice, TcpDevice
from harness import TORTURE, Broker, Gateway, Subscriber, check, end, folder, ledger_holds

GOOD_READS = 20000 if TORTURE else 2000
TIMEOUT_S = 0.06
REGISTERS = [10 + 20 * i for i in range(8)]
COILS = [100 * i for i in range(8)]

PROFILE = "profile: meter/own-address\ntitle: registers that hold their address\nkind: feeder\nverified: C\nsource: the test\n" \
    "modbus: {max_gap: 0}\npoints:\n" + \
    "".join(f'  r{a}: {{at: "holding:{a}", type: u16, every: 100ms, heartbeat: 100ms}}\n' for a in REGISTERS) + \
    "".join(f'  c{a}: {{at: "coil:{a}", every: 100ms, heartbeat: 100ms}}\n' for a in COILS)

CONF = """
site: {{id: late, name: Late}}
profiles: [profiles]
store: {{path: STORE, commit_every: 100ms}}
buses: [{{id: b, url: "{url}", timeout: {timeout}ms}}]
devices:
  - {{id: late, profile: meter/own-address, bus: b, unit: 1}}
  - {{id: healthy, profile: meter/own-address, bus: b, unit: 2}}
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 10s}}
"""


def own_address(unit, function, address, count):
    if function == 1:
        return [(a // 100 + unit) % 2 for a in range(address, address + count)]
    return [a + 1000 * (unit - 1) for a in range(address, address + count)]


def expected(device, point):
    unit, address = (1 if device == "late" else 2), int(point[1:])
    return own_address(unit, 1 if point[0] == "c" else 3, address, 1)[0]


def one_in_six_late(unit):
    if unit == 1 and random.random() < 1 / 6:
        return TIMEOUT_S * random.uniform(0.9, 5)
    return 0.0


def run(what, device, url, broker, name):
    profiles = folder(f"{name}/profiles/meter")
    with open(os.path.join(profiles, "own-address.yaml"), "w") as f:
        f.write(PROFILE)
    subscriber = Subscriber(broker)
    gateway = Gateway(CONF.format(url=url, timeout=int(TIMEOUT_S * 1000), broker=broker.port), name).start()
    good, wrong, seen = {"late": 0, "healthy": 0}, [], 0
    start = time.monotonic()
    while good["late"] < GOOD_READS and time.monotonic() - start < (3600 if TORTURE else 400):
        time.sleep(0.5)
        messages = subscriber.all("/data")
        for m in messages[seen:]:
            who = m.topic.split("/")[2]
            if who == "gateway":
                continue
            for point, value in m.json["values"].items():
                good[who] += 1
                if value != expected(who, point):
                    wrong.append((who, point, value))
        seen = len(messages)
    late = gateway.figure('riser_requests_total{bus="b",result="timeout"}')
    print(f"      {what}: {good} good reads in {time.monotonic() - start:.0f} s, {late:.0f} timeouts, "
          f"{device.asked} questions", flush=True)
    check(f"{what}: {GOOD_READS} good reads of the late device", good["late"] >= GOOD_READS, good)
    check(f"{what}: answers did come late", late >= good["late"] / 20, late)
    check(f"{what}: no value is wrong", not wrong, wrong[:10])
    check(f"{what}: the healthy unit goes on", good["healthy"] >= good["late"] / 2, good)
    check(f"{what}: nothing but reads left", device.functions <= {1, 2, 3, 4}, device.functions)
    ledger_holds(gateway, subscriber, what)
    code, took = gateway.stop()
    check(f"{what}: it stops cleanly", code == 0 and took < 2, (code, took, gateway.said()[-2000:]))
    device.stop()


random.seed(20261121)
broker = Broker()
path = os.path.join(folder("line"), "shaft")
tcp = TcpDevice(own_address, one_in_six_late)
run("TCP", tcp, f"tcp://127.0.0.1:{tcp.port}", broker, "tcp")
run("RTU", RtuDevice(path, own_address, one_in_six_late), f"rtu://{path}?baud=115200", broker, "rtu")
broker.stop()
end()
