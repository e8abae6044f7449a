#!/usr/bin/python3
"""riser alarms: asks the gateway over its socket, reads the files where none runs, and shows both to people the same way."""
import http.server
import itertools
import json
import os
import pty
import socketserver
import sqlite3
import subprocess
import threading
import time

from harness import RISER, check, end, folder

DIR = folder("alarms")
STORE = os.path.join(DIR, "store")
FILE = os.path.join(DIR, "riser.yaml")
with open(FILE, "w") as f:
    f.write(f"site: {{id: test, name: Test, timezone: Asia/Shanghai}}\nstore: {{path: {STORE}}}\n")
os.mkdir(STORE)

NOW = int(time.time() * 1000)
HOUR = 3600 * 1000


def alarm(device, name, **more):
    return {"device": device, "alarm": name, "state": "UNACK", "active": True, "severity": "P3", "since": NOW - 2 * HOUR - 300000,
            "shelved_until": None, "suppressed_by": None, "out_of_service": None, "ack": None, **more}


STANDING = [
    alarm("lift-3-1", "entrapment", severity="P1", text={"zh": "3栋1单元 困人", "en": "building 3 stair 1: trapped"}),
    alarm("tx-3", "heavy", state="ACKED", ack={"by": "Wang\033[31m", "ts": NOW}, value=81.2, unit="%", chatter=True, count=4,
          text={"en": "heavy load"}),
    alarm("lift-9", "door", shelved_until=NOW + HOUR, shelved_by="Li", test=True, since=None),
    alarm("lift-8", "comm_loss", suppressed_by="gateway/bus-down-shaft-3", out_of_service={"by": "Zhao", "ts": NOW}),
    alarm("lift-7", "entrapment", severity="P1", state="RTNUN", active=False, value=True,
          work={"responded": {"by": "Li", "ts": NOW - 2 * HOUR}, "arrived": {"by": "Li", "ts": NOW - HOUR},
                "rescued": {"by": "Zhou", "ts": NOW - HOUR}, "false_alarm": {"by": "Sun", "ts": NOW}}),
    alarm("tx-4", "smoke", state="LATCHED", active=False, ack={"by": "Li", "ts": NOW}),
    alarm("tx-5", "flood", state="UNACK", active=False),
    alarm("tx-6", "heavy", state="NORMAL", active=False, shelved_until=NOW + HOUR, shelved_by="Li", text={"en": "long ago"}),
]


def car(name, **known):
    return {"car": name, "moving": None, "occupied": "unknown", "zone": None, "floor": None, "age": None, "back": False, "checked": None,
            **known}


CARS = [
    car("lift-7-2", moving=True, occupied="yes", zone=False, floor=5, age=2000, checked={"by": "Wang\033[31m", "ts": NOW - 2 * HOUR}),
    car("lift-8-1", moving=False, occupied="no", zone=True, floor=1, age=125 * 60000, back=True),
    car("lift-9-1"),
    car("lift-9-2", moving=False, zone=True, door_open=True, floor=-1, age=0, back=True, checked={"by": "Li"}),
    car("lift-9-3", moving=False, zone=False, trapped=True, age=1000),
]
EVENTS = [
    {"log": "k3f9a1", "seq": 3, "ts": NOW - 1000, "type": "alarm", "change": "ack", "by": "Wang", "note": "on my\nway", **STANDING[1]},
    {"log": "k3f9a1", "seq": 2, "ts": NOW - 2000, "type": "alarm", "change": "raise", **STANDING[0]},
    {"log": "k3f9a1", "seq": 1, "ts": NOW - 3000, "type": "device", "device": "lift-1", "online": False, "clock": "estimated"},
]


def life(ago, change, **more):
    """An event of one alarm's life, ago seconds before."""
    was = {"active": change != "clear", "severity": "P1", "text": {"en": "trapped"}, **more}
    return {"log": "k3f9a1", "seq": 9, "ts": NOW - ago * 1000, "type": "alarm", "change": change, **alarm("lift-2", "button", **was)}


