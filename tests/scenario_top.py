#!/usr/bin/python3
"""riser top: one picture where there is no terminal, and on one a screen that lives: it says when the gateway is gone, hangs or
is back, its clock goes on meanwhile, and the terminal is as it was when it ends, however it ends."""
import ctypes
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
import unicodedata

from devices import TcpDevice
from harness import RISER, Broker, Gateway, check, end, folder, free_port, wait_for

PROFILE = """
profile: meter/clock
title: a device that shows its own time
kind: feeder
verified: C
source: the test
points:
  tick: {at: "holding:0", type: u16, every: 200ms}
alarms:
  always: {when: "tick >= 0", severity: P2, on: 0s, text: {zh: "一直", en: "always so"}}
"""
CONF = """
site: {{id: top, name: {{zh: 顶楼, en: Top}}, timezone: Asia/Shanghai}}
profiles: [profiles]
store: {{path: STORE, commit_every: 100ms}}
buses:
  - {{id: alive, url: "tcp://127.0.0.1:{alive}", timeout: 1s}}
  - {{id: mute, url: "tcp://127.0.0.1:{mute}", timeout: 200ms}}
devices:
  - {{id: one, profile: meter/clock, bus: alive, unit: 1}}
  - {{id: two, profile: meter/clock, bus: alive, unit: 2}}
  - {{id: three, name: {{zh: 三号, en: Number three}}, profile: meter/clock, bus: mute, unit: 1}}
mqtt: {{url: "mqtt://127.0.0.1:{broker}"}}
"""
LEAVE = b"\033[?25h\033[?1049l"


