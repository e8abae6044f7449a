#!/usr/bin/python3
"""riser plan, read and check of a profile, as an electrician uses them: the plan is what the wire then sees; values are
exact; a dead device, a refused register, another model, a line that is not there or that another program has are said so,
soon, in words; --all finds the word order of a device nobody knows."""
import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
import time
import unicodedata

from devices import RtuDevice, TcpDevice
from harness import RISER, check, end, folder, free_port

DIR = folder("read")
PROFILES = folder("read/profiles/meter")


def profile(name, points, more=""):
    with open(os.path.join(PROFILES, f"{name}.yaml"), "w") as f:
        f.write(f"profile: meter/{name}\ntitle: {{zh: 测试用电表, en: a meter of the test}}\nkind: feeder\nverified: B\n"
                f"source: the test\n{more}points:\n{points}")
    return f.name


profile("known", """
  volts: {at: "holding:40001", type: f32, word_order: cdab, unit: V, every: 1s, valid: [0, 300]}
  amps: {at: "holding:40003", type: u16, scale: 0.1, unit: A, every: 1s}
  energy: {at: "holding:40011", type: i64, unit: kWh, every: 1m}
  label: {at: "holding:40021", type: "ascii:6", every: 1m}
  probe: {at: "input:40001", type: i16, unit: degC, every: 10s, not_available: [-32768]}
""", "modbus: {address_base: 40001, max_gap: 0}\n")
profile("sums", """
  a: {at: "holding:2", type: u16, scale: 0.1, every: 1s}
  b: {at: "holding:22", type: u16, every: 1s}
  c: {at: "holding:900", type: u16, every: 1s}
derive:
  third: "a / 3"
  of_third: "third + b"
  lost: "a + c"
  fast: "rate(a, 60s)"
""")
profile("hole", """
  good: {at: "holding:96", type: f32, every: 1s}
  edge: {at: "holding:99", type: u16, every: 1s}
  gone: {at: "holding:100", type: u16, every: 1s}
  off: {at: "holding:101", type: u16, every: 1m}
""")
profile("refusing", """
  good: {at: "holding:2", type: u16, every: 1s}
  gone: {at: "holding:900", type: u16, every: 1s}
""")
with open(os.path.join(PROFILES, "other.yaml"), "w") as f:
    f.write('profile: meter/other\nkind: feeder\nsource: x\nidentity: {at: "holding:50", type: u16, between: [15000, 15100]}\n'
            'points:\n  power: {at: "holding:2", type: u16, unit: kW, every: 1s}\n')
profile("lift", """
  lost: {at: "discrete:3", every: 500ms}
  ok: {at: "discrete:12", enum: {0: lost, 1: ok}, every: 500ms}
  lamp: {at: "coil:0", every: 500ms}
  speed: {at: "input:7", type: i16, scale: 0.001, unit: m/s, every: 500ms}
  trips: {at: "holding:65534", type: u32, every: 1m}
""")

VOLTS, ENERGY = 231.2, 9007199254740993
high, low = struct.unpack(">HH", struct.pack(">f", VOLTS))
HOLDING = {0: low, 1: high, 2: 2305, 50: 15050}
HOLDING.update(zip(range(10, 14), struct.unpack(">4H", struct.pack(">q", ENERGY))))
HOLDING.update(zip(range(20, 23), struct.unpack(">3H", b"PM5560")))
HOLDING.update({65534: 0x0001, 65535: 0xE240})


def registers(unit, function, address, count):
    if function in (1, 2):
        return [(address + i) in (0, 12) for i in range(count)]
    if function == 4:
        return [0x8000 if address + i == 0 else 65036 for i in range(count)]
    if 50 <= address <= 60 and unit == 5:
        return 2
    if address + count > 100 and address < 60000:
        return 2
    words = [HOLDING.get(address + i, 0) for i in range(count)]
    return [100 if unit == 4 and address == 50 else w for w in words]


tcp = TcpDevice(registers, delay=lambda unit: None if unit == 3 else 0.0)
rtu = RtuDevice(os.path.join(DIR, "line"), registers, delay=lambda unit: None if unit == 9 else 0.0)