def counted(why, values, carried, **more):
    return {"log": "k3f9a1", "seq": 9, "ts": NOW - 9990000, "type": "counter", "device": "lift-2", "why": why, **more,
            "values": values, "carried": carried}


BUS = "gateway/bus-down-shaft"
LIFE = [
    ({"log": "k3f9a1", "seq": 9, "ts": NOW - 9999000, "type": "device", "device": "tx-2", "online": False}, "tx-2 does not answer"),
    ({"log": "k3f9a1", "seq": 9, "ts": NOW - 9998000, "type": "device", "device": "tx-2", "online": True}, "tx-2 answers again"),
    ({"log": "k3f9a1", "seq": 9, "ts": NOW - 9997000, "type": "reload"}, "reload"),
    (counted("fall", {"run_hours": 0.5}, {"run_hours": 8120}, was=8120.5),
     "lift-2/run_hours fell from 8120.5 to 0.5: replaced or reset; with what was before it 8120.5"),
    (life(9000, "clear"), "P1 lift-2/button cleared"),
    (life(8000, "raise"), "P1 lift-2/button raised: trapped"),
    (life(7990, "shelve", shelved_until=NOW, shelved_by="Li", by="Li", note="mended"), "P1 lift-2/button shelved by Li until {NOW} (mended)"),
    (life(7000, "unshelve"), "P1 lift-2/button shelved no more, its time is over: trapped"),
    (life(6900, "suppress", suppressed_by=BUS), f"P1 lift-2/button suppressed by {BUS}"),
    (life(6800, "unsuppress"), "P1 lift-2/button suppressed no more: trapped"),
    (life(6700, "unshelve", by="Li", active=False), "P1 lift-2/button shelved no more, by Li"),
    (life(6600, "arrive", by="Li"), "P1 lift-2/button arrived: Li"),
    (life(500, "clear", by=None), "P1 lift-2/button cleared after 2h 05m"),
    (life(400, "raise", suppressed_by=BUS), f"P1 lift-2/button raised (hidden by {BUS}): trapped"),
    (life(390, "raise", shelved_until=NOW, shelved_by="Li"), "P1 lift-2/button raised (hidden: shelved by Li): trapped"),
    (life(380, "raise", out_of_service={"by": "Zhao", "ts": NOW}), "P1 lift-2/button raised (hidden: out of service by Zhao): trapped"),
    (life(300, "clear", clock="estimated"), "P1 lift-2/button cleared"),
    (life(290, "release", active=False), "P1 lift-2/button ended by itself"),
    (life(280, "check", by="Wang", car="lift-7-2", note="empty"), "P1 lift-2/button lift-7-2 checked by Wang (empty)"),
    (life(270, "check", by="Wang"), "P1 lift-2/button checked by Wang"),
    (life(260, "cars", cars=[{"car": "a", "back": True}, {"car": "b", "back": False}, {"back": 1}, 3]), "P1 lift-2/button its cars: 1 of 4 are back"),
    (life(250, "cars"), "P1 lift-2/button its cars"),
    (life(200, "gone", severity=None, active=False, text=None), "lift-2/button is not configured any more"),
    (life(100, "of tomorrow"), "P1 lift-2/button of tomorrow"),
]
FIGURES = {"from": NOW - 24 * HOUR, "to": NOW, "since": NOW - 22 * HOUR, "raised": 25, "by_severity": {"P1": 1, "P2": 0, "P3": 24, "P4": 0},
           "per_hour": {"mean": 1.0416, "max": 7}, "flood_minutes": 10, "ack_s": {"median": 12.5, "p95": None},
           "p1_acked_in_3min": 0.5, "chattering": [], "top": [{"alarm": "tx-3/heavy", "count": 19}],
           "stale": [{"alarm": "gate/fault", "since": NOW - 48 * HOUR}]}


LANGUAGES = "LC_ALL", "LC_MESSAGES", "LANG"
ENV = {k: v for k, v in os.environ.items() if k not in LANGUAGES}


