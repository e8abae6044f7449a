#!/usr/bin/python3
"""riser scan at the first visit to a riser shaft: it finds who is there at the setting the line has, names the models that can
be told, and what it prints is a configuration that works; who is slow, two with one unit, an echo, a busy port, a server
that is none are said so, in words; Ctrl-C loses nothing."""
import fcntl
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import termios
import threading
import unicodedata

from devices import RtuDevice, SerialServer, TcpDevice
from harness import RISER, check, end, folder, free_port, spawn, wait_for
from wires import Wire

DIR = folder("scan")
METERS = folder("scan/profiles/meter")


def profile(name, identity):
    with open(os.path.join(METERS, f"{name}.yaml"), "w") as f:
        f.write(f"profile: meter/{name}\ntitle: {{zh: 测试用电表, en: Meter {name}}}\nkind: feeder\nverified: B\nsource: the test\n"
                f'{identity}points:\n  word: {{at: "holding:2", type: u16, every: 1s}}\n')


# A register of the wire holds unit << 8 | address.
profile("third", 'identity: {at: "holding:11", type: u16, between: [779, 779]}\n')
profile("family", 'identity: {at: "holding:11", type: u16, between: [768, 2047]}\n')
profile("nameless", "")


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def run(*argv, lang="C", cwd=DIR):
    p = subprocess.run([RISER, *argv], capture_output=True, text=True, timeout=300, cwd=cwd,
                       env={**os.environ, "LC_ALL": lang})
    return p.returncode, p.stdout, p.stderr


def scan(*argv):
    code, out, err = run("scan", *argv, "--json")
    doc = json.loads(out) if out else {}
    return code, doc, {f["unit"]: f for f in doc.get("found", [])}, err


def names(found):
    return [p["profile"] for p in found["profiles"]]


def yaml_of(out):
    """What is to be pasted, as a file."""
    path = os.path.join(DIR, "found.yaml")
    with open(path, "w") as f:
        f.write(out[out.index("# riser.yaml"):])
    return path


# A serial line nobody knows: 19200 baud, a slow one, one that refuses, two with one unit.
wire = Wire(2, {2: "dead", 1: "dead", 3: "good", 4: "good", 7: "late:600", 9: "exception:2", 11: "twin"}, baud=19200, strict=1)
URL = f"rtu://{wire.path}"
code, out, err = run("scan", URL, "--units", "1-9", "--parities", "N")
check("somebody is found: it ends with 0", code == 0, (code, out, err))
check("it says before what it does, and how long that takes at most",
      f"asks 9 units of {URL} at 9600 8N1, 19200 8N1: " in err and " at most" in err.splitlines()[0], err)
check("nothing is drawn where nobody looks", "\r" not in err and "[" not in err, err)
check("the line's setting is told", f"{URL}?baud=19200&parity=N&stop=1: 19200 8N1" in out, out)
rows = {line.split()[0]: line.split() for line in out.splitlines() if line[:6].strip().isdigit()}
check("and who is there", set(rows) == {"3", "4", "7", "9"}, out)
check("with its profile, its grade, its title and what it says",
      rows["4"][1:5] == ["meter/family", "B", "Meter", "family"] and "holding:11 040B (1035)" in out, out)
check("two profiles that fit are both named", rows["3"][1] == "meter/family" and "or meter/third (B): Meter third" in out, out)
check("one that only refuses is there, and unknown", rows["9"][1:] == "unknown holding:0 exception 2, input:0 exception 2, "
      "holding:11".split(), rows["9"])
check("it is said why it is unknown, and why the other setting was left", "say by which register their model is told" in out and
      "a line has one setting" in out, out)
check("who is slow is found, known, and told", rows["7"][1] == "meter/family" and "unit 7 takes longer than" in err, (out, err))
conf = yaml_of(out)
code, checked, warned = run("check", "-c", conf)
check("what it prints, riser check takes as it is", code == 0 and "found.yaml: good" in checked, (checked, warned))
check("of whom a person has to choose the profile, each choice is there", "# devices:" not in out and
      "#   - {id: feeder-3, profile: meter/family," in out and "#   - {id: feeder-3, profile: meter/third," in out and
      "#   - {id: unit-9, profile: ..., bus: line-1, unit: 9}" in out, out)
lines = [line for line in open(conf, encoding="utf-8") if "profile: meter/family, bus: line-1, unit: 3" not in line]
chosen = os.path.join(DIR, "chosen.yaml")
with open(chosen, "w") as f:
    f.writelines(line.replace("#   -", "  -").replace("...", "meter/nameless") for line in lines)
