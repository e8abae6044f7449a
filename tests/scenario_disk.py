#!/usr/bin/python3
"""Disks that fail under the running gateway, and disks that are sick when it starts: full, read-only, EIO on write and on
sync, a sync of 3 s, short writes.  It goes on without a restart, what is read reaches the subscriber from memory, and
when the disk is well again so is the journal, with nothing lost, doubled or invented."""
import atexit
import contextlib
import errno
import os
import subprocess
import threading
import time

from farm import Farm, arrived
from harness import Broker, Gateway, Subscriber, check, end, faulty, folder, free_port, ledger_holds, wait_for
from ledger import Tally

SICK_S, WELL_S = 3.0, 3.0  # the daemon looks twice a second whether to tell of it
BLOCK = 1024  # of a file system
# What is told to tests/preload/faults.c.
SICK = {
    "EIO on write": "write EIO",
    "EIO on sync": "sync EIO",
    "a full disk": "write ENOSPC\ncreate ENOSPC",
    "a disk that takes half of a write": "write short",
    "a read-only disk": "write EROFS\ncreate EROFS\nrename EROFS\nremove EROFS\nsync EROFS",
    "a sync of 3 s": "sync delay 3000",
}


class Home:
    """A gateway with a farm, a broker and a subscriber of its own."""

    def __init__(self, name, store=None, web=None):
        self.farm = Farm(4)
        self.broker = Broker()
        self.subscriber = Subscriber(self.broker)
        extra = f'web: {{listen: "127.0.0.1:{web}"}}\n' if web else ""
        self.gateway = Gateway("", name, store=store, web=web)
        self.gateway.write(self.farm.conf(f"mqtt://127.0.0.1:{self.broker.port}", "journal_max: 1MiB", extra))
        self.farm.profile(self.gateway.dir)

    def last_log(self):
        data = self.subscriber.all("/data")
        return data[-1].json["log"] if data else None

    def arriving(self, seconds=10):
        """Whether what is read now arrives."""
        now = sum(c.n for c in self.farm.counters)
        came = len(self.subscriber.all("/data"))
        return wait_for(lambda: sum(c.n for c in self.farm.counters) > now + 10 and
                        len(self.subscriber.all("/data")) > came + 10, seconds)

    def figure(self, name):
        return self.gateway.figure(f"riser_journal_{name}")

    def stop(self):
        self.gateway.stop()
        self.farm.stop()
        self.broker.stop()


def none_but_true(home, tally, what):
    came = arrived(tally)
    check(f"{what}: no value is invented", set(came) <= home.farm.served(), sorted(set(came) - home.farm.served())[:5])
    twice = {who: keys for who, keys in came.items() if len({seq for _, seq in keys}) > 1}
    check(f"{what}: no answer stands under two numbers", not twice, list(twice.items())[:3])


def from_memory(home, what, log):
    start = time.monotonic()
    check(f"{what}: readings come from memory, under another log", wait_for(
        lambda: home.last_log() not in (None, log), 20), home.gateway.said()[-800:])
    print(f"      {what}: after {time.monotonic() - start:.1f} s", flush=True)


def fall_ill(home, what, sicken, cure, log, pid, hopeless=True):
    """One illness of the disk, and its end.  hopeless: it takes nothing at all meanwhile."""
    start = time.monotonic()
    sicken()
    if hopeless:
        from_memory(home, what, log)
    time.sleep(SICK_S)
    check(f"{what}: readings go on arriving", home.arriving())
    jitter = home.farm.jitter_s(start)
    print(f"      {what}: p99 of the polls' jitter {jitter * 1000:.0f} ms", flush=True)
    check(f"{what}: the polls keep their time", jitter < 1, jitter)
    cure()
    check(f"{what}: cured, the journal is on disk again", wait_for(
        lambda: home.figure("in_memory") == 0 and home.figure("failing") == 0, 60), home.gateway.said()[-800:])
    check(f"{what}: and what is read bears its log", wait_for(lambda: home.last_log() == log, 20))
    check(f"{what}: it is the same process", home.gateway.p.poll() is None and home.gateway.p.pid == pid)