def run(*argv, **env):
    p = subprocess.run([RISER, "alarms", *argv], capture_output=True, timeout=30, env={**ENV, **env})
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def asked(*argv, **env):
    return run("-c", FILE, *argv, **env)


# ---- nobody, and nothing
VIEWS = [], ["--journal"], ["--figures"], ["--json"]
for view in VIEWS:
    code, out, err = asked(*view)
    check(f"a store where nothing was ever kept is no calm estate {view}", (code, out) == (3, "") and "store.path" in err
          and "is riser running?" in err and STORE in err, (code, out, err))
os.rmdir(STORE)
for view in VIEWS:
    code, out, err = asked(*view)
    check(f"nor is a folder that is not there {view}", (code, out) == (3, "") and "no such folder" in err and STORE in err, (code, out, err))
check("no folder is made by asking", not os.path.exists(STORE))
os.makedirs(os.path.join(STORE, "events"))
code, out, err = asked()
check("of a gateway that has told nothing yet there are no alarms", (code, out) == (0, "no alarms\n"), (code, out, err))
check("it says that it is the files that speak", "no gateway runs" in err, err)
check("no file is made by asking", os.listdir(STORE) == ["events"], os.listdir(STORE))
code, out, err = asked("--journal", "--json")
check("an empty journal is an empty document", json.loads(out) == {"events": [], "next": None}, out)
code, out, err = asked("--figures")
check("figures of nothing are zeroes and dashes", code == 0 and " -\n" in out and "raised" in out, out)

# ---- the gateway
answers, paths = {}, []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        paths.append(self.path)
        status, body = answers[self.path.split("?")[0]]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass


def answer(path, doc, status=200):
    answers[path] = status, doc if isinstance(doc, bytes) else json.dumps(doc).encode()


server = socketserver.ThreadingUnixStreamServer(os.path.join(STORE, "riser.sock"), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
answer("/api/v1/alarms", {"alarms": STANDING})
answer("/api/v1/journal", {"events": EVENTS, "next": 17})
answer("/api/v1/alarms/figures", FIGURES)

code, out, err = asked()
rows = [line for line in out.splitlines() if "/" in line and line.startswith("  ") and not line.startswith("      ")]
check("a gateway that runs is asked", code == 0 and paths == ["/api/v1/alarms"] and err == "", (code, paths, err))
names = [next(w for w in r.split() if "/" in w) for r in rows]
check("its order is kept, and the hidden ones are the last", names == [
    "lift-3-1/entrapment", "tx-3/heavy", "lift-7/entrapment", "tx-4/smoke", "tx-5/flood",
    "lift-9/door", "lift-8/comm_loss", "tx-6/heavy"], out)
check("they say so", out.index("tx-5/flood") < out.index("\nhidden: ") < out.index("lift-9/door"), out)
check("a row has severity, state, since to the second and how long", rows[0].split()[:2] == ["P1", "UNACK"] and "2h 05m" in rows[0]
      and time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime((NOW - 2 * HOUR - 300000) / 1000 + 8 * 3600)) in rows[0], rows[0])
check("what is over says so, and not how long it is", all(
    f"{state}, over" in row and "2h 05m" not in row for state, row in zip(("RTNUN", "LATCHED", "UNACK"), rows[2:5])), rows)
check("only that is over", out.count("over") == 3, out)
check("who has it, and the value with its unit", "Wang" in rows[1] and rows[1].endswith("81.2 %"), rows[1])
check("all of it is English", "building 3 stair 1: trapped" in out and "heavy load" in out and out.isascii(), out)
for env, chinese in (({"LANG": "zh_CN.UTF-8"}, True), ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, True),
                     ({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "C"}, True), ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, False)):
    title = asked(**env)[1].splitlines()[0]
    check(f"its language is that of {env}", title.startswith("  级别" if chinese else "  severity"), title)
