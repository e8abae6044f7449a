#!/usr/bin/python3
"""Each type in each word order, from servers nobody here wrote (pymodbus over TCP and over a pty pair, npm's modbus-serial
over TCP), arrives on MQTT exactly.  The registers are made here with struct, from the definition of the orders, not by riser."""
import json
import os
import pty
import select
import struct
import subprocess
import threading
import time
import tty

from harness import TOP, Broker, Gateway, Subscriber, answers, check, end, folder, free_port, ledger_holds, spawn, wait_for

# type -> (struct format of the big-endian bytes, values)
NUMBERS = {
    "u16": ("H", [0, 1, 0x1234, 65535]),
    "i16": ("h", [0, -1, 0x1234, -32768, 32767]),
    "u32": ("I", [0, 0x12345678, 4294967295]),
    "i32": ("i", [0, -1, 0x12345678, -2147483648, 2147483647]),
    "u64": ("Q", [0, 0x123456789ABCDEF0, 9007199254740993, 18446744073709551615]),
    "i64": ("q", [0, -1, 9007199254740993, -9223372036854775808, 9223372036854775807]),
    "f32": ("f", [0.0, 1.5, -0.15625, 231.2, 3.4028234663852886e38, 1.401298464324817e-45]),
    "f64": ("d", [0.0, 0.1, -231.2, 1.7976931348623157e308, 5e-324]),
}
ORDERS = ("abcd", "cdab", "badc", "dcba")


def ordered(raw, order):
    """The words in which a device of that order sends these big-endian bytes."""
    words = [raw[i:i + 2] for i in range(0, len(raw), 2)]
    if order in ("badc", "dcba"):
        words = [w[::-1] for w in words]
    if order in ("cdab", "dcba"):
        words = words[::-1]
    return [struct.unpack(">H", w)[0] for w in words]


class Map:
    """Registers being filled, the profile's points over them, and what must arrive."""

    def __init__(self):
        self.spaces = {"holding": [], "input": [], "coil": [], "discrete": []}
        self.points, self.expected = [], {}

    def add(self, space, words, settings, value):
        name = f"p{len(self.points)}"
        address = len(self.spaces[space])
        self.spaces[space] += words
        self.points.append(f'  {name}: {{at: "{space}:{address}", every: 1s, {settings}}}')
        self.expected[name] = value


def build():
    m = Map()
    for kind, (fmt, values) in NUMBERS.items():
        for order in ORDERS:
            for i, value in enumerate(values):
                m.add("holding" if i % 2 else "input", ordered(struct.pack(">" + fmt, value), order),
                      f"type: {kind}, word_order: {order}", value)
    for order in ORDERS:
        m.add("holding", ordered(b"\x12\x34", order), f"type: bcd16, word_order: {order}", 1234)
        m.add("holding", ordered(b"\x98\x76\x54\x32", order), f"type: bcd32, word_order: {order}", 98765432)
        text = b"Lift 12\0" if order in ("abcd", "cdab") else b"iLtf1 \x002"
        m.add("holding", [struct.unpack(">H", text[i:i + 2])[0] for i in range(0, 8, 2)],
              f"type: ascii:8, word_order: {order}", "Lift 12")
    m.add("holding", [0b0000_0000_0010_0000], "type: u16, bits: [4, 5], enum: {0: closed, 1: opening, 2: open, 3: closing}", "open")
    m.add("holding", [0b1000_0000_0000_0000], "type: u16, bits: [15, 15]", True)
    m.add("input", [0xBEEF], "type: u16, bits: [4, 11]", 0xEE)
    m.add("input", [2], "type: u16, enum: {1: no, 2: off}", "off")
    m.add("input", [231], "type: u16, scale: 0.1, unit: V", 23.1)
    m.add("input", [3], "type: u16, scale: 0.1, unit: V", 0.3)
    m.add("input", [65535 - 9], "type: i16, scale: 0.01, offset: -40", -40.1)
    m.add("input", [60], "type: u16, offset: -40, unit: degC", 20)
    m.add("holding", ordered(struct.pack(">q", 123456789012345), "abcd"), "type: i64, scale: 0.001, unit: kWh", 123456789012.345)
    for space in ("coil", "discrete"):
        for bit in (1, 0, 0, 1, 1, 0, 1, 0, 1):
            m.add(space, [bit], "type: bit", bool(bit))
        m.add(space, [1], "type: bit, enum: {0: lost, 1: ok}", "ok")
    return m


