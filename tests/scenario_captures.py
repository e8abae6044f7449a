#!/usr/bin/python3
"""Every profile, against what such a device answers: tests/captures/KIND/MODEL.yaml holds its words by place and what they
mean, worked out by hand from the maker's table.  pymodbus serves all captures as units of one server, `riser read` asks
them, and each point must come out as expected: value, unit and quality.

    profile: meter/eastron-sdm630
    captures:
      - name: an ordinary evening
        rating: {ct: 1}                      # and any other key that a device may have
        registers:
          input: {0: [0x4366, 0x8000]}       # by PDU address, from 0, whatever the maker counts from
          coil: {3: [1, 0]}
        expect:
          voltage_l1n: {value: 230.5, unit: V}
          thd_u_l1: {quality: "bad:not_available"}

Every point that is read must be expected; a derived one may be.  A number from integers is exact to its last digit; one
from a float may be off by one in a float's last digit, a derived one by a hundred-thousandth.
"""
import glob
import json
import os
import re
import struct
import subprocess
from decimal import Decimal

import yaml

from harness import RISER, TOP, answers, check, end, folder, free_port, spawn, wait_for

PROFILES, CAPTURES = os.path.join(TOP, "config", "profiles"), os.path.join(TOP, "tests", "captures")
FILL = 0xDEAD
SPACES = ("coil", "discrete", "input", "holding")
DEVICE_KEYS_NOT = ("name", "registers", "expect")


def names(top):
    return sorted(os.path.relpath(p, top)[:-len(".yaml")] for p in glob.glob(f"{top}/*/*.yaml"))


def load(path):
    """All scalars as the text that was written: 0.1 is not a float here."""
    with open(path) as f:
        return yaml.load(f, yaml.BaseLoader)


class Device:
    """One capture, and the device of riser.yaml that reads it."""

    def __init__(self, profile, capture, unit):
        self.profile, self.capture, self.unit, self.id = profile, capture, unit, f"d{unit}"
        self.what = f"{profile}, {capture['name']}"
        self.expect = capture["expect"]

    def served(self):
        spaces = {"fill": FILL}
        for space, runs in self.capture["registers"].items():
            assert space in SPACES, f"{self.what}: {space} is none of {SPACES}"
            spaces[space] = {int(first, 0) + i: int(word, 0) for first, words in runs.items() for i, word in enumerate(words)}
        return spaces

    def configured(self):
        own = {k: v for k, v in self.capture.items() if k not in DEVICE_KEYS_NOT}
        return {"id": self.id, "profile": self.profile, "bus": "b", "unit": self.unit, **own}


def plain(node):
    """A configuration as flow YAML whose scalars stand as they were written."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{k}: {plain(v)}" for k, v in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(plain, node)) + "]"
    return str(node) if re.fullmatch(r"-?[\w./]+", str(node)) else json.dumps(str(node), ensure_ascii=False)


def floats(profile):
    """The names, as patterns, of a profile's points that are floats in the device."""
    points = load(os.path.join(PROFILES, profile + ".yaml"))["points"]
    return [re.sub(r"\{\w+\}", r"\\d+", name) for name, p in points.items() if p.get("type", "").startswith("f")]


def ulp(x):
    """The distance of a float of 32 bits to the next one."""
    bits = struct.unpack(">I", struct.pack(">f", abs(x)))[0]
    return struct.unpack(">f", struct.pack(">I", bits + 1))[0] - struct.unpack(">f", struct.pack(">I", bits))[0]


def same_number(got, want, is_float, is_derived):
    if got == want:
        return True
    slack = ulp(float(want)) if is_float else abs(float(want)) * 1e-5 if is_derived else 0
    return abs(float(got) - float(want)) <= slack


def same_value(got, want, is_float, is_derived):
    if got is None or want is None:
        return got is None and want is None
    if isinstance(got, bool):
        return want == ("true" if got else "false")
    if isinstance(got, (int, Decimal)):
        try:
            return same_number(Decimal(got), Decimal(want), is_float, is_derived)
        except ArithmeticError:
            return False
    return got == want


def judge(device, points):
    """What is wrong with a device's points, as sentences."""
    patterns, wrong = floats(device.profile), []
    for name in sorted(set(device.expect) - set(points)):
        wrong.append(f"{name} did not come")
    for name, got in points.items():
        want, derived = device.expect.get(name), not got.get("raw")
        if want is None:
            if not derived:
                wrong.append(f"{name} is expected nowhere; it came as {got}")
            continue
        is_float = any(re.fullmatch(p, name) for p in patterns)
        if not same_value(got.get("value"), want.get("value"), is_float, derived):
            wrong.append(f"{name} is {got.get('value')}, not {want.get('value')}; {got}")
        if got["quality"] != want.get("quality", "good"):
            wrong.append(f"{name} is {got['quality']}, not {want.get('quality', 'good')}; {got}")
        if "value" in want and (got.get("unit") or "") != want.get("unit", ""):
            wrong.append(f"{name} is in {got.get('unit')}, not in {want.get('unit')}")
    return wrong


files = {name: load(os.path.join(CAPTURES, name + ".yaml")) for name in names(CAPTURES)}
check("every profile has a capture", not set(names(PROFILES)) - set(files), sorted(set(names(PROFILES)) - set(files)))
check("every capture says the profile it is named after", all(f["profile"] == name for name, f in files.items()),
      [name for name, f in files.items() if f["profile"] != name])
devices = []
for profile, f in files.items():
    for capture in f["captures"]:
        devices.append(Device(profile, capture, len(devices) + 1))

port = free_port()
server = spawn(["/usr/bin/python3", "tests/capture_server.py", str(port)], stdin=subprocess.PIPE, cwd=TOP)
server.stdin.write(json.dumps([d.served() for d in devices]).encode())
server.stdin.close()
assert wait_for(lambda: answers(port), 20), "the server does not start"

conf = os.path.join(folder("captures"), "riser.yaml")
with open(conf, "w") as f:
    f.write(f"site: {{id: captures}}\nprofiles: [{PROFILES}]\nstore: {{path: store}}\n"
            f'buses: [{{id: b, url: "tcp://127.0.0.1:{port}", timeout: 2s}}]\ndevices:\n' +
            "".join(f"  - {plain(d.configured())}\n" for d in devices))
read = subprocess.run([RISER, "read", "-c", conf, "--json"], capture_output=True, text=True, timeout=120)
try:
    got = {d["id"]: {p["name"]: p for p in d["points"]} for d in json.loads(read.stdout, parse_float=Decimal)["devices"]}
except (ValueError, KeyError):
    got = {}
check("riser read answers in JSON", len(got) == len(devices), (read.returncode, read.stdout[:300], read.stderr[-2000:]))
for d in devices:
    wrong = judge(d, got.get(d.id, {}))
    check(f"{d.what}: {len(d.expect)} points", not wrong, "\n    ".join([""] + wrong))
end()