check("--lang has the last word", asked("--lang", "en", LC_ALL="zh_CN.UTF-8")[1] == out)
chinese = asked("--lang", "zh")[1]
check("in Chinese only codes, names and what people wrote are not", "3栋1单元 困人" in chinese and "heavy load" in chinese and all(
    word in chinese for word in ("2小时05分", "被 gateway/bus-down-shaft-3 抑制", "发生4次", "已响应，告警后5分钟（Li）；已到场", "LATCHED，已恢复",
                                 "未显示：")) and not any(
    word in chinese for word in ("trapped", "since", " by ", " after ", "over", "times", "suppressed", "shelved", "2h")), chinese)
said = " ".join(out.split())
check("what is beside the state is said", all(s in said for s in (
    "shelved until", "by Li", "suppressed by gateway/bus-down-shaft-3", "out of service since", "by Zhao", "came 4 times", "TEST")), out)
check("who did what is said", all(s in said for s in (
    "responded after 5m by Li; arrived after 1h 05m by Li; rescued after 1h 05m by Zhou; called a false alarm after 2h 05m by Sun",)), out)
check("what is NORMAL and shelved shows nothing of its last time", "long ago" not in out and rows[-1].split() == [
    "P3", "NORMAL", "tx-6/heavy", "-", "-", "-"], out)
check("100 columns are enough", max(map(len, out.splitlines())) <= 100, out)
check("no text reaches the terminal as a command", "\033" not in out, repr(out))
answer("/api/v1/alarms", {"alarms": [alarm("tx-3", "power_cut", severity="P1", cars=CARS, text={"zh": "3号变 停电", "en": "supply lost"})]})
code, out, err = asked()
lines = out.splitlines()
check("the cars of a power cut are listed below it", lines[-5:] == [
    "      lift-7-2: moving, occupied, 2s before the alarm; not back; checked after 5m by Wang?[31m",
    "      lift-8-1: empty, 2h 05m before the alarm; back",
    "      lift-9-1: unknown; not back, not checked",
    "      lift-9-2: at floor -1, occupied: unknown, 0s before the alarm; back; checked by Li",
    "      lift-9-3: trapped, stopped between floors, 1s before the alarm; not back, not checked"] and "supply lost" in lines[-6], out)
lines = asked("--lang", "zh")[1].splitlines()
check("and so in Chinese", "3号变 停电" in lines[-6] and lines[-5:-2] == [
    "      lift-7-2：行驶中有人（告警前2秒）；未恢复；已查看，告警后5分钟（Wang?[31m）",
    "      lift-8-1：无人（告警前2小时05分）；已恢复",
    "      lift-9-1：未知；未恢复，未查看"], lines)
answer("/api/v1/alarms", {"alarms": [
    alarm("tx-3", "power_cut", severity="P1", cars=CARS[:1], text={"en": "supply lost"}),
    alarm("tx-4", "power_cut", state="NORMAL", shelved_until=NOW, shelved_by="Li", cars=CARS)]})
code, out, err = asked()
check("those of a hidden one are not", "      lift-7-2: moving, occupied, 2s before" in out and out.count("lift-") == 1, out)
check("a text in the other language is better than none", "supply lost" in asked("--lang", "zh")[1])
answer("/api/v1/alarms", {"alarms": STANDING[2:3]})
code, out, err = asked()
check("where all are hidden that is said", "no alarms but hidden ones\nhidden: " in out, out)
answer("/api/v1/alarms", {"alarms": STANDING})
paths.clear()
code, out, err = asked("--json")
check("--json is the document", json.loads(out) == {"alarms": STANDING}, out)

paths.clear()
code, out, err = asked("--journal", "--days", "2")
lines = out.splitlines()
check("the journal is asked for by days", paths[0].startswith("/api/v1/journal?from=") and "limit=1000" in paths[0]
      and abs(int(paths[0].split("from=")[1].split("&")[0]) - (NOW - 48 * HOUR)) < 60000, paths)
check("its newest line is the last", len(lines) == 3 and "lift-1 does not answer" in lines[0]
      and "P1 lift-3-1/entrapment raised: building 3 stair 1: trapped" in lines[1] and "P3 tx-3/heavy acknowledged by Wang" in lines[2], out)