check("and with each chosen it is good, too", run("check", "-c", chosen)[0] == 0 and "unit: 3}" in open(chosen).read(), lines)
code, read, _ = run("read", "-c", conf, "--json")
values = {d["unit"]: d["points"][0]["value"] for d in json.loads(read)["devices"]}
check("and riser read reads it", code == 0 and values == {4: 0x0402, 7: 0x0702}, (code, values))
table = out[:out.index("# riser.yaml")].replace(f"{URL}?", "").splitlines()
check("no line of the table is wider than a terminal", all(columns(line) <= 100 for line in table), table)
said = wait_for(lambda: [t for t in scan(f"{URL}?baud=19200&parity=N", "--units", "11")[1]["troubles"] if "unit 11 " in t], 60)
check("two devices with one unit are told", said and "two devices with this unit" in said[0], said)
code, doc, found, _ = scan(f"{URL}?baud=19200&parity=N", "--units", "3,9")
check("the document has the same", code == 0 and doc["complete"] and doc["baud"] == 19200 and doc["parity"] == "N" and
      names(found[3]) == ["meter/family", "meter/third"] and names(found[9]) == [] and
      {"space": "holding", "address": 11, "words": [779]} in found[3]["answers"] and
      {"space": "holding", "address": 0, "exception": 2, "words": []} in found[9]["answers"], doc)
code, out, err = run("scan", f"{URL}?baud=19200&parity=N", "--units", "3", lang="zh_CN.UTF-8")
check("in Chinese it speaks Chinese", code == 0 and "点表" in out and "测试用电表" in out and "询问1个地址" in err, (out, err))
code, out, err = run("scan", f"{URL}?baud=19200&parity=N", "--units", "3", "--lang", "zh")
check("also where the machine does not", code == 0 and "点表" in out and "询问1个地址" in err, (code, out, err))
seen = wire.end()
check("nothing but reads was on the wire, each by the rules of the wire", seen.violations["function"] == 0 and
      all(a["function"] in (3, 4) for a in seen.summary["asks"]), seen.violations)

# A line on which nobody is, and one whose adapter hears itself.
silent = Wire(1, {1: "dead"})
code, out, err = run("scan", f"rtu://{silent.path}", "--units", "1-3", "--bauds", "9600,9600", "--parities", "N")
check("a setting that is given twice is asked once", "at 9600 8N1: " in err, err)
check("nobody is 1, and what to look at", code == 1 and out == "" and "nobody answers" in err and "A and B" in err, (code, out, err))
silent.end()
echo = Wire(3, {1: "dead", 2: "dead"}, echo=1)
code, doc, found, err = scan(f"rtu://{echo.path}?baud=9600&parity=N", "--units", "1-8")
check("behind an echo somebody is found all the same", code == 0 and set(found) == {3}, doc)
told = [t for t in doc["troubles"] if "hears its own questions" in t]
check("and the echo is told, once, and no unit is suspected", len(told) == 1 and told[0] in err and
      not any("two devices" in t for t in doc["troubles"]), doc)
echo.end()


