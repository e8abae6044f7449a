#!/usr/bin/python3
"""Wrong clocks, on the whole daemon: boots in 1970, a clock that is never set, steps of hours, reboots in between.

libfaketime gives the wall clock (the monotonic one stays the machine's own), a preload says whether it is synchronised,
RISER_BOOT_ID which boot it is.  The device serves a number that rises with each read and remembers when it served which,
so for each value that arrives the truth is known.
"""
import glob
import http.client
import json
import os
import socket
import threading
import time

from devices import TcpDevice
from harness import TOP, Broker, Gateway, Subscriber, check, end, folder, readings, wait_for

PRELOAD = os.path.join(TOP, os.environ.get("BUILD", "build"), "preload", "clock.so")
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
HOUR = 3600
NEAR_S = 3  # a time is right: what is wrong here is wrong by hours
OWN = 10  # readings that riser at a start tells of itself, at most

DEVICE = """
profile: meter/count
title: a device that counts
kind: feeder
verified: C
source: the test
points:
  count: {at: "holding:0", type: u32, every: 100ms, deadband: 0}
alarms:
  counts: {when: "count > 0", on: 1s, severity: P3, text: {zh: 在数, en: it counts}}
"""

CONF = """
site: {{id: clock, name: Clock}}
profiles: [profiles]
store: {{path: STORE, commit_every: 200ms, clock_wait: {wait}}}
buses: [{{id: b, url: "tcp://127.0.0.1:{device}", timeout: 500ms}}]
devices: [{{id: counter, profile: meter/count, bus: b, unit: 1}}]
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 1s}}
"""


class Counter:
    """Serves a number that rises with each read, and remembers when it served which."""

    def __init__(self):
        self.lock, self.n, self.served = threading.Lock(), 0, {}

    def __call__(self, unit, function, address, count):
        with self.lock:
            self.n += 1
            self.served[self.n] = time.time()
            return [self.n >> 16, self.n & 0xFFFF]