check("a line stays a line", "(on my?way)" in lines[2] and "\033" not in out, lines[2])
check("a time that is not known for sure has a ?, others none", lines[0][19] == "?" and lines[1][19] == " ", out)
local = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime((NOW - 2000) / 1000 + 8 * 3600))
check("times are the site's", lines[1].startswith(local), (lines[1], local))
check("more than one answer holds is said", "only the newest 3" in err, err)

chinese = asked("--journal", "--lang", "zh")[1]
check("and in Chinese", all(line[21:] == words for line, words in zip(chinese.splitlines(), (
    "lift-1 无应答", "P1 lift-3-1/entrapment 发生：3栋1单元 困人", "P3 tx-3/heavy 已确认：Wang (on my?way)"))), chinese)
TALLIES = [counted("stop", {"run_hours": 1}, {}), counted("day", {"run_hours": 1}, {}), counted("day", {}, {})]
answer("/api/v1/journal", {"events": [e for e, _ in reversed(LIFE)] + TALLIES, "next": None})
code, out, err = asked("--journal")
check("of tallies of counters it is said how many are not shown", "3 tallies of counters" in err and "--json" in err, err)
check("--json has them", len(json.loads(asked("--journal", "--json")[1])["events"]) == len(LIFE) + 3)
shelf = time.strftime("%Y-%m-%d %H:%M", time.gmtime(NOW / 1000 + 8 * 3600))
for line, (event, words) in itertools.zip_longest(out.splitlines(), LIFE):
    check(f"an event is told: {words}", line[21:] == words.replace("{NOW}", shelf), line)
answer("/api/v1/journal", {"events": EVENTS + [life(1, "raise", suppressed_by=BUS)], "next": 17})


def on_terminal(*argv):
    main, other = pty.openpty()
    p = subprocess.Popen([RISER, "alarms", "-c", FILE, *argv], stdout=other, stderr=subprocess.DEVNULL)
    os.close(other)
    seen = b""
    while True:
        try:
            got = os.read(main, 4096)
        except OSError:
            break
        if not got:
            break
        seen += got
    p.wait()
    return [line.decode() for line in seen.split(b"\r\n") if b"\033" in line]


red = on_terminal("--journal")
check("on a terminal a raised P1 is red, a hidden one is not", len(red) == 1 and red[0].startswith("\033[1;31m")
      and red[0].endswith("\033[m") and "lift-3-1/entrapment" in red[0], red)
answer("/api/v1/alarms", {"alarms": [
    *STANDING, alarm("lift-5", "acked", severity="P1", state="ACKED"), alarm("lift-6", "hidden", severity="P1", suppressed_by=BUS)]})
red = on_terminal()
check("so is an unacknowledged P1 of the list, over or not", len(red) == 2 and all(
    r.startswith("\033[1;31m") and r.endswith("\033[m") and word in r for r, word in zip(red, ("lift-3-1", "lift-7"))), red)

code, out, err = asked("--figures")
check("figures are for people", code == 0 and all(s in out for s in (
    "raised", "25", "1.0", "12.5 s", "50%", "tx-3/heavy", "19", "gate/fault")), out)
begin = time.strftime("%Y-%m-%d %H:%M", time.gmtime((NOW - 22 * HOUR) / 1000 + 8 * 3600))
check("and say since when anything is known", f"what was before {begin} is not known" in out, out)
code, out, err = asked("--figures", "--json")
check("figures are a document too", json.loads(out) == FIGURES, out)

answer("/api/v1/alarms", {"error": "the answer takes too long"}, 503)
code, out, err = asked()
check("what the gateway refuses is said", code == 3 and "503" in err and "too long" in err and out == "", (code, err))
answer("/api/v1/alarms", b"{")
code, out, err = asked()
check("an answer that is none is said", code == 3 and "no JSON" in err, (code, err))
answer("/api/v1/alarms", {"alarms": [{}, 3, None, {"since": "x", "ack": 1, "text": []},
                                      alarm("lift-1", "door", since=None, work={"arrived": {"by": "Li", "ts": NOW}, "rescued": 1}),
                                      alarm("tx-1", "power_cut", cars=[{}, 3, {"car": 7, "occupied": [], "floor": "x", "age": {}, "checked": 1}]),
                                      alarm("tx-2", "power_cut", cars={"car": "lift"})]})