CONF = f"""
site: {{id: read, name: Read}}
store: {{path: {DIR}/store}}
buses:
  - {{id: net, url: "tcp://127.0.0.1:{tcp.port}", timeout: 300ms}}
  - {{id: line, url: "rtu://{DIR}/line?baud=19200&parity=E", timeout: 200ms}}
  - {{id: gone, url: "rtu://{DIR}/no-such-adapter", timeout: 200ms}}
  - {{id: off, url: "tcp://127.0.0.1:{free_port()}", timeout: 300ms}}
devices:
  - {{id: tx-1, name: {{zh: 一号变压器低压侧总表, en: Transformer 1}}, profile: meter/known, bus: net, unit: 1}}
  - {{id: tx-2, profile: meter/refusing, bus: net, unit: 2}}
  - {{id: dead, name: {{zh: 坏表}}, profile: meter/known, bus: net, unit: 3}}
  - {{id: stranger, profile: meter/other, bus: net, unit: 4}}
  - {{id: nobody, profile: meter/other, bus: net, unit: 5}}
  - {{id: model, profile: meter/other, bus: net, unit: 6}}
  - {{id: sums, profile: meter/sums, bus: net, unit: 7}}
  - {{id: hole, profile: meter/hole, bus: net, unit: 8}}
  - {{id: lift-1, profile: meter/lift, bus: line, unit: 1}}
  - {{id: lift-9, profile: meter/lift, bus: line, unit: 9}}
  - {{id: unplugged, profile: meter/lift, bus: gone, unit: 1}}
  - {{id: switched-off, profile: meter/known, bus: off, unit: 1}}
"""
FILE = os.path.join(DIR, "riser.yaml")
with open(FILE, "w") as f:
    f.write(CONF)


def run(*argv, **kw):
    """Exit code, stdout, stderr and how long it took."""
    start = time.monotonic()
    p = subprocess.run([RISER, *argv], capture_output=True, text=True, timeout=120, **kw)
    return p.returncode, p.stdout, p.stderr, time.monotonic() - start


def read(*argv):
    code, out, err, took = run("read", "-c", FILE, "--json", *argv)
    devices = {d["id"]: d for d in json.loads(out)["devices"]} if out else {}
    points = {f'{d["id"]}/{p["name"]}': p for d in devices.values() for p in d["points"]}
    return code, devices, points, err, took


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


# What is good.
code, devices, points, err, took = read("tx-1")
check("a good device ends with 0 and says nothing on stderr", code == 0 and err == "", (code, err))
check("a float of swapped words has a float's digits", points["tx-1/volts"]["value"] == VOLTS, points)
check("a scaled integer is decimal", points["tx-1/amps"]["value"] == 230.5, points["tx-1/amps"])
check("an integer beyond 2^53 is exact", points["tx-1/energy"]["value"] == ENERGY, points["tx-1/energy"])
check("a text is a text", points["tx-1/label"]["value"] == "PM5560", points["tx-1/label"])
check("raw words are hex, with their PDU address and space",
      points["tx-1/volts"]["raw"] == [f"0x{low:04X}", f"0x{high:04X}"] and points["tx-1/volts"]["address"] == 0 and
      points["tx-1/volts"]["space"] == "holding" and points["tx-1/volts"]["unit"] == "V", points["tx-1/volts"])
check("what the device itself has not is no failure, and no value",
      points["tx-1/probe"]["quality"] == "bad:not_available" and points["tx-1/probe"]["value"] is None, points["tx-1/probe"])
check("who it is", devices["tx-1"]["bus"] == "net" and devices["tx-1"]["unit"] == 1 and "why" not in devices["tx-1"], devices)
check("without --all there are no interpretations", "all" not in points["tx-1/volts"])

# Globs.
_, _, points, _, _ = read("tx-1/volts", "tx-?/g*d")
check("globs choose", set(points) == {"tx-1/volts", "tx-2/good"}, set(points))
asked = tcp.asked
code, out, err, _ = run("read", "-c", FILE, "tx-1/vlots")
check("a glob that matches nothing ends with 1 and a guess, and asks nobody", code == 1 and out == "" and
      "nothing is called tx-1/vlots; did you mean tx-1/volts?" in err and tcp.asked == asked, (code, out, err))