class Box:
    """A gateway whose clock, and whether it is synchronised, is ours; and all that belongs to it."""

    def __init__(self, name, wait="10m", broker=True):
        self.counter = Counter()
        self.device = TcpDevice(self.counter)
        self.broker = Broker()
        self.subscriber = Subscriber(self.broker, "riser/clock/#")
        if not broker:
            self.broker.stop()
        with open(os.path.join(folder(f"{name}/profiles/meter"), "count.yaml"), "w") as f:
            f.write(DEVICE)
        self.offset_file, self.synced_file = (os.path.join(folder(name), n) for n in ("offset", "synced"))
        self.gateway = Gateway(CONF.format(device=self.device.port, broker=self.broker.port, wait=wait), name, env={
            "LD_PRELOAD": f"{PRELOAD}:{FAKETIME[0]}", "ASAN_OPTIONS": "verify_asan_link_order=0",
            "FAKETIME_TIMESTAMP_FILE": self.offset_file, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0", "TEST_SYNCED": self.synced_file})

    def write(self, path, text):
        with open(path + ".new", "w") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def clock(self, offset_s, synced):
        """The wall clock is set so far from the truth, then it is said to be synchronised or not."""
        if not synced:
            self.write(self.synced_file, "0")
        self.write(self.offset_file, f"{offset_s:+.3f}")
        if synced:
            self.write(self.synced_file, "1")

    def boot(self, number, offset_s, synced):
        self.clock(offset_s, synced)
        self.gateway.env["RISER_BOOT_ID"] = f"{number:032x}"
        self.gateway.start()

    def accepted(self):
        return self.gateway.ledger().get("accepted", 0)

    def more(self, batches=15):
        """Waits for so many more readings of the device to be accepted, whatever riser tells of itself."""
        until = self.accepted() + batches + OWN
        return wait_for(lambda: self.accepted() >= until, 30)

    def data(self):
        """Each batch once, by seq."""
        return {m["seq"]: m for m in self.subscriber.data()}

    def events(self, kind):
        return [m.json for m in self.subscriber.all("/event") if m.json["type"] == kind]

    def error_s(self, message):
        """How far a batch's time is from when its value was served; None if it carries no value."""
        n = message["values"].get("count")
        return None if n is None else message["ts"] / 1000 - self.counter.served[n]

    def settle(self, what):
        """No more is read; what is accepted arrives, all of it, and the ledger balances."""
        self.device.stop()

        def all_is_there():
            led = self.gateway.ledger()
            counted = sum(readings(m) for m in self.data().values())
            return led and led["pending"] == 0 and led["accepted"] == counted + led["dropped"]

        def still():
            before = self.gateway.ledger()
            time.sleep(0.5)
            return before == self.gateway.ledger() and all_is_there()

        good = wait_for(still, 60)
        led, got = self.gateway.ledger(), self.data()
        check(f"{what}: the subscriber counts what was accepted, nothing dropped", good and led["dropped"] == 0,
              (led, sum(readings(m) for m in got.values())))
        check(f"{what}: the ledger balances", led["accepted"] == led["delivered"] + led["pending"] + led["dropped"], led)
        check(f"{what}: every seq from the first to the last arrived, of one log",
              sorted(got) == list(range(1, max(got) + 1)) and len({m["log"] for m in got.values()}) == 1,
              sorted(set(range(1, max(got) + 1)) - set(got))[:10])
        check(f"{what}: no value is invented",
              all(m["values"]["count"] in self.counter.served for m in got.values() if "count" in m["values"]))
        code, took = self.gateway.stop()
        check(f"{what}: it stops cleanly", code == 0 and took < 2, (code, took, self.gateway.said()[-2000:]))
        self.broker.stop()
        return got


def wrong_by(box, messages, offset_s=0):
    """The batches whose time is not the truth and so much more."""
    errors = [(m["seq"], box.error_s(m)) for m in messages]
    return [(seq, e) for seq, e in errors if e is not None and abs(e - offset_s) > NEAR_S]


def ntp_arrives_later():
    box, what = Box("late"), "a boot in 1970, set later"
    y1970 = 60 - time.time()
    box.boot(1, y1970, synced=False)
    check(f"{what}: readings are accepted", box.more(30), box.gateway.said()[-2000:])
    check(f"{what}: they wait", not box.data(), list(box.data().values())[:3])
    check(f"{what}: /metrics and /healthz say the clock is not set",
          box.gateway.figure("riser_clock_synced") == 0 and '"clock":"unsynced"' in box.gateway.get("/healthz"))
    waited = box.accepted()
    box.clock(0, synced=True)
    check(f"{what}: all that waited arrives",
          wait_for(lambda: len(box.data()) > waited, 30), (len(box.data()), waited))
    wait_for(lambda: box.gateway.figure("riser_clock_synced") == 1)
    check(f"{what}: /metrics says the clock is set", box.gateway.figure("riser_clock_synced") == 1)
    box.more()
    got = box.settle(what)
    early = [m for m in got.values() if m["seq"] <= waited]
    check(f"{what}: what waited bears the true time", len(early) >= 30 and not wrong_by(box, early), wrong_by(box, early)[:5])
    check(f"{what}: so does all else, and nothing is doubted",
          not wrong_by(box, got.values()) and not [m for m in got.values() if "clock" in m],
          (wrong_by(box, got.values())[:5], [m for m in got.values() if "clock" in m][:3]))
    steps = [e for e in box.events("clock") if "step_ms" in e]
    check(f"{what}: an event tells of it, with the step",
          len(steps) == 1 and abs(steps[0]["step_ms"] / 1000 + y1970) < NEAR_S
          and [e["synced"] for e in box.events("clock")][-1] is True, box.events("clock"))


def it_never_arrives():
    box, what = Box("never", wait="1s"), "a clock that is never set"
    box.boot(1, 0, synced=True)
    box.more(15)
    wait_for(lambda: len(box.data()) >= 10)
    box.gateway.kill()
    trusted = list(box.data().values())
    before = max(trusted, key=lambda m: m["seq"])
    box.boot(2, 60 - time.time(), synced=False)
    box.more(30)
    check(f"{what}: readings arrive after clock_wait",
          wait_for(lambda: [m for m in box.data().values() if "clock" in m], 30), box.gateway.said()[-2000:])
    box.more(15)
    got = box.settle(what)
    doubted = [got[seq] for seq in sorted(got) if got[seq].get("clock")]
    check(f"{what}: they are marked, all of that boot", doubted and doubted[-1]["seq"] == max(got)
          and all(m["clock"] == "estimated" for m in doubted) and len(doubted) >= 30, (len(doubted), doubted[:2]))
    check(f"{what}: none before the newest time that was known", all(m["ts"] >= before["ts"] for m in doubted),
          (before, doubted[:2]))
    check(f"{what}: none after the truth", all(box.error_s(m) is None or box.error_s(m) < NEAR_S for m in doubted))
    times = [m["ts"] for m in doubted if "count" in m["values"]]
    check(f"{what}: their order is that of their seqs",
          times == sorted(times), times[:20])
    check(f"{what}: what was known before is not doubted",
          not [m for m in trusted if "clock" in m] and not wrong_by(box, trusted), wrong_by(box, trusted)[:3])


def it_is_stepped():
    box, what = Box("step"), "steps of hours"
    box.boot(1, 0, synced=True)
    box.more()
    marks = [(0, 0)]  # from this value on the clock was so far off
    for offset_s in (5 * HOUR, -7 * HOUR, 0):
        time.sleep(0.5)  # what is on its way arrives under the old clock
        marks.append((box.counter.n, offset_s))
        box.clock(offset_s, synced=True)
        time.sleep(0.5)
        box.more()
    wait_for(lambda: len([e for e in box.events("clock") if "step_ms" in e]) >= 3)
    got = box.settle(what)
    for (first, offset_s), (last, _) in zip(marks, marks[1:] + [(box.counter.n + 1, 0)]):
        of_it = [m for m in got.values() if first + 3 < m["values"].get("count", 0) < last - 3]
        check(f"{what}: times follow the clock at {offset_s / HOUR:+.0f} h",
              len(of_it) >= 5 and not wrong_by(box, of_it, offset_s), (len(of_it), wrong_by(box, of_it, offset_s)[:3]))
    counts = [got[seq]["values"]["count"] for seq in sorted(got) if "count" in got[seq]["values"]]
    check(f"{what}: seq rises with what was read, whatever the clock says", counts == sorted(counts))
    steps = [round(e["step_ms"] / 1000) for e in box.events("clock") if "step_ms" in e]
    expected = [5 * HOUR, -12 * HOUR, 7 * HOUR]
    check(f"{what}: each is an event", len(steps) == 3 and all(abs(a - b) <= NEAR_S for a, b in zip(steps, expected)),
          (steps, expected))


def it_is_rebooted():
    """Two boots nobody listens to: one is set before it ends, one never is.  A third one delivers."""
    box, what = Box("reboot", broker=False), "reboots while nobody listens"
    y1970 = 60 - time.time()
    box.boot(1, y1970, synced=False)
    box.more(20)
    box.clock(0, synced=True)
    wait_for(lambda: box.gateway.figure("riser_clock_synced") == 1)
    box.more(15)
    known_s = time.time()
    box.gateway.kill()
    first = box.counter.n
    box.boot(2, y1970, synced=False)
    box.more(20)
    box.gateway.kill()
    second = box.counter.n
    box.broker.start()
    box.boot(3, y1970, synced=False)
    box.more(10)
    box.clock(0, synced=True)
    box.more(10)
    got = box.settle(what)
    boots = {1: [], 2: [], 3: []}
    for m in got.values():
        n = m["values"].get("count")
        if n is not None:
            boots[1 if n <= first else 2 if n <= second else 3].append(m)
    check(f"{what}: of the boot that was set in the end every time is true",
          len(boots[1]) >= 30 and not wrong_by(box, boots[1]) and not [m for m in boots[1] if "clock" in m],
          wrong_by(box, boots[1])[:3])
    check(f"{what}: of the one that never was they are estimated, and not before what was known",
          len(boots[2]) >= 15 and all(m.get("clock") == "estimated" and m["ts"] >= (known_s - NEAR_S) * 1000
                                      for m in boots[2]), boots[2][:3])
    check(f"{what}: of the last one they are true",
          len(boots[3]) >= 15 and not wrong_by(box, boots[3]) and not [m for m in boots[3] if "clock" in m],
          wrong_by(box, boots[3])[:3])
    check(f"{what}: what is from before the last boot is backfill", all(m.get("backfill") for m in boots[1] + boots[2]))


def alarm_of(box):
    """The alarm as the API has it, and its `since` as the newest retained topic has it."""
    found = json.loads(box.gateway.get("/api/v1/alarms") or '{"alarms": []}')["alarms"]
    mine = next((a for a in found if a["alarm"] == "counts"), None)
    topics = [m.json["since"] for m in box.subscriber.all("/alarm/counts") if m.payload]
    return mine, topics[-1] if topics else None


def order(box, verb, **order):
    c = http.client.HTTPConnection("localhost", timeout=5)
    c.sock = socket.socket(socket.AF_UNIX)
    c.sock.connect(os.path.join(box.gateway.store, "riser.sock"))
    c.request("POST", f"/api/v1/alarms/counter/counts/{verb}", json.dumps(order), {"Content-Type": "application/json"})
    return c.getresponse().status


def an_alarm_outlives_them():
    """Since when, who took it and how long it is shelved are the truth once the clock is known."""
    box, what = Box("alarm"), "an alarm over a power cut"
    box.boot(1, 0, synced=True)
    wait_for(lambda: alarm_of(box)[0], 20)
    check(f"{what}: it is taken and shelved", order(box, "ack", by="Wang") == 200 and
          order(box, "shelve", by="Wang", note="later", **{"for": "1h"}) == 200)
    before, _ = alarm_of(box)
    box.more(5)
    box.gateway.kill()
    time.sleep(5)
    box.boot(2, -time.time() + 60, synced=False)
    now, _ = alarm_of(box)
    check(f"{what}: it is back in 1970, and taken", now and now["state"] == "ACKED" and now["ack"]["by"] == "Wang", now)
    box.clock(0, synced=True)

    def near(a):
        return a and all(abs(a[k] - before[k]) < NEAR_S * 1000 for k in ("since", "shelved_until")) and \
            abs(a["ack"]["ts"] - before["ack"]["ts"]) < NEAR_S * 1000

    wait_for(lambda: near(alarm_of(box)[0]), 20)
    check(f"{what}: when the clock is set its times are the old ones", near(alarm_of(box)[0]), (before, alarm_of(box)[0]))
    check(f"{what}: the retained topic says so too",
          wait_for(lambda: abs((alarm_of(box)[1] or 0) - before["since"]) < NEAR_S * 1000, 10), (before, alarm_of(box)))
    box.clock(-2 * HOUR, synced=True)
    moved = before["since"] - 2 * HOUR * 1000
    check(f"{what}: and they follow a clock that is set again",
          wait_for(lambda: abs(alarm_of(box)[0]["since"] - moved) < NEAR_S * 1000, 20), (before, alarm_of(box)))
    box.gateway.stop()
    box.device.stop()
    box.broker.stop()


ntp_arrives_later()
it_never_arrives()
it_is_stepped()
it_is_rebooted()
an_alarm_outlives_them()
end()