code, out, err = asked()
check("a document with holes is shown as far as it goes", code == 0 and "\n      arrived by Li\n" in out, (code, out, err))
answer("/api/v1/journal", {"events": [{}, 3, None, {"type": "alarm", "change": 1}, {"type": "device", "online": "x"}]})
code, out, err = asked("--journal")
check("so is a journal", code == 0 and out.count("\n") == 5, (code, out, err))
server.shutdown()
server.server_close()

# ---- the files; the socket of the gateway that was killed is still there
db = sqlite3.connect(os.path.join(STORE, "events.db"))
db.executescript("""
CREATE TABLE event (id INTEGER PRIMARY KEY, log, seq, ts, clock, type, device, alarm, change, severity, counts, members);
CREATE TABLE standing (device, alarm, log, seq, wall, ts, members);
PRAGMA user_version = 1; PRAGMA journal_mode = WAL;""")
for e in reversed(EVENTS):
    members = json.dumps({k: v for k, v in e.items() if k not in ("log", "seq", "ts", "clock")})[1:-1]
    db.execute("INSERT INTO event VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)", (
        e["log"], e["seq"], e["ts"], e.get("clock"), e["type"], e["device"], e.get("alarm"), e.get("change"), e.get("severity"), members))
    if e["type"] == "alarm":
        db.execute("INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?, ?)", (
            e["device"], e["alarm"], e["log"], e["seq"], e["ts"], e["ts"], members))
db.commit()
code, out, err = asked("--json")
check("the files say the same", [a["alarm"] for a in json.loads(out)["alarms"]] == ["entrapment", "heavy"]
      and json.loads(out)["alarms"][0] == {**STANDING[0], "log": "k3f9a1", "seq": 2}, out)
check("and that it is them", "no gateway runs" in err, err)
code, out, err = asked("--journal", "--json")
check("so does the journal", json.loads(out) == {"events": EVENTS, "next": None}, out)
code, out, err = asked("--figures", "--json")
check("figures are counted from them", json.loads(out)["raised"] == 1 and json.loads(out)["p1_acked_in_3min"] is None, out)
db.execute("DROP TABLE standing")
db.commit()
code, out, err = asked()
check("files that cannot be read are said", code == 3 and "standing" in err and out == "", (code, out, err))
db.close()

# ---- used wrongly
for argv, word in ((["-c", FILE, "--days", "3"], "--journal"), (["-c", FILE, "--journal", "--days", "0"], "1 to"),
                   (["-c", FILE, "--journal", "--days", "1x"], "1 to"), (["-c", FILE, "--journal", "--days", "99999999999999999999"], "1 to"),
                   (["-c", FILE, "--journal", "--figures"], "one at a time"), (["-c", FILE, "lift-1"], "too much"),
                   ([], "-c FILE"), (["-c"], "needs a value"), (["-c", FILE, "--what"], "unknown option"), (["-c", FILE, "--lang", "fr"], "zh or en")):
    code, out, err = run(*argv)
    value = word in ("1 to", "zh or en")
    check(f"{' '.join(argv[2:] or argv)} is a mistake that is said", code == (1 if value else 2) and word in err, (code, err))
code, out, err = run("-c", "/nowhere")
check("a configuration that is not there is said", code == 1 and "/nowhere" in err and "curl" not in err, (code, err))
with open(FILE, "a") as f:
    f.write("buses: [{id: no bus}]\n")
code, out, err = asked()
check("with a mistake in it the way round is said", (code, out) == (1, "") and f"{FILE}:3" in err and "curl --unix-socket" in err, (code, err))
check("help knows it", "usage: riser alarms" in subprocess.run([RISER, "help", "alarms"], capture_output=True).stdout.decode())
end()