code, _, err, _ = run("read", "-c", FILE, "tx-1/volts", "zzz/*")
check("so does one of several", code == 1 and "zzz/*" in err, err)
tcp.exchanges.clear()
read("tx-1/label")
check("only the requests that bring it are asked", tcp.exchanges == [(1, 3, 20, 3, 12, 15)], tcp.exchanges)

# What fails.
code, devices, points, _, took = read("tx-2", "tx-1/amps")
check("a refused register is said so, and the rest is read", code == 3 and points["tx-2/good"]["value"] == 2305 and
      points["tx-2/gone"]["quality"] == "bad:exception-2" and points["tx-2/gone"]["value"] is None and
      points["tx-1/amps"]["value"] == 230.5, points)
HOLDING.update({96: high, 97: low, 99: 7})
tcp.exchanges.clear()
hole = read("hole/good", "hole/edge", "hole/gone")[2]
check("a register that spoils its request costs its own point only", hole["hole/good"]["value"] == VOLTS and
      hole["hole/edge"]["value"] == 7 and hole["hole/gone"]["quality"] == "bad:exception-2", hole)
check("for which each point that is wanted is asked alone", [e[2:4] for e in tcp.exchanges][0][0] == 96 and
      [e[2:4] for e in tcp.exchanges][-3:] == [(96, 2), (99, 1), (100, 1)], tcp.exchanges)
check("in words", "illegal data address" in devices["tx-2"]["why"] and "why" not in devices["tx-1"], devices)
code, devices, points, _, took = read("dead", "tx-1")
check("a dead device costs its own points, and a second or two", code == 3 and took < 4 and
      {p["quality"] for n, p in points.items() if n.startswith("dead/")} == {"bad:timeout"} and
      points["tx-1/volts"]["value"] == VOLTS, (took, points))
check("in words too", devices["dead"]["why"] == "unit 3: no answer within 300 ms", devices["dead"]["why"])
tcp.exchanges.clear()
code, devices, points, _, _ = read("stranger", "nobody", "model")
check("another model has words and no value", code == 3 and points["stranger/power"]["value"] is None and
      points["stranger/power"]["quality"] == "bad:identity" and points["stranger/power"]["raw"] == ["0x0901"], points)
check("and says what it has instead", "holding:50 says 100 where meter/other has 15000 to 15100: another model" in devices["stranger"]["why"],
      devices["stranger"])
check("so is one that has no such register", points["nobody/power"]["quality"] == "bad:identity" and
      "gives exception 2" in devices["nobody"]["why"], (points["nobody/power"], devices["nobody"]))
check("the right model has its value", points["model/power"]["value"] == 2305, points["model/power"])
check("identities are asked first", [e[:3] for e in tcp.exchanges[:3]] == [(4, 3, 50), (5, 3, 50), (6, 3, 50)], tcp.exchanges)

# What is computed.
tcp.exchanges.clear()
code, devices, points, _, _ = read("sums/of_third")
check("what a computed point needs is read with it, and no more", code == 0 and set(points) == {"sums/of_third"} and
      sorted(e[2] for e in tcp.exchanges) == [2, 22], (code, points, tcp.exchanges))
check("it is computed, from computed ones too, with a float's digits", points["sums/of_third"] == {
    "name": "of_third", "value": 13948.833, "unit": "", "quality": "good"}, points)     # 230.5 / 3 + 0x3630
code, devices, points, _, _ = read("sums/lost", "sums/fast")
check("what needs a reading that failed is not there, and fails with it", code == 3 and points["sums/lost"]["value"] is None and
      points["sums/lost"]["quality"] == "bad:exception-2" and "illegal data address" in devices["sums"]["why"], points)
code, _, points, _, _ = read("sums/fast")
check("what needs time is not there and is no failure", code == 0 and points["sums/fast"]["quality"] == "bad:not_available", points)
check("people get as many digits as they can use", " 76.833336 " in run("read", "-c", FILE, "sums/third")[1])

# A serial line.
code, devices, points, _, took = read("lift-*")
check("bits, enumerations and the last registers of a serial device", {n.split("/")[1]: p["value"] for n, p in points.items()
      if n.startswith("lift-1/")} == {"lost": False, "ok": "ok", "lamp": True, "speed": -0.5, "trips": 123456}, points)
