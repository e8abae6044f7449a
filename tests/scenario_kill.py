#!/usr/bin/python3
"""A short life in which the journal begins, rotates, is reloaded and reaches its quota is ended at every call that writes
to the store: before it, behind it, and in the middle of a write.  After each the gateway starts, and all that had been
accepted is there and delivered, once by (log, seq).  In CI each call is hit in one of the three ways, in turn; with
TORTURE in all.  strace is asked once whether there is no call that writes which the preload does not see."""
import concurrent.futures
import os
import random
import re
import shutil
import signal
import string
import subprocess
import time

from devices import TcpDevice
from harness import TORTURE, Broker, Gateway, Subscriber, check, end, faulty
from ledger import Tally, at_rest

LIFE_S, SPARE_S, RELOADS = 1.0, 0.5, 3  # of what is to be killed; and how much later it may come to the call
WORKERS = 3
WAYS = ("before", "half", "after")
SYSCALLS = ("write,pwrite64,writev,pwritev,pwritev2,fdatasync,fsync,sync_file_range,fallocate,ftruncate,truncate,rename,"
            "renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,open,openat,openat2,creat,link,linkat,symlink,symlinkat,"
            "copy_file_range,sendfile,io_uring_setup")

# Texts that cannot be packed; and a quota of one segment, so that each reload, which begins one, removes one.
PROFILE = "profile: meter/texts\ntitle: a device of random texts\nkind: feeder\nverified: C\nsource: the test\npoints:\n" + \
    "".join(f'  t{i}: {{at: "holding:{32 * i}", type: "ascii:63", every: 100ms}}\n' for i in range(16)) + \
    '  other: {at: "input:0", type: u16, every: 100ms, urgent: true}\n'
CONF = """
site: {{id: {site}, name: Kill}}
profiles: [profiles]
store: {{path: STORE, commit_every: 30ms, journal_max: 64KiB, events_max: 64KiB}}
buses: [{{id: b, url: "tcp://127.0.0.1:{device}", timeout: 500ms}}]
devices: [{{id: {id}, profile: meter/texts, bus: b, unit: 1}}]
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 10s}}
"""


def letters(unit, function, address, count):
    both = [random.choice(string.ascii_letters) for _ in range(2 * count)]
    return [ord(a) << 8 | ord(b) for a, b in zip(both[::2], both[1::2])]


class Worker:
    """A place to live and die in: one site at a time, each with a store of its own."""

    def __init__(self, number, broker):
        self.site = f"w{number}"
        self.past = set()  # logs of former lives: their last messages may still be on the way
        self.broker = broker
        self.device = TcpDevice(letters)
        self.subscriber = Subscriber(broker, f"riser/{self.site}/#")
        self.gateway = Gateway("", f"gateway-{self.site}")
        os.makedirs(os.path.join(self.gateway.dir, "profiles/meter"), exist_ok=True)
        with open(os.path.join(self.gateway.dir, "profiles/meter/texts.yaml"), "w") as f:
            f.write(PROFILE)
        self.orders, self.calls = (os.path.join(self.gateway.dir, name) for name in ("orders", "calls"))

    def conf(self, device_id):
        self.gateway.write(CONF.format(site=self.site, id=device_id, device=self.device.port, broker=self.broker.port))

    def begin(self, order, under=()):
        shutil.rmtree(self.gateway.store, ignore_errors=True)
        for path, text in ((self.orders, order), (self.calls, "")):
            with open(path, "w") as f:
                f.write(text)
        self.conf("device-0")
        faulty(self.gateway, self.orders, self.calls)
        self.gateway.start(wait=False, under=under, watch=False)

    def live(self, seconds):
        """Its life, with some reloads; the most that was seen accepted.  Over when it is killed."""
        start, accepted, reloads = time.monotonic(), 0, 0
        while self.gateway.p.poll() is None and time.monotonic() < start + seconds:
            accepted = max(accepted, self.gateway.ledger().get("accepted", 0))
            if accepted and time.monotonic() > start + LIFE_S * (reloads + 1) / (RELOADS + 1):
                reloads += 1
                self.conf(f"device-{reloads}")
                self.gateway.p.send_signal(signal.SIGHUP)
            time.sleep(0.01)
        return accepted

    def names(self):
        with open(self.calls) as f:
            return f.read().split()