def survive(home, what):
    """After all of it: nothing is missing, and it stands on disk."""
    home.farm.stop()
    # The last answers wait for their commit, and a ledger without them holds as well.
    wait_for(lambda: home.farm.served() <= set(arrived(Tally().add(home.subscriber.all()))), 5)
    tally = ledger_holds(home.gateway, home.subscriber, what)
    check(f"{what}: every seq arrived", not tally.missing(), tally.missing()[:20])
    check(f"{what}: nothing was lost or dropped", home.figure("lost_total") == 0 and home.gateway.ledger()["dropped"] == 0,
          home.gateway.ledger())
    none_but_true(home, tally, what)
    missed = home.farm.served() - set(arrived(tally))
    late = sum(home.gateway.figure(f'riser_requests_total{{bus="b{i}",result="timeout"}}') or 0 for i in range(4))
    check(f"{what}: every answer of the devices arrived", len(missed) <= late + 4, (len(missed), late, sorted(missed)[:8]))
    accepted = home.gateway.ledger()["accepted"]
    home.gateway.kill()
    home.gateway.start()
    check(f"{what}: all of it is on disk, says a kill -9",
          wait_for(lambda: home.gateway.ledger().get("accepted", 0) >= accepted, 10), (accepted, home.gateway.ledger()))


def injected():
    home = Home("injected")
    orders = os.path.join(home.gateway.dir, "orders")

    def order(text):
        with open(orders + ".new", "w") as f:
            f.write(text + "\n" if text else "")
        os.replace(orders + ".new", orders)

    order("")
    faulty(home.gateway, orders)
    home.gateway.start()
    check("readings arrive", home.arriving())
    log, pid = home.last_log(), home.gateway.p.pid
    for what, text in SICK.items():
        fall_ill(home, what, lambda: order(text), lambda: order(""), log, pid)
        time.sleep(WELL_S)

    def told():
        return [m.json["state"] for m in home.subscriber.all("/event") if m.json["type"] == "journal"
                and m.json["of"] == "readings"]

    check("events tell of each illness and each cure", wait_for(lambda: told() == ["memory", "disk"] * len(SICK), 10), told())
    survive(home, "all illnesses")
    home.stop()


# ---- real ones ----

class Disk:
    """A small file system of its own, or none where that is not allowed."""

    def __init__(self, kind):
        self.top, self.kind = folder(f"disk-{kind}"), kind
        self.image = self.top + ".img"
        self.mounted = self.mount(make=True)
        atexit.register(self.umount)

    def mount(self, make=False):
        if self.kind == "tmpfs":
            return self.run("mount", "-t", "tmpfs", "-o", "size=1m", "none", self.top)
        if make:
            with open(self.image, "wb") as f:
                f.truncate(8 << 20)
            if not self.run("mkfs.ext4", "-q", "-b", str(BLOCK), "-m", "0", "-e", "remount-ro", self.image):
                return False
        return self.run("mount", "-o", "loop", self.image, self.top)

    @staticmethod
    def run(*argv):
        return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def umount(self):
        if self.mounted:
            self.mounted = not self.run("umount", self.top)

    def fill(self):
        """To the last byte, and again whatever is given back, until drain."""
        self.full, once = True, threading.Event()

        def run():
            with open(os.path.join(self.top, "ballast"), "ab", buffering=0) as f:
                while self.full:
                    try:
                        while f.write(bytes(4096)) > 0:
                            pass
                    except OSError:
                        once.set()
                    time.sleep(0.01)

        self.filler = threading.Thread(target=run, daemon=True)
        self.filler.start()
        once.wait(20)

    def drain(self):
        self.full = False
        self.filler.join()
        os.unlink(os.path.join(self.top, "ballast"))

    def lay_trap(self):
        """A folder that is damaged on disk."""
        os.mkdir(os.path.join(self.top, "trap"))
        self.umount()
        block = int(subprocess.run(["debugfs", "-R", "blocks /trap", self.image], capture_output=True).stdout.split()[0])
        with open(self.image, "r+b") as f:
            f.seek(block * BLOCK)
            f.write(b"\xff" * BLOCK)
        self.mounted = self.mount()

    def break_it(self):
        """The kernel finds the damage, and makes the file system read-only, as nearly all are told to."""
        with contextlib.suppress(OSError):
            os.listdir(os.path.join(self.top, "trap"))
        try:
            os.mkdir(os.path.join(self.top, "more"))
        except OSError as e:
            return e.errno == errno.EROFS
        return False