check("a bit's raw word is the bit", points["lift-1/lamp"]["raw"] == ["0x0001"], points["lift-1/lamp"])
check("a dead unit of the line is told, within ten seconds", code == 3 and took < 10 and
      "no answer within 200 ms" in devices["lift-9"]["why"] and points["lift-9/speed"]["quality"] == "bad:timeout", (took, devices))
code, devices, points, _, took = read("unplugged", "switched-off")
check("an adapter that is not there, and a host that refuses, are told in five seconds", code == 3 and took < 5 and
      "No such file or directory" in devices["unplugged"]["why"] and "refused" in devices["switched-off"]["why"] and
      {p["quality"] for p in points.values()} == {"bad:bus"}, (took, devices))
fcntl.ioctl(rtu.slave, termios.TIOCEXCL)
asked = rtu.asked
code, devices, _, _, _ = read("lift-1")
check("a line that another program has is not asked, and it is said what to do", code == 3 and rtu.asked == asked and
      "another program has this line" in devices["lift-1"]["why"] and "systemctl stop riser" in devices["lift-1"]["why"], devices)
fcntl.ioctl(rtu.slave, termios.TIOCNXCL)

# Every interpretation.
_, _, points, _, _ = read("tx-1/amps", "tx-1/volts", "lift-1/trips", "--all")
found = [(a["type"], a["order"], a["value"]) for a in points["tx-1/volts"]["all"] if a["likely"]]
check("--all finds the float and its word order", ("f32", "cdab", VOLTS) in found and found[0] == ("f32", "cdab", VOLTS), found)
check("and marks the profile's", [a for a in points["tx-1/volts"]["all"] if a["profile"]] == [
    {"type": "f32", "order": "cdab", "value": VOLTS, "profile": True, "likely": True}], points["tx-1/volts"])
orders = {"abcd", "cdab", "badc", "dcba"}
check("each type in each order is told, equal ones too", {(a["type"], a["order"]) for a in points["tx-1/volts"]["all"]} >= {
    (t, o) for t in ("u16", "i16", "u32", "i32", "f32") for o in orders}, points["tx-1/volts"])
check("it sees four registers from a value of one", {a["type"] for a in points["tx-1/amps"]["all"]} >= {"u16", "u32", "u64"},
      points["tx-1/amps"]["all"])
check("and no more than there are at the end of the space", points["lift-1/trips"]["value"] == 123456 and
      not {a["type"] for a in points["lift-1/trips"]["all"]} & {"u64", "f64"}, points["lift-1/trips"]["all"])
code, out, _, _ = run("read", "-c", FILE, "tx-1/volts", "--all")
check("for people it is a line each, the profile's marked", code == 0 and any(
    x.split() == ["f32", "cdab", "231.2", "<-", "the", "profile"] for x in out.splitlines()), out)

# The table.
code, out, err, _ = run("read", "-c", FILE, "tx-1", "dead")
lines = out.splitlines()
check("the table has value, unit, quality and words", any(
    x.split() == ["tx-1/volts", "231.2", "V", "good", f"{low:04X}", f"{high:04X}"] for x in lines), out)
check("names are there, and why a device failed", "一号变压器低压侧总表" in out and "no answer within 300 ms" in out, out)
check("no line is wider than a terminal", all(columns(x) <= 100 for x in lines), out)
check("and no progress is written where nobody looks", err == "", err)
master, slave = pty.openpty()
p = subprocess.run([RISER, "read", "-c", FILE, "tx-1"], stdout=subprocess.DEVNULL, stderr=slave, timeout=60)
said = os.read(master, 4096).decode()
check("on a terminal it is, and is taken away", "requests" in said and said.endswith("\r\033[K"), repr(said))

# The plan is what happens.
code, out, err, _ = run("plan", "-c", FILE, "--json")
plan = json.loads(out)
buses = {b["id"]: b for b in plan["buses"]}


def planned(bus, device):
    return sorted((q["unit"], q["function"], q["address"], q["count"], q["question_bytes"], q["answer_bytes"])
                  for q in buses[bus]["requests"] if q["device"] == device and not q["identity"])


