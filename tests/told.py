"""told.py - an estate whose registers the test sets, a gateway that tells people, and the robots that hear of it."""
import http.client
import json
import os
import socket
import threading
import time

from devices import TcpDevice
from harness import Gateway, folder, wait_for

# trapped is latched, out is a service stop, minor is one of many.
PROFILE = """
profile: meter/unit
title: a unit whose registers the test sets
kind: feeder
verified: C
source: the test
points:
  trapped: {at: "discrete:1", type: bit, every: 200ms}
  out: {at: "holding:1", type: u16, every: 200ms}
  minor: {at: "holding:2", type: u16, every: 200ms}
alarms:
  trapped: {when: "trapped", latch: true, severity: P1, shelve_max: 0s, text: {zh: "{name} 困人", en: "{name} trapped"}}
  out: {when: "out > 0", severity: P2, text: {zh: "{name} 停用", en: "{name} out"}}
  minor: {when: "minor > 0", severity: P3, text: {zh: "{name} 小事", en: "{name} minor"}}
  comm_loss: {on: 4s, off: 1s}
"""
PLACES = {"trapped": (2, 1), "out": (3, 1), "minor": (3, 2)}  # function, address
PEOPLE = """
people:
  - {id: li, name: 李工, phone: "13900001111", dingtalk: "13900001111", wecom: "13900001111", feishu: ou_li, email: li@anju.test}
  - {id: wang, name: 王师傅, phone: "13900002222", dingtalk: "13900002222", wecom: "13900002222", feishu: ou_wang, email: wang@anju.test}
"""
LIFT = ('  - {id: lift-7-2, name: 7栋2单元电梯, profile: elevator/generic-gbt24476, bus: shaft, unit: 1, '
        'place: {building: "7", stair: "2", floors: 18}, '
        'owner: {name: {zh: 安达电梯, en: Anda Lifts}, phone: "400-000-0001", rescue_code: "123456"}}\n')
ENTRAPMENT = (2, 4)  # of the lift
FLOOR = (4, 0)


AT_REST = {(1, 2, 1): 1, (1, 2, 5): 1, (1, 2, 6): 1, (1, 4, 1): 0x1120, (1, 4, 0): 1}


class Registers:
    """By unit, function and address; those that are not 0."""

    def __init__(self, of=()):
        self.lock, self.of = threading.Lock(), dict(of)

    def __call__(self, unit, function, address, count):
        with self.lock:
            return [self.of.get((unit, function, address + i), 0) for i in range(count)]

    def set(self, unit, place, value):
        with self.lock:
            self.of[(unit, *place)] = value


