#!/usr/bin/python3
"""What a running gateway has read can be looked back at: the values that a device really gave are in /api/v1/history, and the
same bytes come from `riser history`, whether the gateway runs or not.  Long answers come whole, to those who read them slowly
too; they hold nobody else, and who goes away in the middle leaves nothing behind."""
import csv
import http.client
import io
import json
import os
import pty
import random
import socket
import struct
import subprocess
import threading
import time
from datetime import datetime

from devices import TcpDevice
from harness import RISER, Gateway, check, end, folder, wait_for

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PACE = 10 * MINUTE
DAYS = 366
BIG = 9_007_199_254_740_993  # 2^53 + 1
DOORS = ["closed", "opening", "open", "closing"]

PROFILE = """
profile: meter/look
title: a device to look back at
kind: feeder
verified: C
source: the test
points:
  noise: {at: "holding:0", type: u16, every: 1500ms}
  energy: {at: "holding:1", type: u32, unit: kWh, every: 1500ms, role: counter}
  big: {at: "holding:3", type: u64, every: 1500ms}
  door: {at: "holding:7", type: u16, every: 1500ms, enum: {0: closed, 1: opening, 2: open, 3: closing}}
  label: {at: "holding:8", type: "ascii:8", every: 1500ms}
"""
CONF = """
site: {{id: back, timezone: Asia/Shanghai}}
profiles: [profiles]
store: {{path: STORE, commit_every: 200ms}}
buses:
  - {{id: b, url: "tcp://127.0.0.1:{port}"}}
  - {{id: gone, url: "tcp://127.0.0.1:1"}}
devices:
  - {{id: now, profile: meter/look, bus: b, unit: 1}}
  - {{id: old, profile: meter/look, bus: gone, unit: 1, heartbeat: 15m}}
"""


class Meter:
    """Another value at each question, and what they were."""

    def __init__(self):
        self.random, self.energy, self.served = random.Random(9), 1000, []

    def registers(self, unit, function, address, count):
        noise, door = self.random.randrange(65536), self.random.randrange(4)
        self.energy += self.random.randrange(1, 50)
        words = [noise, *struct.unpack(">HH", struct.pack(">I", self.energy)), *struct.unpack(">4H", struct.pack(">Q", BIG)),
                 door, *struct.unpack(">4H", f'"{noise:05}",'.encode())]
        self.served.append((noise, self.energy, DOORS[door], f'"{noise:05}",'))
        return words[address:address + count]


def now_ms():
    return int(time.time() * 1000)