tcp.exchanges.clear(), rtu.exchanges.clear()
read("tx-1", "lift-1")
check("over TCP the plan is what the device sees, to the byte", planned("net", "tx-1") == sorted(tcp.exchanges) != [],
      (planned("net", "tx-1"), tcp.exchanges))
check("over RTU too", planned("line", "lift-1") == sorted(rtu.exchanges) != [], (planned("line", "lift-1"), rtu.exchanges))
volts = next(q for q in buses["net"]["requests"] if q["device"] == "tx-1" and "volts" in q["points"])
check("it says which points, how often, and where the maker counts from", volts["points"] == ["volts", "amps"] and
      volts["every_ms"] == 1000 and volts["address"] == 0 and volts["address_base"] == 40001 and volts["space"] == "holding", volts)
who = [q for q in buses["net"]["requests"] if q["device"] == "stranger" and q["identity"]]
check("an identity is a request of its own", len(who) == 1 and (who[0]["address"], who[0]["count"], who[0]["points"]) == (50, 1, []), who)
line = buses["line"]
check("a pass is the sum of its requests", line["pass_us"] == sum(q["wire_us"] for q in line["requests"]) and
      line["pass_question_bytes"] == sum(q["question_bytes"] for q in line["requests"]) and
      line["pass_answer_bytes"] == sum(q["answer_bytes"] for q in line["requests"]), line)
check("the load is each one's time over its period", abs(line["load"] - sum(
    q["wire_us"] / 1000 / q["every_ms"] for q in line["requests"])) < 1e-9, line["load"])
check("an 8E1 frame's time is eleven bits a byte and two silences of 3.5 bytes", all(
    abs(q["wire_us"] - (q["question_bytes"] + q["answer_bytes"]) * 11 / 0.0192 - 2 * 39 / 0.0192) < 5
    for q in line["requests"]), line["requests"])
check("the totals are of all buses", plan["requests"] == sum(len(b["requests"]) for b in plan["buses"]) and
      plan["pass_bytes"] == sum(b["pass_question_bytes"] + b["pass_answer_bytes"] for b in plan["buses"]), plan)
code, out, _, _ = run("plan", "-c", FILE)
check("for people it fits a terminal, Chinese names too", code == 0 and all(columns(x) <= 100 for x in out.splitlines()) and
      "一号变压器低压侧总表" in out and "0 (40001)" in out, out)
rows = [x for x in out.splitlines() if x.endswith(" ms") and "holding" in x]
check("its columns stand below one another", len({columns(x) for x in rows[:6]}) == 1, out)

# A profile by itself.
code, out, err, _ = run("check", os.path.join(PROFILES, "known.yaml"))
check("a good profile is summed up", code == 0 and "meter/known" in out and "测试用电表" in out and "B: " in out and
      "holding 4" in out and "9600 8N1" in out and err == "", (out, err))
code, out, err, _ = run("check", os.path.join(PROFILES, "other.yaml"))
check("a weak one is warned of", code == 0 and "grade C" in err, err)
with open(os.path.join(PROFILES, "bad.yaml"), "w") as f:
    f.write("profile: meter/bad\nkind: feeder\npoints:\n  x: {at: holding, tpye: u16}\n")
code, out, err, _ = run("check", os.path.join(PROFILES, "bad.yaml"))
check("a wrong one is told all its mistakes, with their places", code == 1 and out == "" and "bad.yaml:4:" in err and
      'did you mean "type"' in err, err)
check("one that is not there too", run("check", "/nowhere.yaml")[0] == 1)

# Usage.
check("what is used wrongly ends with 2", [run(*argv)[0] for argv in (
    ["plan"], ["plan", "-c", FILE, "x"], ["plan", "-c", FILE, "--al"], ["read"], ["read", "-c"], ["read", "-c", FILE, "--jsn"],
    ["check"], ["check", "a", "b"], ["check", "-c", FILE, "a"])] == [2] * 9)
check("a wrong configuration ends with 1", run("read", "-c", "/nowhere.yaml")[0] == 1 and run("plan", "-c", "/nowhere.yaml")[0] == 1)
check("help knows them", all("usage: riser " + c in run("help", c)[1] for c in ("plan", "read", "check")))
check("nothing but function codes 1 to 4 was ever asked", tcp.functions | rtu.functions <= {1, 2, 3, 4})
end()