def profile(m):
    return ("profile: meter/types\ntitle: every type\nkind: feeder\nverified: C\nsource: the test\n"
            "modbus: {max_gap: 4}\npoints:\n" + "\n".join(m.points) + "\n")


def conf(url, broker):
    return (f"site: {{id: types, name: Types}}\nprofiles: [profiles]\nstore: {{path: STORE, commit_every: 200ms}}\n"
            f'buses: [{{id: b, url: "{url}", timeout: 2s}}]\n'
            f"devices: [{{id: all, profile: meter/types, bus: b, unit: 1}}]\n"
            f'mqtt: {{url: "mqtt://127.0.0.1:{broker.port}"}}\n')


def same(got, want):
    """Exactly: the same JSON type, all digits of an integer, the very float."""
    if isinstance(want, float) and not isinstance(got, bool) and isinstance(got, (int, float)):
        return float(got) == want or struct.pack(">f", got) == struct.pack(">f", want) and struct.unpack(
            ">f", struct.pack(">f", want))[0] == want
    return type(got) is type(want) and got == want


def run(what, url, m, name):
    profiles = folder(f"{name}/profiles/meter")
    with open(os.path.join(profiles, "types.yaml"), "w") as f:
        f.write(profile(m))
    broker = Broker()
    subscriber = Subscriber(broker)
    gateway = Gateway(conf(url, broker), name).start()
    got = {}

    def complete():
        for message in subscriber.data("all"):
            got.update(message["values"])
        return set(got) == set(m.expected)

    wait_for(complete, 30)
    missing = sorted(set(m.expected) - set(got))
    check(f"{what}: every point arrives", not missing, (missing[:10], gateway.said()[-500:]))
    settings = dict(zip(m.expected, m.points))
    wrong = [(settings[n], got[n], want) for n, want in m.expected.items() if n in got and not same(got[n], want)]
    check(f"{what}: all {len(m.expected)} values are exact", not wrong, wrong[:5])
    qualities = [q for message in subscriber.data("all") for q in message["quality"].items()]
    check(f"{what}: none is of doubtful quality", not qualities, qualities[:5])
    ledger_holds(gateway, subscriber, what)
    gateway.stop()
    broker.stop()


def serve(argv, m, ready):
    p = spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=TOP)
    p.stdin.write(json.dumps(m.spaces).encode())
    p.stdin.close()
    assert wait_for(ready, 20), f"{argv} does not start"
    return p


def pty_pair(one, other):
    """Two ttys that are the ends of one line."""
    ends = [pty.openpty(), pty.openpty()]
    for (master, slave), path in zip(ends, (one, other)):
        tty.setraw(slave)
        os.symlink(os.ttyname(slave), path)

    def pump():
        while True:
            for fd in select.select([ends[0][0], ends[1][0]], [], [])[0]:
                os.write(ends[1][0] if fd == ends[0][0] else ends[0][0], os.read(fd, 4096))

    threading.Thread(target=pump, daemon=True).start()


m = build()
port = free_port()
p = serve(["/usr/bin/python3", "tests/pymodbus_server.py", "tcp", str(port)], m, lambda: answers(port))
run("pymodbus over TCP", f"tcp://127.0.0.1:{port}", m, "pymodbus-tcp")
p.kill()

line = folder("line")
pty_pair(f"{line}/theirs", f"{line}/ours")
p = serve(["/usr/bin/python3", "tests/pymodbus_server.py", "rtu", f"{line}/theirs", "115200"], m, lambda: time.sleep(1.5) or True)
run("pymodbus over a pty pair", f"rtu://{line}/ours?baud=115200", m, "pymodbus-rtu")
p.kill()

port = free_port()
p = serve(["node", "tests/modbus_serial_server.js", str(port)], m, lambda: answers(port))
run("modbus-serial over TCP", f"tcp://127.0.0.1:{port}", m, "modbus-serial")
p.kill()
end()