def import_year(gateway, until):
    path = os.path.join(gateway.dir, "year.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.write("t,device,point,value\n")
        for k in range(DAYS * DAY // PACE):
            out.write(f"{until - DAYS * DAY + k * PACE},old,noise,{k * 7919 % 65521}\n")
    p = subprocess.run([RISER, "history", "-c", gateway.conf, "import", path], capture_output=True, text=True)
    check("a year is imported", p.returncode == 0, p.stderr[-300:])


def command(gateway, point, *options):
    p = subprocess.run([RISER, "history", "-c", gateway.conf, point, *map(str, options)], capture_output=True)
    return p.stdout.decode(), p.stderr.decode(), p.returncode


def connect(gateway, path):
    """Asks, and leaves the answer for later."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(os.path.join(gateway.store, "riser.sock"))
    s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return s


def read_slowly(s):
    response = http.client.HTTPResponse(s)
    response.begin()
    return response.read().decode()


def status(gateway, path):
    s = connect(gateway, path)
    response = http.client.HTTPResponse(s)
    response.begin()
    body = json.loads(response.read())
    s.close()
    return response.status, body.get("error", "")


# ---- what a device gave ----

def judge_values(meter, served, doc):
    """Each reading falls in a second of its own, so none is hidden between the least and the most."""
    seen = {row[key] for row in doc["rows"] for key in ("min", "max", "last")}
    given = {noise for noise, *_ in meter.served}
    check("each value that the device gave is in the history", {n for n, *_ in served} <= seen,
          sorted({n for n, *_ in served} - seen)[:5])
    check("and no other", seen <= given, sorted(seen - given)[:5])
    check("each row is of one second, in order", doc["step"] == 1000 and all(
        a["t"] < b["t"] and a["t"] % 1000 == 0 for a, b in zip(doc["rows"], doc["rows"][1:])))


def judge_others(gateway, meter, span):
    rows = {}
    for point in ("energy", "big", "door", "label"):
        rows[point] = json.loads(gateway.get(f"/api/v1/history?point=now/{point}&{span}&step=1s"))["rows"]
    counted = {e for _, e, _, _ in meter.served}
    energy = rows["energy"]
    check("a counter rose by what it was between its first and its last",
          sum(r["increase"] for r in energy) - energy[0]["increase"] == energy[-1]["last"] - energy[0]["last"] and
          energy[-1]["last"] in counted, [(r["t"] % 100000, r["last"], r["increase"]) for r in energy])
    check("an integer beyond 2^53 is exact", {r[k] for r in rows["big"] for k in ("min", "max", "last")} == {BIG},
          rows["big"][:2])
    check("an enumeration tells how long it was in which state", all(
        set(r["states"]) <= set(DOORS) and r["last"] in DOORS and "mean" not in r and
        sum(r["states"].values()) == round(1000 * r["coverage"]) for r in rows["door"]), rows["door"][:2])
    labels = {label for *_, label in meter.served}
    check("a text is its last", rows["label"] and {r["last"] for r in rows["label"]} <= labels, rows["label"][:2])


# ---- the same from everywhere ----

QUESTIONS = [("now/noise", "live", "1s"), ("now/energy", "live", "1s"), ("now/door", "live", "1s"), ("now/label", "live", "10s"),
             ("now/big", "live", "10s"), ("old/noise", "year", "15m"), ("old/noise", "year", None), ("old/noise", "year", "1d"),
             ("old/noise", "end", "15m")]


def documents(gateway, spans, running):
    """{(question, form): text} by the command, and checked against the API if the gateway runs."""
    out = {}
    for point, which, step in QUESTIONS:
        begin_ms, end_ms = spans[which]
        options = ["--from", begin_ms, "--to", end_ms, *(["--step", step] if step else [])]
        for form in ("csv", "json"):
            text, said, code = command(gateway, point, *options, f"--{form}")
            out[point, which, step, form] = text
            if code != 0:
                check(f"riser history {point} --{form} ends well", False, said)
            if not running:
                continue
            path = f"/api/v1/history?point={point}&from={begin_ms}&to={end_ms}&format={form}"
            got = gateway.get(path + (f"&step={step}" if step else "&step=auto"))
            check(f"{point}, {step}, {form}: the command prints what the API says", got.rstrip("\n") == text.rstrip("\n"),
                  (len(got), len(text), got[:200], text[:200], said))
    return out


def judge_csv(text, doc):
    """The same rows in both forms."""
    lines = list(csv.DictReader(io.StringIO(text)))
    check("CSV has the rows that JSON has", [int(datetime.fromisoformat(line["t"]).timestamp() * 1000) for line in lines] ==
          [r["t"] for r in doc["rows"]] and all(float(line[k]) == r[k] for line, r in zip(lines, doc["rows"])
                                                for k in ("min", "max", "mean", "last", "coverage")), lines[:2])


def judge_terminal(gateway, options):
    """A table, on a terminal alone."""
    master, slave = pty.openpty()
    p = subprocess.Popen([RISER, "history", "-c", gateway.conf, "now/label", *map(str, options)], stdout=slave,
                         stderr=subprocess.DEVNULL)
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 65536):
            text += chunk
    except OSError:
        pass
    p.wait()
    os.close(master)
    lines = text.decode().splitlines()
    check("on a terminal there is a table", lines and lines[0].split() == ["t", "min", "max", "mean", "last", "coverage"],
          lines[:2])
    check("a text with quotes and commas is whole in it", len(lines) > 1 and all(
        line.split()[2:5] == ["-", "-", "-"] and line.split()[5].startswith('"') and line.split()[5].endswith('",') and
        line.endswith("%") for line in lines[1:]), lines[1:3])


# ---- long answers ----

def long_answers(gateway, spans):
    begin_ms, end_ms = spans["quarter"]
    span = f"from={begin_ms}&to={end_ms}&step=1m"
    path = f"/api/v1/history?point=old/noise&{span}"
    minutes = (end_ms - begin_ms) // MINUTE
    slow = connect(gateway, path + "&format=csv")
    year = connect(gateway, "/api/v1/history?point=old/noise&from=%d&to=%d&step=15m" % spans["year"])
    seen = len(json.loads(gateway.get("/api/v1/snapshot"))["devices"])
    check("while long answers wait to be read others are answered", seen == 3 and all(
        gateway.get(p) for p in ("/healthz", "/metrics", "/api/v1/journal", "/api/v1/history?point=now/noise")))
    lines = read_slowly(slow).splitlines()
    check("who read slowly has every line", len(lines) == minutes + 1, (len(lines), minutes))
    rows = json.loads(read_slowly(year))["rows"]
    check("and another a year", len(rows) == 364 * 96, len(rows))

    doc = json.loads(gateway.get(path))
    last = doc["rows"][-1]["t"] + MINUTE
    check("a document has 100000 rows and says where the next goes on", len(doc["rows"]) == 100000 and doc["next"] == last,
          (len(doc["rows"]), doc["next"], last))
    text, _, _ = command(gateway, "old/noise", "--from", begin_ms, "--to", end_ms, "--step", "1m", "--json")
    whole = json.loads(text)
    check("the command follows it and prints one document", len(whole["rows"]) == minutes and whole["next"] is None and
          [r["t"] for r in whole["rows"]] == list(range(begin_ms, end_ms, MINUTE)), (len(whole["rows"]), whole["next"]))
    return path, minutes, lines


def go_away(gateway, path):
    def descriptors():
        return len(os.listdir(f"/proc/{gateway.p.pid}/fd"))

    before = descriptors()
    for i in range(20):
        s = connect(gateway, path + ("&format=csv" if i % 2 else ""))
        s.recv(1024)
        s.close()
    crowd = [connect(gateway, path + "&format=csv") for _ in range(8)]
    threads = [threading.Thread(target=lambda s=s: s.recv(1024)) for s in crowd]
    for t in threads:
        t.start()
    for s, t in zip(crowd, threads):
        t.join()
        s.close()
    check("who goes away in the middle leaves no descriptor behind", wait_for(lambda: descriptors() <= before, 60),
          (before, descriptors()))
    check("and the next is answered", gateway.get("/api/v1/history?point=now/noise"))


def mistakes(gateway):
    for path, code, says in (("point=now/nothing", 404, "neither the configuration nor the history knows it"),
                             ("point=nobody/noise", 404, "there is no point nobody/noise"),
                             ("point=now/noise&step=7m", 400, "step is"), ("from=1", 400, "point is missing"),
                             ("point=now/noise&from=5&to=5", 400, "from must be earlier than to")):
        got, sentence = status(gateway, f"/api/v1/history?{path}")
        check(f"{path} is {code}, and why", got == code and says in sentence, (got, sentence))


def refused(gateway):
    """{arguments: what is said} of questions that are wrong, by the command."""
    out = {}
    for arguments in (("now/nothing",), ("nwo/nose",), ("now/noise", "--step", "7m"), ("now/noise", "--step", "0s"), ("now/noise", "--from", "2026-01-02", "--to", "2026-01-01"),
                      ("now/../noise",)):
        text, said, code = command(gateway, *arguments)
        out[arguments] = [line for line in said.splitlines() if "no gateway runs" not in line], code, text
    return out


def main():
    meter = Meter()
    device = TcpDevice(meter.registers)
    gateway = Gateway(CONF.format(port=device.port), "back")
    with open(os.path.join(folder("back/profiles/meter"), "look.yaml"), "w", encoding="utf-8") as f:
        f.write(PROFILE)
    os.makedirs(gateway.store, mode=0o700, exist_ok=True)
    until = now_ms() // HOUR * HOUR - HOUR
    import_year(gateway, until)
    # Whole days are compared; and in quarters how the last reading holds, and what is behind it.
    spans = {"end": (until - 12 * HOUR, until + 24 * HOUR)}
    until = (until + 8 * HOUR) // DAY * DAY - 8 * HOUR
    spans |= {"year": (until - 364 * DAY, until), "quarter": (until - 90 * DAY, until)}

    gateway.start()
    wait_for(lambda: len(meter.served) >= 2, 30)
    # Slots that are over: they do not change any more.
    first, begin_ms = len(meter.served), now_ms() // 10000 * 10000
    wait_for(lambda: len(meter.served) >= first + 10 and now_ms() % 10000 < 500, 60)
    end_ms, last = now_ms() // 10000 * 10000, len(meter.served)
    # What was given last may have come behind end_ms; what holds at end_ms is known by the next.
    wait_for(lambda: len(meter.served) >= last + 4, 60)
    spans["live"] = (begin_ms, end_ms)
    span = f"from={begin_ms}&to={end_ms}"
    wait_for(lambda: any(json.loads(gateway.get(f"/api/v1/history?point=now/noise&from={end_ms}&to={end_ms + 1000}&step=1s"))["rows"]),
             30)
    doc = json.loads(gateway.get(f"/api/v1/history?point=now/noise&{span}&step=1s"))
    judge_values(meter, meter.served[first:last - 1], doc)
    judge_others(gateway, meter, span)
    judge_csv(gateway.get(f"/api/v1/history?point=now/noise&{span}&step=1s&format=csv"), doc)
    running = documents(gateway, spans, True)
    judge_terminal(gateway, ["--from", begin_ms, "--to", end_ms, "--step", "1s"])
    wrong = refused(gateway)
    check("a wrong question ends with 1 and a sentence", all(
        code == 1 and len(said) == 1 and not text for said, code, text in wrong.values()), wrong)
    check("of a point that nobody knows the nearest is named, or none", wrong["nwo/nose",][0][0].endswith("; did you mean now/noise?") and
          wrong["now/nothing",][0][0].endswith("knows it"), wrong)

    mistakes(gateway)
    path, minutes, lines = long_answers(gateway, spans)
    go_away(gateway, path)

    stalled = [connect(gateway, path + "&format=csv") for _ in range(4)]
    stalled[0].recv(1024)
    code, _ = gateway.stop()
    check("a gateway with answers under way stops well", code == 0, gateway.said()[-500:])
    stopped = documents(gateway, spans, False)
    for question, text in running.items():
        check(f"{', '.join(map(str, question))}: the files say the same", text and text == stopped[question],
              (len(text), len(stopped[question]), text[-300:], stopped[question][-300:]))
    text, said, code = command(gateway, "old/noise", "--from", spans["quarter"][0], "--to", spans["quarter"][1], "--step", "1m", "--csv")
    check("and every line of the long one", text.splitlines() == lines and "no gateway runs" in said, (len(text), said))
    check("and refuse what it refused", refused(gateway) == wrong, refused(gateway))
    device.stop()
    end()


if __name__ == "__main__":
    main()
