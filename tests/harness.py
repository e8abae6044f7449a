"""harness.py - what the scenarios share: a broker, a subscriber, the gateway, checks that are counted.

Everything runs on free loopback ports and in a temporary folder, and is ended by its pid.
"""
import atexit
import contextlib
import functools
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from ledger import Tally, Watch, at_rest, ledgers, readings  # noqa: F401 - readings is for the scenarios

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RISER = os.path.abspath(os.path.join(TOP, os.environ.get("RISER", "build/riser")))
FAULTS = os.path.join(TOP, os.environ.get("BUILD", "build"), "preload", "faults.so")
TORTURE = bool(os.environ.get("TORTURE"))

_folder = tempfile.mkdtemp(prefix="riser-test-")
_children = []
_ports, _chance = set(), random.SystemRandom()  # which no scenario's seed makes another's
_failed = 0


def _clean():
    for p in _children:
        if p.poll() is None:
            p.kill()
            p.wait()
    shutil.rmtree(_folder, ignore_errors=True)


atexit.register(_clean)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def folder(name):
    path = os.path.join(_folder, name)
    os.makedirs(path, exist_ok=True)
    return path


def free_port():
    """One below those that the kernel gives to connections: nobody else's comes upon it before it is listened on."""
    while True:
        port = _chance.randrange(20000, 32768)
        with contextlib.closing(socket.socket()) as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            if port not in _ports:
                _ports.add(port)
                return port


def check(sentence, good, detail=""):
    """Counts one check; a failed one says what it saw."""
    global _failed
    if good:
        print(f"ok  - {sentence}", flush=True)
    else:
        _failed += 1
        print(f"FAIL- {sentence}  [{detail}]", flush=True)
    return good


def end():
    if Watch.scrapes:
        check(f"at each of {Watch.scrapes} scrapes accepted = delivered + pending + dropped", not Watch.wrong,
              Watch.wrong[:3])
    sys.exit(1 if _failed else 0)


def wait_for(condition, seconds=10.0, step=0.02):
    """What condition() gives as soon as it is true, or its last value after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        got = condition()
        if got or time.monotonic() > until:
            return got
        time.sleep(step)


def spawn(argv, stdin=subprocess.DEVNULL, **kw):
    p = subprocess.Popen(argv, stdin=stdin, **kw)
    _children.append(p)
    return p


def answers(port):
    with contextlib.closing(socket.socket()) as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Broker:
    """mosquitto that keeps its sessions over a restart."""

    def __init__(self, extra="", port=None):
        self.port = port or free_port()
        self.dir = folder(f"broker-{self.port}")
        self.conf = os.path.join(self.dir, "mosquitto.conf")
        with open(self.conf, "w") as f:
            f.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                    f"persistence_location {self.dir}/\nmax_queued_messages 0\nuser root\n{extra}")
        self.start()

    def start(self):
        log = open(os.path.join(self.dir, "log"), "ab")
        self.p = spawn(["/usr/sbin/mosquitto", "-c", self.conf], stdout=log, stderr=log)
        assert wait_for(lambda: answers(self.port)), "mosquitto does not start"

    def stop(self):
        self.p.terminate()
        self.p.wait()


def members(pairs):
    """Of a JSON object whose keys are each there once: which of two counts nobody says."""
    assert len(dict(pairs)) == len(pairs), f"a key stands twice: {pairs}"
    return dict(pairs)


class Message:
    def __init__(self, topic, retained, payload):
        self.topic, self.retained, self.payload, self.at = topic, retained, payload, time.monotonic()

    @functools.cached_property
    def json(self):
        return json.loads(self.payload, object_pairs_hook=members)


class Subscriber:
    """mosquitto_sub on riser/#, at QoS 1, with a session of its own that outlives a broker's restart."""

    def __init__(self, broker, topic="riser/#"):
        self.messages, self.lock = [], threading.Lock()
        self.p = spawn(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-c", "-i",
                        f"test-{free_port()}", "-t", topic, "-F", "%t\t%r\t%p"], stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()
        time.sleep(0.3)  # mosquitto_sub does not say when it is subscribed

    def _read(self):
        for line in self.p.stdout:
            topic, retained, payload = line.decode("utf-8").rstrip("\n").split("\t", 2)
            with self.lock:
                self.messages.append(Message(topic, retained == "1", payload))

    def all(self, suffix=""):
        with self.lock:
            return [m for m in self.messages if m.topic.endswith(suffix)]

    def data(self, device=None):
        """Of all, riser itself among them, or of one device."""
        return [m.json for m in self.all(f"/{device}/data" if device else "/data")]


