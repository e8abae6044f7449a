"""farm.py - devices that count how often they were asked: no two answers are alike, so each is known wherever it turns up."""
import os
import threading
import time

from devices import TcpDevice

PROFILE = """
profile: meter/count
title: a device that counts how often it was asked
kind: feeder
verified: C
source: the test
points:
  count: {{at: "holding:0", type: u32, every: {every}, urgent: {urgent}}}
"""


class Counter:
    def __init__(self):
        self.lock, self.n, self.times = threading.Lock(), 0, []

    def __call__(self, unit, function, address, count):
        with self.lock:
            self.n += 1
            self.times.append(time.monotonic())
            return [self.n >> 16, self.n & 0xFFFF]


class Farm:
    """So many of them, d0 d1 ..., each on a bus of its own."""

    def __init__(self, count, every_s=0.1, commit_s=0.2, urgent=False):
        self.every_s, self.commit_s, self.urgent = every_s, commit_s, urgent
        self.counters = [Counter() for _ in range(count)]
        self.devices = [TcpDevice(c) for c in self.counters]

    def conf(self, broker_url, store="", extra=""):
        """riser.yaml, for Gateway.  store: more of its keys."""
        return ("site: {id: farm, name: Farm}\nprofiles: [profiles]\n"
                f"store: {{path: STORE, commit_every: {self.commit_s * 1000:.0f}ms{', ' + store if store else ''}}}\nbuses:\n" +
                "".join(f'  - {{id: b{i}, url: "tcp://127.0.0.1:{d.port}", timeout: 500ms}}\n'
                        for i, d in enumerate(self.devices)) + "devices:\n" +
                "".join(f"  - {{id: d{i}, profile: meter/count, bus: b{i}, unit: 1}}\n" for i in range(len(self.devices))) +
                (f'mqtt: {{url: "{broker_url}", state_every: 1s}}\n' if broker_url else "") + extra)

    def profile(self, gateway_folder):
        folder = os.path.join(gateway_folder, "profiles/meter")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "count.yaml"), "w") as f:
            f.write(PROFILE.format(every=f"{self.every_s * 1000:.0f}ms", urgent=str(self.urgent).lower()))

    def served(self):
        return {(f"d{i}", n) for i, c in enumerate(self.counters) for n in range(1, c.n + 1)}

    def jitter_s(self, since):
        """By how much 99 of 100 questions since that (monotonic) time came off their period at most."""
        off = sorted(abs(b - a - self.every_s) for c in self.counters
                     for a, b in zip(c.times, c.times[1:]) if a >= since)
        return off[len(off) * 99 // 100] if off else 0.0

    def read_at(self, device, n):
        """When that answer was given, monotonic."""
        return self.counters[int(device[1:])].times[n - 1]

    def stop(self):
        for d in self.devices:
            d.stop()


def arrived(tally):
    """(device, value) -> the (log, seq) it came under.  d3 is d3-b where that name was changed."""
    found = {}
    for key, m in tally.batches.items():
        if "count" in m.json["values"]:
            found.setdefault((m.topic.split("/")[2].split("-")[0], m.json["values"]["count"]), []).append(key)
    return found
