#!/usr/bin/python3
"""A broker that is away for 15 s, and a kill -9 of the gateway in the middle: nothing accepted is lost."""
import os
import random
import struct
import threading
import time

from harness import TORTURE, Broker, Gateway, Subscriber, check, end, folder, ledger_holds, readings, wait_for
from devices import TcpDevice

DEVICE = """
profile: meter/count
title: a device that counts
kind: feeder
verified: C
source: the test
points:
  count: {at: "holding:0", type: u32, every: 100ms, deadband: 0}
  twice: {at: "input:0", type: u16, every: 200ms, deadband: 0}
"""

CONF = """
site: {{id: outage, name: Outage}}
profiles: [profiles]
store: {{path: STORE, commit_every: 200ms}}
buses: [{{id: b, url: "tcp://127.0.0.1:{device}", timeout: 500ms}}]
devices: [{{id: counter, profile: meter/count, bus: b, unit: 1}}]
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 1s}}
"""


class Counter:
    """Serves a number that rises with each read, and remembers which it served."""

    def __init__(self):
        self.lock, self.n, self.served = threading.Lock(), 0, set()

    def __call__(self, unit, function, address, count):
        with self.lock:
            self.n += 1
            self.served.add(self.n)
            return [self.n >> 16, self.n & 0xFFFF] if count == 2 else [self.n & 0xFFFF] * count


def settled(gateway, subscriber):
    """Waits until as much arrived as was accepted, and half a second later no more was."""
    def both():
        return gateway.ledger()["accepted"], sum(readings(m) for m in {m["seq"]: m for m in subscriber.data()}.values())

    def still():
        before = both()
        time.sleep(0.5)
        return before[0] == before[1] and both() == before

    return wait_for(still, 60)


def round_trip(name, outage_s):
    counter = Counter()
    device = TcpDevice(counter)
    broker = Broker()
    subscriber = Subscriber(broker)
    profiles = folder(f"{name}/profiles/meter")
    with open(os.path.join(profiles, "count.yaml"), "w") as f:
        f.write(DEVICE)
    gateway = Gateway(CONF.format(device=device.port, broker=broker.port), name).start()

    wait_for(lambda: len(subscriber.data()) > 20)
    check("readings flow before the outage", len(subscriber.data()) > 20)
    broker.stop()
    time.sleep(outage_s / 2 + random.random())
    before = gateway.ledger()
    gateway.kill()
    check("readings were accepted while nobody took them", before.get("pending", 0) > 20, before)
    gateway.start()
    time.sleep(outage_s / 2)
    during = gateway.ledger()
    check("the kill lost nothing that was accepted", during.get("accepted", 0) >= before["accepted"], (before, during))
    check("the ledger balances in the outage",
          during["accepted"] == during["delivered"] + during["pending"] + during["dropped"], during)
    broker.start()

    wait_for(lambda: gateway.ledger().get("pending") is not None and gateway.ledger()["pending"] < 10, 60)
    device.stop()
    # The broker keeps for the subscriber what came before it was back; and the device's silence is told, too.
    settled(gateway, subscriber)
    ledger, got = gateway.ledger(), subscriber.data()
    check("all is delivered in the end, nothing dropped", ledger["pending"] == 0 and ledger["dropped"] == 0, ledger)
    check("the ledger balances",
          ledger["accepted"] == ledger["delivered"] + ledger["pending"] + ledger["dropped"], ledger)
    seqs = [m["seq"] for m in got]
    once = {m["seq"]: m for m in got}
    check("every seq from the first to the last arrived", sorted(once) == list(range(1, max(seqs) + 1)),
          sorted(set(range(1, max(seqs) + 1)) - set(once))[:20])
    check("all of one log", len({m["log"] for m in got}) == 1)
    check("a seq never stands for two batches",
          all(m["values"] == once[m["seq"]]["values"] and m["ts"] == once[m["seq"]]["ts"] for m in got))
    check("as many readings arrived as were accepted", sum(readings(m) for m in once.values()) == ledger["accepted"],
          (sum(readings(m) for m in once.values()), ledger))
    values = [m["values"]["count"] for m in once.values() if "count" in m["values"]]
    check("none is invented", set(values) <= counter.served, sorted(set(values) - counter.served)[:10])
    check("what is late says so", any(m.get("backfill") for m in got))
    check("a first connection's first messages do not", not got[0].get("backfill"))
    doubled = len(seqs) - len(once)
    print(f"      {len(once)} batches, {doubled} of them twice")
    ledger_holds(gateway, subscriber)
    code, took = gateway.stop()
    check("it stops cleanly", code == 0 and took < 2, (code, took, gateway.said()[-2000:]))
    broker.stop()


for i in range(20 if TORTURE else 1):
    round_trip(f"gateway-{i}", 60 if TORTURE and i == 0 else 15)
end()