def revive(worker, what, accepted, tally, wrong):
    """Starts it again, with a sound disk, and judges what is there."""
    worker.gateway.env = {}
    try:
        worker.gateway.start(watch=False)
    except AssertionError as e:
        wrong.append((what, "it does not start", str(e)[-500:]))
        return
    good, ledgers, counted = at_rest(worker.gateway, worker.subscriber, tally, "mqtt", 15)
    now = ledgers.get(("readings", "mqtt"), {}).get("accepted", 0)
    gone = {seq for g in tally.gaps() for seq in range(g["from"], g["to"] + 1)}
    for bad, why in ((not good, ("not at rest", ledgers, counted)), (now < accepted, ("accepted fell", accepted, now)),
                     (tally.torn, tally.torn[:2]), (set(tally.missing()) - gone, tally.missing()[:10]),
                     (len(tally.logs()) != 1, tally.logs())):
        if bad:
            wrong.append((what, why))
    worker.gateway.kill()
    worker.past |= {log for log, _ in [*tally.batches, *tally.events]}


def die(worker, at, way, wrong):
    """True if it got as far as to die of it."""
    tally = Tally(worker.past)
    tally.seen = len(worker.subscriber.all())
    worker.begin(f"kill {at} {way}\n")
    accepted = worker.live(LIFE_S + SPARE_S)
    hit = worker.gateway.p.poll() is not None
    worker.gateway.kill()
    revive(worker, (at, way), accepted, tally, wrong)
    return hit


def traced(worker):
    """What strace saw written to the store in a whole life, and what the preload did, each by kind."""
    path = os.path.join(worker.gateway.dir, "strace")
    worker.begin("", ("strace", "-f", "-y", "-qq", "-o", path, "-e", f"trace={SYSCALLS}"))
    worker.live(4)
    worker.gateway.p.send_signal(signal.SIGTERM)
    subprocess.run(["pkill", "-TERM", "-P", str(worker.gateway.p.pid)], check=False)
    worker.gateway.p.wait(timeout=20)
    seen = {}
    with open(path, errors="replace") as f:
        for line in f:
            name = re.match(r"\d+ +(\w+)\(", line)
            if name and worker.gateway.store in line and (
                    not name[1].startswith("open") or re.search("O_CREAT|O_WRONLY|O_RDWR", line)):
                seen[name[1]] = seen.get(name[1], 0) + 1
    told = {}
    for name in worker.names():
        told[name] = told.get(name, 0) + 1
    return seen, told


def all_calls(broker):
    """How many there are in a life, and whether it has what it is to have."""
    worker = Worker(0, broker)
    seen, told = traced(worker)
    check("strace sees no call that writes to the store which the preload does not", seen == told, (seen, told))
    worker.begin("")
    worker.live(LIFE_S)
    worker.gateway.kill()
    names = worker.names()
    print(f"      {len(names)} calls that write in {LIFE_S} s: " +
          ", ".join(f"{n} {names.count(n)}" for n in sorted(set(names))))
    check("segments are begun, and removed for the quota, in that time",
          names.count("renameat") >= RELOADS and names.count("unlinkat") >= 2, names)
    return len(names)


broker = Broker()
calls = all_calls(broker)
shift = random.randrange(len(WAYS))
print(f"      the first call in the way {WAYS[shift]}")
jobs = [(at, way) for at in range(1, calls + 1) for i, way in enumerate(WAYS) if TORTURE or (at + shift) % len(WAYS) == i]
wrong, hits, start = [], 0, time.monotonic()
workers = [Worker(1 + i, broker) for i in range(WORKERS)]
with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
    def share(i):
        return sum(die(workers[i], at, way, wrong) for at, way in jobs[i::WORKERS])
    hits = sum(pool.map(share, range(WORKERS)))
print(f"      {hits} of {len(jobs)} calls were the last, in {time.monotonic() - start:.0f} s")
check("nearly every call was reached", hits >= 0.9 * len(jobs), (hits, len(jobs)))
check("after each it starts, and what was accepted is there, once", not wrong, (len(wrong), wrong[:3]))
end()