def filled(kind):
    """0 bytes free, on a file system that means it."""
    disk = Disk(kind)
    if not disk.mounted:
        print(f"      no {kind} may be mounted here: left out")
        return
    home = Home(f"full-{kind}", store=os.path.join(disk.top, "store"))
    home.gateway.start()
    what = f"no byte free on {kind}"
    check(f"{what}: readings arrive", home.arriving())
    log, pid = home.last_log(), home.gateway.p.pid

    # A reload with another name begins a segment, for which there is no room but that of the oldest, which goes.
    def sicken():
        disk.fill()
        with open(home.gateway.conf) as f:
            text = f.read()
        with open(home.gateway.conf, "w") as f:
            f.write(text.replace("id: d3,", "id: d3-b,"))
        home.gateway.p.send_signal(1)

    fall_ill(home, what, sicken, disk.drain, log, pid, hopeless=False)
    tally = ledger_holds(home.gateway, home.subscriber, what)
    check(f"{what}: every seq arrived", not tally.missing(), tally.missing()[:20])
    none_but_true(home, tally, what)
    disk.fill()
    home.gateway.stop()
    home.gateway.start()
    check(f"{what}: it starts on a full disk, and readings arrive", home.arriving(), home.gateway.said()[-800:])
    disk.drain()
    check(f"{what}: and is well when there is room", wait_for(lambda: home.figure("in_memory") == 0 and home.arriving(), 30))
    home.stop()
    disk.umount()


def remounted():
    """The kernel makes it read-only; the gateway is started on it; it is repaired."""
    disk = Disk("ext4")
    if not disk.mounted:
        print("      no ext4 may be mounted here: left out")
        return
    disk.lay_trap()
    home = Home("read-only", store=os.path.join(disk.top, "store"), web=free_port())
    home.gateway.start()
    what = "a disk made read-only"
    check(f"{what}: readings arrive", home.arriving())
    log, accepted = home.last_log(), home.gateway.ledger()["accepted"]
    check(f"{what}: the kernel did", disk.break_it())
    check(f"{what}: readings come from memory", wait_for(lambda: home.last_log() != log, 20), home.gateway.said()[-800:])
    check(f"{what}: and go on", home.arriving())
    home.gateway.stop()
    first = home.last_log()
    home.gateway.start()
    check(f"{what}: it starts on it, and readings arrive", home.arriving() and home.last_log() not in (log, first),
          home.gateway.said()[-800:])
    check(f"{what}: what was accepted before is in its ledger", home.gateway.ledger()["accepted"] >= accepted)
    home.gateway.stop()
    disk.umount()
    check(f"{what}: it can be repaired", subprocess.run(["e2fsck", "-fy", disk.image], stdout=subprocess.DEVNULL,
                                                       stderr=subprocess.DEVNULL).returncode <= 1)
    disk.mounted = disk.mount()
    home.gateway.start()
    check(f"{what}: repaired, it goes on in its old log", home.arriving() and wait_for(lambda: home.last_log() == log, 10))
    tally = Tally().add(home.subscriber.all())
    check(f"{what}: a (log, seq) never stands for two things", not tally.torn, tally.torn[:3])
    check(f"{what}: no value is invented", set(arrived(tally)) <= home.farm.served())
    home.stop()
    disk.umount()


injected()
filled("ext4")
filled("tmpfs")
remounted()
end()
