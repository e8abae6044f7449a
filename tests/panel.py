"""panel.py - units whose registers the test sets, an alarm on each, and a gateway that watches them; and what is told of
alarms, theirs or others'."""
import http.client
import json
import os
import socket
import threading
import time

from devices import TcpDevice
from harness import Broker, Gateway, Subscriber, wait_for

# high has hysteresis, trapped is latched, minor is one of many; the gateway's own bus alarm comes before comm_loss.
PROFILE = """
profile: meter/panel
title: a unit whose registers the test sets
kind: feeder
verified: C
source: the test
points:
  value: {at: "holding:0", type: u16, every: 200ms}
  trapped: {at: "discrete:1", type: bit, every: 200ms}
  minor: {at: "holding:2", type: u16, every: 200ms}
alarms:
  high: {when: "value >= 80", clear: "value < 75", on: 400ms, off: 400ms, severity: P3,
         text: {zh: "{place} 偏高 {v}", en: "{place} high {v}"}}
  trapped: {when: "trapped", latch: true, severity: P1, shelve_max: 0s,
            text: {zh: "{place} 困人", en: "{place} trapped"}}
  minor: {when: "minor > 0", severity: P3, text: {zh: "{place} 小事", en: "{place} minor"}}
  comm_loss: {on: 4s, off: 1s}
"""
GATEWAY = 'gateway: {alarms: {bus-down: {on: 2s, off: 1s}}}\n'


class Registers:
    def __init__(self):
        self.lock, self.of = threading.Lock(), {}

    def __call__(self, unit, function, address, count):
        with self.lock:
            return [self.of.get((unit, address + i), 0) for i in range(count)]

    def set(self, unit, address, value):
        with self.lock:
            self.of[unit, address] = value


class Told:
    """What the API, the broker and the events say of the alarms of self.site; self has a gateway, a broker and a subscriber."""

    def alarms(self):
        """{key: alarm} of the API."""
        text = self.gateway.get("/api/v1/alarms")
        found = json.loads(text)["alarms"] if text else []
        return {f"{a['device']}/{a['alarm']}": a for a in found}

    def stands(self, key, seconds=10, **want):
        """The alarm as soon as its members are as wanted, or the last it was."""
        def look():
            a = self.alarms().get(key)
            return a if a and all(a.get(k) == v for k, v in want.items()) else None
        return wait_for(look, seconds)

    def gone(self, key, seconds=10):
        return wait_for(lambda: key not in self.alarms(), seconds)

    def post(self, key, verb, **order):
        """Status and document."""
        c = http.client.HTTPConnection("localhost", timeout=5)
        c.sock = socket.socket(socket.AF_UNIX)
        c.sock.settimeout(5)
        c.sock.connect(os.path.join(self.gateway.store, "riser.sock"))
        c.request("POST", f"/api/v1/alarms/{key}/{verb}", json.dumps(order), {"Content-Type": "application/json"})
        r = c.getresponse()
        return r.status, json.loads(r.read().decode("utf-8") or "null")

    def edges(self, key=None, subscriber=None):
        """The alarms' events as the subscriber has them, each once by (log, seq), in order of arrival."""
        seen, found = set(), []
        for m in (subscriber or self.subscriber).all("/event"):
            e = m.json
            if e.get("type") == "alarm" and (e["log"], e["seq"]) not in seen:
                seen.add((e["log"], e["seq"]))
                if key in (None, f"{e['device']}/{e['alarm']}"):
                    found.append(e)
        return found

    def retained(self, seconds=3):
        """{key: payload} as a newcomer to the broker gets it."""
        s = Subscriber(self.broker, f"riser/{self.site}/+/alarm/+")
        time.sleep(seconds)
        s.p.terminate()
        return {f"{t[2]}/{t[4]}": m.json for m in s.all() if m.retained and m.payload for t in [m.topic.split("/")]}


class Panel(Told):
    """So many units u1 u2 .. on one bus, a broker, a subscriber and the gateway."""

    site = "panel"

    def __init__(self, units, name="panel", mqtt="", extra=""):
        self.registers, self.silent = Registers(), False
        self.device = TcpDevice(self.registers, lambda unit: None if self.silent else 0.0)
        self.broker = Broker()
        self.subscriber = Subscriber(self.broker)
        self.units, self.mqtt, self.extra = units, mqtt, extra
        self.gateway = Gateway(self.conf(), name)
        folder = os.path.join(self.gateway.dir, "profiles/meter")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "panel.yaml"), "w") as f:
            f.write(PROFILE)

    def conf(self, extra_device=""):
        return ("site: {id: panel, name: Panel}\nprofiles: [profiles]\nstore: {path: STORE, commit_every: 200ms}\nbuses:\n"
                f'  - {{id: line, url: "tcp://127.0.0.1:{self.device.port}", timeout: 100ms}}\ndevices:\n' +
                "".join(f"  - {{id: u{u}, name: 单元{u}, profile: meter/panel, bus: line, unit: {u}{extra_device}}}\n"
                        for u in range(1, self.units + 1)) +
                f'mqtt: {{url: "mqtt://127.0.0.1:{self.broker.port}", state_every: 1s{self.mqtt}}}\n' + GATEWAY + self.extra)

    def start(self, **kw):
        self.gateway.start(**kw)
        return self

    def set(self, unit, **values):
        for name, value in values.items():
            self.registers.set(unit, ("value", "trapped", "minor").index(name), value)

    def stop(self):
        code, _ = self.gateway.stop()
        self.device.stop()
        self.broker.stop()
        return code