class Gateway:
    """riser run, with its store, and a way to ask it over its Unix socket."""

    def __init__(self, conf_text, name="gateway", env=None, store=None, web=None):
        """store: a folder elsewhere; web: its TCP port, to be asked there instead."""
        self.dir = folder(name)
        self.env, self.web, self.watch = env, web, None
        self.conf = os.path.join(self.dir, "riser.yaml")
        self.store = store or os.path.join(self.dir, "store")
        self.log = os.path.join(self.dir, "log")
        self.write(conf_text)

    def write(self, conf_text):
        with open(self.conf, "w") as f:
            f.write(conf_text.replace("STORE", self.store))

    def start(self, wait=True, under=(), watch=True):
        """Runs it; under: what is to run it in turn (strace ...); watch: whether its ledger is asked for all the time."""
        with open(self.log, "ab") as log:
            self.p = spawn([*under, RISER, "run", "-c", self.conf], stdout=log, stderr=log,
                           env={**os.environ, **(self.env or {})})
        if wait:
            assert wait_for(lambda: self.p.poll() is not None or self.get("/healthz")), self.said()
            assert self.p.poll() is None, self.said()
        self.watch = Watch(self) if watch else None
        return self

    def said(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def get(self, path):
        """The body of a document, or None."""
        try:
            c = http.client.HTTPConnection("127.0.0.1", self.web, timeout=5)
            if self.web is None:
                c.sock = socket.socket(socket.AF_UNIX)
                c.sock.settimeout(5)
                c.sock.connect(os.path.join(self.store, "riser.sock"))
            c.request("GET", path)
            return c.getresponse().read().decode("utf-8")
        except (OSError, http.client.HTTPException):
            return None

    def figure(self, series):
        for line in (self.get("/metrics") or "").splitlines():
            if line.startswith(series + " "):
                return float(line.rsplit(" ", 1)[1])
        return None

    def ledger(self, sink="mqtt"):
        """accepted, delivered, pending, dropped, from one scrape."""
        return ledgers(self.get("/metrics")).get(("readings", sink), {})

    def snapshot(self):
        return json.loads(self.get("/api/v1/snapshot"))

    def _unwatch(self):
        if self.watch:
            self.watch.end()

    def kill(self):
        self._unwatch()
        self.p.kill()
        self.p.wait()

    def stop(self):
        """SIGTERM; the exit code and how long it took."""
        self._unwatch()
        start = time.monotonic()
        self.p.terminate()
        code = self.p.wait(timeout=20)
        return code, time.monotonic() - start


def faulty(gateway, orders, calls=None):
    """From its next start on the gateway's disk and name server fail as the file orders says (preload/faults.c); calls: the
    file that is to name each call that writes."""
    assert os.path.exists(FAULTS), f"{FAULTS} is not there: make preloads"
    gateway.env = {"LD_PRELOAD": FAULTS, "ASAN_OPTIONS": "verify_asan_link_order=0",  # a sanitizer would like to be first
                   "FAULTS_DIR": gateway.store, "FAULTS_FILE": orders,
                   **({"FAULTS_LOG": calls} if calls else {})}


def ledger_holds(gateway, subscriber, what="", sink="mqtt", seconds=30):
    """Checks that the subscriber, which was there from the first batch of the store, counts what the gateway says it
    delivered and dropped; and that a (log, seq) never stands for two things.  Returns the tally."""
    tally = Tally()
    good, led, counted = at_rest(gateway, subscriber, tally, sink, seconds)
    what = f"{what}: " if what else ""
    check(f"{what}the subscriber counts what the ledger says was delivered and dropped", good, (led, counted))
    check(f"{what}a (log, seq) never stands for two things", not tally.torn, tally.torn[:3])
    return tally