class Site:
    """A lift, so many units u1 u2 .. on a bus beside, others t1 t2 .. in a tower of their own, and a gateway.

    channels: {id: (robot, more)}, more being what its line has beside type, url and secret; notify: what stands below
    `notify:` beside the channels; extra: what stands beside all."""

    def __init__(self, name, channels, units=0, tower=0, notify="", extra=""):
        self.name, self.units, self.tower, self.channels = name, units, tower, channels
        self.notify, self.extra = notify, extra
        self.shaft, self.rest = Registers(AT_REST), Registers()
        self.cut = False  # the tower's line
        self.lift, self.line = TcpDevice(self.shaft), TcpDevice(self.rest)
        self.far = TcpDevice(Registers(), lambda unit: None if self.cut else 0.0)
        self.gateway = Gateway("", name)
        with open(os.path.join(folder(f"{name}/profiles/meter"), "unit.yaml"), "w") as f:
            f.write(PROFILE)
        self.write()

    def write(self):
        self.gateway.write(self.conf())

    def secret_file(self, name, text):
        path = os.path.join(self.gateway.dir, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as f:
            f.write(text + "\n")
        return path

    def channel(self, name, robot, more):
        kind = type(robot).__name__.lower()
        if kind == "mailserver":
            line = f'type: email, url: "{robot.url}", from: riser@anju.test'
        else:
            line = f'type: {kind}, url_file: "{self.secret_file(name + ".url", robot.url)}"'
            if robot.secret:
                line += f', secret_file: "{self.secret_file(name + ".secret", robot.secret)}"'
        if getattr(robot, "authority", None):
            line += f', ca_file: "{robot.authority.ca}"'
        return f"    - {{id: {name}, {line}{', ' + more if more else ''}}}\n"

    def conf(self):
        units = "".join(f"  - {{id: {bus[0]}{u}, name: {word}{u}, profile: meter/unit, bus: {bus}, unit: {u}}}\n"
                        for bus, word, count in (("units", "单元", self.units), ("tower", "塔楼", self.tower))
                        for u in range(1, count + 1))
        return ("site: {id: anju, name: 安居小区, timezone: Asia/Shanghai}\nprofiles: [profiles]\n"
                "store: {path: STORE, commit_every: 200ms}\nbuses:\n"
                f'  - {{id: shaft, url: "tcp://127.0.0.1:{self.lift.port}", timeout: 200ms}}\n'
                f'  - {{id: units, url: "tcp://127.0.0.1:{self.line.port}", timeout: 200ms}}\n'
                f'  - {{id: tower, url: "tcp://127.0.0.1:{self.far.port}", timeout: 200ms}}\n'
                f"devices:\n{LIFT}{units}{PEOPLE}notify:\n  channels:\n" +
                "".join(self.channel(name, *rest) for name, rest in self.channels.items()) + self.notify +
                "gateway: {alarms: {bus-down: {on: 2s, off: 1s}, notify_channel: {on: 5s}}}\n" + self.extra)

    def start(self, **kw):
        self.gateway.start(**kw)
        return self

    def stop(self):
        done = self.gateway.stop()
        self.lift.stop()
        self.line.stop()
        self.far.stop()
        return done

    # ---- what happens in the estate

    def trap(self, floor=4):
        """Somebody is trapped in the lift; when."""
        self.shaft.set(1, FLOOR, floor)
        time.sleep(1.2)  # the floor is read before the bit is there
        self.shaft.set(1, ENTRAPMENT, 1)
        return time.monotonic()

    def free(self):
        self.shaft.set(1, ENTRAPMENT, 0)

    def set(self, unit, **values):
        for name, value in values.items():
            self.rest.set(unit, PLACES[name], value)

    # ---- what people do, and what the gateway says

    def order(self, key, verb, by="Zhao", **more):
        c = http.client.HTTPConnection("localhost", timeout=5)
        c.sock = socket.socket(socket.AF_UNIX)
        c.sock.settimeout(5)
        c.sock.connect(os.path.join(self.gateway.store, "riser.sock"))
        c.request("POST", f"/api/v1/alarms/{key}/{verb}", json.dumps({"by": by, **more}), {"Content-Type": "application/json"})
        return c.getresponse().status

    def alarm(self, key, seconds=10, **want):
        """The alarm as soon as its members are as wanted; None if it is not so."""
        def look():
            doc = json.loads(self.gateway.get("/api/v1/alarms") or '{"alarms": []}')
            return next((a for a in doc["alarms"] if f"{a['device']}/{a['alarm']}" == key and
                         all(a.get(k) == v for k, v in want.items())), None)
        return wait_for(look, seconds)

    def gone(self, key, seconds=10):
        return wait_for(lambda: self.alarm(key, 0) is None, seconds)

    def attempts(self, **want):
        """The attempts to tell, of the journal, oldest first."""
        doc = json.loads(self.gateway.get("/api/v1/journal?type=notify&limit=1000") or '{"events": []}')
        return [e for e in reversed(doc["events"]) if all(e.get(k) == v for k, v in want.items())]

    def told(self, seconds=10, **want):
        """The first attempt that is as wanted."""
        return wait_for(lambda: next(iter(self.attempts(**want)), None), seconds)