# On a terminal, and Ctrl-C.
def on_terminal(url, *argv, until, width=80):
    """Exit code, stdout, and what was drawn; SIGINT when `until` was drawn."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    p = spawn([RISER, "scan", url, *argv], stdout=subprocess.PIPE, stderr=slave, cwd=DIR, env={**os.environ, "LC_ALL": "C"})
    os.close(slave)
    drawn = []

    def look():
        try:
            while got := os.read(master, 4096):
                drawn.append(got.decode("utf-8", "replace"))
        except OSError:
            pass

    threading.Thread(target=look, daemon=True).start()
    wait_for(lambda: until in "".join(drawn), 60)
    p.send_signal(signal.SIGINT)
    out = p.communicate(timeout=60)[0].decode()
    return p.returncode, out, "".join(drawn)


line = Wire(3, {1: "dead", 2: "dead"})
code, out, drawn = on_terminal(f"rtu://{line.path}", until="found 1: 3")
check("Ctrl-C shows who was found so far", code == 0 and "unit: 3" in out and "# riser.yaml" in out, (code, out))
check("and that there may be others", "stopped before all were asked" in drawn, drawn)
frames = [f for f in drawn.replace("\n", "\r").split("\r") if f.startswith("[")]
check("the progress says where it is, fits 80 columns and is taken away", any("9600 8N1 unit 3, found " in f for f in frames) and
      all(columns(f.replace("\033[K", "")) < 80 for f in frames) and "\r\033[K" in drawn, frames[-3:])
_, _, drawn = on_terminal(f"rtu://{line.path}", until="[", width=30)
frames = [f for f in drawn.replace("\n", "\r").split("\r") if f.startswith("[")]
check("and a narrower terminal", frames and all(columns(f) < 30 for f in frames), frames[-3:])
code, out, drawn = on_terminal(f"rtu://{line.path}", "--units", "1-2", until="unit 2")
check("with nobody found yet it is 1", code == 1 and out == "" and "stopped before" in drawn, (code, out, drawn))
line.end()

# Ports that are not there, or not ours.
code, _, err = run("scan", "rtu:///dev/no-such-adapter")
check("an adapter that is not there is 3", code == 3 and "No such file" in err, (code, err))
rtu = RtuDevice(os.path.join(DIR, "busy"), lambda *_: [0])
fcntl.ioctl(rtu.slave, termios.TIOCEXCL)
code, out, err = run("scan", f"rtu://{rtu.path}")
check("a port that the gateway has is 3, and how to stop it", code == 3 and "another program has this line" in err and
      "systemctl stop riser" in err and rtu.asked == 0, (code, err))
fcntl.ioctl(rtu.slave, termios.TIOCNXCL)
code, doc, _, err = scan(f"tcp://127.0.0.1:{free_port()}")
check("an address that refuses is 3", code == 3 and "refused" in err and not doc["complete"] and "refused" in doc["why"], (code, doc))


# TCP: a gateway, a device that does not look at the unit, something else.
def gateway_says(unit, function, address, count):
    return [unit << 8 | address + i & 255 for i in range(count)] if unit in (3, 40) else 11


tcp = TcpDevice(gateway_says)
code, out, err = run("scan", f"tcp://127.0.0.1:{tcp.port}", "--units", "1-50")
check("behind a TCP gateway those that it reaches are there", code == 0 and
      [line.split()[0] for line in out.splitlines() if line[:6].strip().isdigit()] == ["3", "40"], out)
check("and the yaml is good again", run("check", "-c", yaml_of(out))[0] == 0 and "unit: 40}" in out, out)
one = TcpDevice(lambda unit, function, address, count: [7] * count)
code, doc, found, _ = scan(f"tcp://127.0.0.1:{one.port}")
check("a device that does not look at the unit is one", code == 0 and len(found) == 1 and
      any("does not look at the unit" in t for t in doc["troubles"]), (found, doc["troubles"]))
check("255 and 0 were asked as well", {e[0] for e in one.exchanges} == set(range(256)) - set(range(248, 255)), len(one.exchanges))


def stranger(server):
    while True:
        connection, _ = server.accept()
        connection.recv(64)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.close()


http = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=stranger, args=(http,), daemon=True).start()
code, doc, found, _ = scan(f"tcp://127.0.0.1:{http.getsockname()[1]}", "--units", "1-8")
check("what is no Modbus is told", code == 1 and not found and any("does not speak Modbus TCP" in t for t in doc["troubles"]), doc)
far = SerialServer(lambda unit, function, address, count: [unit] * count,
                   lambda unit, answer: [(0.0, answer)] if unit == 6 else [])
code, doc, found, _ = scan(f"rtu+tcp://127.0.0.1:{far.port}?baud=9600", "--units", "5-7")
check("behind a transparent server too", code == 0 and set(found) == {6}, doc)
check("all were reads", tcp.functions | one.functions | far.functions | rtu.functions <= {3, 4})

# The simulator plays the identity of a profile.
port = free_port()
with open(os.path.join(DIR, "sim.yaml"), "w") as f:
    f.write(f'site: {{id: s}}\nbuses:\n  - {{id: net, url: "tcp://127.0.0.1:{port}"}}\ndevices:\n'
            "  - {id: a, profile: meter/third, bus: net, unit: 5}\n  - {id: b, profile: meter/nameless, bus: net, unit: 6}\n")
sim = spawn([RISER, "sim", "-c", os.path.join(DIR, "sim.yaml")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
found = wait_for(lambda: scan(f"tcp://127.0.0.1:{port}", "--units", "4-7")[2], 30)
check("the simulator's devices are known", found and set(found) == {5, 6} and names(found[5]) == ["meter/family", "meter/third"] and
      names(found[6]) == [], found)
sim.terminate()

# Usage.
BAD_USE = [[], ["a", "b"], ["tcp://h", "--units"], ["tcp://h", "--baud", "x"], ["tcp://h", "--bauds", "9600"],
           ["rtu+tcp://h:1", "--parities", "N"], ["tcp://h", "--lang"], ["rtu:///dev/x", "--all"]]
check("what is used wrongly is 2", [run("scan", *argv)[0] for argv in BAD_USE] == [2] * len(BAD_USE))
BAD_VALUE = [["/dev/ttyUSB0"], ["rtu://dev/x"], ["mqtt://h"], ["tcp://h:0"], ["tcp://h", "--lang", "fr"], ["rtu:///dev/x?baud=9601"],
             ["rtu:///dev/x", "--bauds", "9600,x"], ["rtu:///dev/x", "--bauds", ""], ["rtu:///dev/x", "--bauds", "1,2,3,4,5,6,7,8,9"],
             ["rtu:///dev/x", "--parities", "N,X"],
             ["rtu:///dev/x", "--units", "0"], ["rtu:///dev/x", "--units", "248"], ["rtu:///dev/x", "--units", "9-1"],
             ["tcp://h", "--units", "256"], ["tcp://h?baud=9600"], ["rtu:///dev/x?stop=3"]]
got = [run("scan", *argv) for argv in BAD_VALUE]
check("a wrong value is 1, with a sentence", all(c == 1 and o == "" and e.startswith("riser scan: ") for c, o, e in got),
      [(a, g) for a, g in zip(BAD_VALUE, got) if g[0] != 1])
check("help knows it", "usage: riser scan URL" in run("help", "scan")[1] and "riser scan" in run("help")[1])
end()