def wide(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def run(*args, **env):
    """Where there is no terminal."""
    p = subprocess.run([RISER, "top", *args], capture_output=True, text=True, timeout=60,
                       env={**os.environ, "LC_ALL": "C", "TERM": "xterm", **env})
    return p.returncode, p.stdout, p.stderr


class Screen:
    """riser top on a pty."""

    def __init__(self, columns=80, rows=24):
        self.master, self.slave = pty.openpty()
        self.size(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.raw, self.lock = b"", threading.Lock()
        self.p = subprocess.Popen([RISER, "top", "-c", gateway.conf], stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                  start_new_session=True, env={**os.environ, "LC_ALL": "C", "TERM": "xterm"})
        threading.Thread(target=self._read, daemon=True).start()

    def size(self, columns, rows):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self):
        while True:
            try:
                got = os.read(self.master, 65536)
            except OSError:
                return
            with self.lock:
                self.raw += got

    def all(self):
        with self.lock:
            return self.raw

    def frame(self):
        """The last whole one, as lines with their colours."""
        whole = [f for f in self.all().split(b"\033[H") if f.endswith(b"\033[J")]
        return whole[-1].decode().split("\r\n") if whole else []

    def lines(self):
        return [re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", line).rstrip() for line in self.frame()]

    def has(self, text):
        return any(text in line for line in self.lines())

    def clock(self):
        lines = self.lines()
        return lines[0][-8:] if lines else None

    def ticks(self):
        """Whether the clock goes on."""
        then = self.clock()
        return wait_for(lambda: self.clock() != then, 20)

    def key(self, key):
        os.write(self.master, key)

    def signal(self, number):
        os.kill(self.p.pid, number)

    def is_given_back(self):
        return termios.tcgetattr(self.slave) == self.before and self.all().endswith(LEAVE)

    def ends(self):
        """Its exit code, and whether the terminal is as it was."""
        try:
            code = self.p.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.p.kill()
            return None, False
        return code, bool(wait_for(self.is_given_back, 10))


broker, alive = Broker(), TcpDevice(lambda unit, function, address, count: [int(time.time() * 10) & 0xFFFF] * count)
os.makedirs(folder("gateway/profiles/meter"), exist_ok=True)
with open(os.path.join(folder("gateway/profiles/meter"), "clock.yaml"), "w", encoding="utf-8") as f:
    f.write(PROFILE)
gateway = Gateway(CONF.format(alive=alive.port, mute=free_port(), broker=broker.port))

# ---- exit codes

code, out, err = run("-c", gateway.conf)
check("without a gateway it ends with 3 and says how to start one",
      code == 3 and not out and gateway.store in err and f"riser run -c {gateway.conf}" in err, (code, out, err))
code, out, err = run("-c", gateway.conf, "--lang", "zh", "--json")
check("in Chinese, too, and there is no document", code == 3 and not out and "没有网关" in err, (code, out, err))
for what, args, want in (("no file", (), 2), ("too much", ("-c", gateway.conf, "now"), 2), ("no such option", ("-c", gateway.conf, "-x"), 2),
                         ("no such language", ("-c", gateway.conf, "--lang", "fr"), 1), ("a file that is not there", ("-c", "/nowhere"), 1)):
    code, out, err = run(*args)
    check(f"{what}: {want}", code == want and not out and err, (code, out, err))

# ---- one picture

gateway.start(watch=False)


def document():
    code, out, err = run("-c", gateway.conf, "--json")
    return json.loads(out) if code == 0 else {}


def settled():
    d = document()
    offline = d.get("devices", {}).get("offline", [])
    return d if (len(offline) == 1 and offline[0]["since"] and len(d["alarms"]) >= 2 and d["sinks"][0]["connected"]) else None


began = time.time()
doc = wait_for(settled, 60) or document()
check("the document has the device that is offline, and since when",
      [(d["id"], d["name"], d["bus"]) for d in doc["devices"]["offline"]] == [("three", "Number three", "mute")]
      and abs(doc["devices"]["offline"][0]["since"] / 1000 - began) < 90, doc["devices"])
check("it knows which devices are on which bus", [(b["id"], b["devices"], b["offline"]) for b in doc["buses"]] ==
      [("alive", 2, 0), ("mute", 1, 1)], doc["buses"])
check("its alarms are the gateway's", {a["device"] + "/" + a["alarm"] for a in doc["alarms"]} >= {"one/always", "two/always"}, doc["alarms"])
before = gateway.figure('riser_requests_total{bus="alive",result="ok"}')
ok = document()["buses"][0]["ok"]
after = gateway.figure('riser_requests_total{bus="alive",result="ok"}')
check("its figures are those of /metrics", before <= ok <= after, (before, ok, after))
check("of a pass that was not there there is no time", doc["buses"][0]["cycle_s"] > 0 and doc["buses"][1]["cycle_s"] is None, doc["buses"])

code, out, err = run("-c", gateway.conf)
check("without a terminal it is one picture, without colours", code == 0 and not err and "\033" not in out, (code, out, err))
check("the picture says what is wrong", re.search(r"^alarms P2 \d.*devices offline 1, buses down 1", out.splitlines()[1]), out)
check("... and where", all(re.search(want, out, re.M) for want in (
    r"^ P2 UNACK .* always so  one/always", r"^ three +Number three +mute ", r"^ mute +0/1 ", r"^ alive +2/2 +\d", r"^ mqtt +connected ")), out)
check("no line is wider than usual", max(wide(line) for line in out.splitlines()) <= 100, out)
code, out, err = run("-c", gateway.conf, LC_ALL="zh_CN.UTF-8", COLUMNS="60")
check("in Chinese, as wide as COLUMNS says", code == 0 and "顶楼（top）" in out and "三号" in out
      and max(wide(line) for line in out.splitlines()) <= 60, out)
code, out, err = run("-c", gateway.conf, TERM="dumb")
check("a pipe needs no terminal's name", code == 0 and "\033" not in out, (code, out))

# ---- a screen

screen = Screen()
check("on a terminal there is a screen of its own", wait_for(lambda: screen.has("q quits"), 20)
      and screen.all().startswith(b"\033[?1049h\033[?25l"), screen.all()[:200])
check("it fits", len(screen.lines()) <= 24 and all(wide(line) < 80 for line in screen.lines()), screen.lines())
check("its clock goes", screen.ticks(), screen.lines()[:2])
check("it tells of which time its counts are", wait_for(lambda: screen.has("of the last "), 20), screen.lines())
screen.key(b"b")
check("one key shows the buses alone", wait_for(lambda: not screen.has("always so"), 10) and screen.has(" alive "), screen.lines())
screen.key(b"b")
check("again: all of it", wait_for(lambda: screen.has("always so"), 10), screen.lines())
screen.size(60, 20)
check("it fits when the terminal gets smaller", wait_for(
    lambda: 0 < len(screen.lines()) <= 20 and all(wide(line) < 60 for line in screen.lines()), 10), screen.lines())
screen.size(120, 40)

gateway.kill()
check("the gateway is gone: it says so, in red", wait_for(lambda: screen.has("NO GATEWAY RUNS for "), 20)
      and "\033[1;31m" in screen.frame()[1], screen.frame()[:3])
check("what it knew before is faint", all(line.startswith("\033[2m") for line in screen.frame()[2:]), screen.frame()[2:])
check("its clock goes on meanwhile", screen.ticks() and screen.has("NO GATEWAY RUNS"), screen.lines()[:2])
gateway.start(watch=False)
check("the gateway is back, and so is the picture", wait_for(lambda: screen.has("up ") and not screen.has("NO ") and screen.has(" alive"), 30),
      screen.lines())

gateway.p.send_signal(signal.SIGSTOP)
check("a gateway that takes a question and does not answer is told",
      wait_for(lambda: screen.has("NO ANSWER for "), 30), screen.lines()[:2])
check("and does not stop the clock", screen.ticks() and screen.has("NO ANSWER for "), screen.lines()[:2])
gateway.p.send_signal(signal.SIGCONT)
check("until it goes on", wait_for(lambda: not screen.has("NO ANSWER"), 30), screen.lines()[:2])

# ---- the end

screen.signal(signal.SIGTSTP)
check("stopped, it gives the terminal back", wait_for(screen.is_given_back, 10), screen.all()[-100:])
mark = len(screen.all())
screen.signal(signal.SIGCONT)
check("and takes it again", wait_for(lambda: b"\033[?1049h" in screen.all()[mark:] and screen.has("q quits"), 10), screen.all()[mark:][:100])
screen.key(b"q")
check("q ends it, and the terminal is as it was", screen.ends() == (0, True), (screen.p.returncode, screen.all()[-100:]))
for number, want in ((signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGBUS, -signal.SIGBUS)):
    screen = Screen()
    wait_for(lambda: screen.has("q quits"), 20)
    screen.signal(number)
    got = screen.ends()
    check(f"so does {number.name}", got == (want, True), (got, screen.all()[-100:]))
screen = Screen()
wait_for(lambda: screen.has("q quits"), 20)
asking = [int(t) for t in os.listdir(f"/proc/{screen.p.pid}/task") if int(t) != screen.p.pid]
sent = ctypes.CDLL(None).tgkill(screen.p.pid, asking[0], int(signal.SIGSEGV))
check("and a crash of the thread that asks", sent == 0 and screen.ends() == (-signal.SIGSEGV, True), (asking, screen.all()[-100:]))
screen = Screen()
wait_for(lambda: screen.has("q quits"), 20)
os.close(screen.slave)
os.close(screen.master)
try:
    code = screen.p.wait(timeout=30)
except subprocess.TimeoutExpired:
    code = screen.p.kill()
check("it ends with its terminal", code is not None, code)

gateway.stop()
end()
