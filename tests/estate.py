"""estate.py - an estate that riser sim plays, staged through its doors, and a gateway that watches it."""
import json
import os
import re
import socket
import struct
import time

from harness import RISER, TOP, Broker, Gateway, Subscriber, answers, folder, free_port, spawn, wait_for
from panel import Told

NORMAL, SILENT, UNPIN = 0, 1, 4
CUT, BLACKOUT = 10, 20  # of a meter's supply; 21: the meter is silent, too
TRAPPED = 60  # in a car between floors, from its next ride on
STUCK_EMPTY, INSPECTION, NO_RESTART, BUSY, QUIET = 80, 90, 110, 120, 130

# Two lifts, pumps and chargers behind tx-3; two lifts, of which one is blind, and lamps behind tx-5.
YARD = """site: {{id: yard, name: Yard, households: 300}}
profiles: [profiles]
store: {{path: STORE, commit_every: 200ms}}
buses:
  - {{id: shaft-7, url: "tcp://127.0.0.1:{shaft7}", timeout: 100ms}}
  - {{id: shaft-8, url: "tcp://127.0.0.1:{shaft8}", timeout: 100ms}}
  - {{id: substation, url: "tcp://127.0.0.1:{substation}", timeout: 100ms}}
  - {{id: outside, url: "tcp://127.0.0.1:{outside}", timeout: 100ms}}
devices:
  - {{id: tx-3, name: {{zh: 3号变压器, en: Transformer 3}}, profile: meter/schneider-pm5000, bus: substation, unit: 3, rating: {{kva: 630}}}}
  - {{id: tx-5, name: {{zh: 5号变压器, en: Transformer 5}}, profile: meter/schneider-pm5000, bus: substation, unit: 5, rating: {{kva: 630}}}}
  - {{id: lift-7-2, name: 7栋2单元电梯, profile: elevator/generic-gbt24476, bus: shaft-7, unit: 2, fed_by: tx-3,
     place: {{building: "7", stair: "2", floors: 6}}, owner: {{name: 恒通电梯, phone: "400-000-0001", rescue_code: "200200"}}}}
  - {{id: lift-8-1, name: 8栋1单元电梯, profile: elevator/generic-gbt24476, bus: shaft-8, unit: 1, fed_by: tx-3,
     place: {{building: "8", stair: "1", floors: 6}}}}
  - {{id: lift-9-1, name: 9栋1单元电梯, profile: elevator/blind, bus: shaft-8, unit: 2, fed_by: tx-5,
     place: {{building: "9", stair: "1", floors: 6}}}}
  - {{id: lift-1-1, name: 1栋1单元电梯, profile: elevator/generic-gbt24476, bus: shaft-7, unit: 1, fed_by: tx-5,
     place: {{building: "1", stair: "1", floors: 6}}}}
  - {{id: booster, profile: pump/grundfos-booster, bus: outside, unit: 1, fed_by: tx-3, alarms: {{comm_loss: {{on: 5s}}}}}}
  - {{id: charger, profile: charger/generic-10-socket, bus: outside, unit: 2, fed_by: tx-3, alarms: {{comm_loss: {{on: 5s}}}}}}
  - {{id: lamps, profile: lamp/generic-circuit, bus: outside, unit: 3, fed_by: tx-5, alarms: {{comm_loss: {{on: 5s}}}}}}
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 1s, commands: true}}
"""


class Estate(Told):
    """A configuration's devices as riser sim plays them, a broker, a subscriber and the gateway."""

    def __init__(self, name, site, text):
        self.name, self.site, self.text = name, site, text
        self.broker = Broker()
        self.subscriber = Subscriber(self.broker)
        self.gateway = Gateway(text.replace("BROKER", str(self.broker.port)).replace("FOLDER", folder(name)), name)
        self.ports = dict(re.findall(r'id: ([\w-]+), url: "tcp://127.0.0.1:(\d+)"', text))
        self.web = next(iter(re.findall(r'web: \{listen: "([^"]+)"', text)), None)
        self.place = {d: (int(self.ports[b]), int(u)) for d, b, u in
                      re.findall(r"id: ([\w-]+),.*? bus: ([\w-]+),(?: kind: \w+,)? unit: (\d+)", text) if b in self.ports}

    def start(self):
        log = open(os.path.join(folder(self.name), "sim.log"), "ab")
        self.sim = spawn([RISER, "sim", "-c", self.gateway.conf, "--seed", "7"], stdout=log, stderr=log)
        # A gateway that finds a bus silent at first takes the next silence on it for the line's, for a minute.
        assert wait_for(lambda: all(answers(int(port)) for port in self.ports.values()), 30), "riser sim does not start"
        self.gateway.start()
        return self

    def ask(self, device, pdu):
        """One request through the door of the device's bus, unit first; what came back of it, without the unit."""
        with socket.create_connection(("127.0.0.1", self.place[device][0]), timeout=10) as s:
            s.sendall(struct.pack(">HHH", 1, 0, len(pdu)) + pdu)
            return s.recv(64)[7:]

    def write(self, device, unit, function, address, value):
        return self.ask(device, struct.pack(">BBHH", unit, function, address, value))

    def stage(self, device, what):
        reply = self.write(device, 255, 6, self.place[device][1], what)
        assert reply[0] == 6, (device, what, reply)
        return time.time() * 1000

    def staged(self, device):
        reply = self.write(device, 255, 3, self.place[device][1], 1)
        return struct.unpack(">H", reply[2:4])[0]

    def pin(self, device, function, address, value):
        self.write(device, self.place[device][1], function, address, value)
        return time.time() * 1000

    def pin_float(self, device, address, value):
        """Two registers at once, high word first."""
        return self.pin_bytes(device, address, struct.pack(">f", value))

    def pin_bytes(self, device, address, data):
        head = struct.pack(">BBHHB", self.place[device][1], 16, address, len(data) // 2, len(data))
        reply = self.ask(device, head + data)
        assert reply[0] == 16, (device, address, reply)
        return time.time() * 1000

    def values(self, device):
        """What is known of the device: {point: value}, of good ones."""
        for d in self.gateway.snapshot()["devices"]:
            if d["id"] == device:
                return {name: p["v"] for name, p in d["points"].items() if p["q"] == "good"}
        return {}

    def all_online(self):
        text = self.gateway.get("/api/v1/snapshot")
        return bool(text) and all(d["online"] for d in json.loads(text)["devices"])

    def rides(self, device):
        v = self.values(device)
        return v.get("moving") is True and v.get("occupied") == "yes"

    def sticks(self, device):
        v = self.values(device)
        return v.get("moving") is False and v.get("door_zone") is False

    def changes(self, key):
        return [e["change"] for e in self.edges(key)]

    def cars(self, key):
        """The list of a cut: {lift: car}, in its order."""
        return {c["car"]: c for c in (self.alarms().get(key) or {}).get("cars") or []}

    def stop(self):
        code, _ = self.gateway.stop()
        self.sim.terminate()
        self.sim.wait()
        self.broker.stop()
        return code


def _write_blind(gateway):
    """The profile that ships, of a lift without a person sensor."""
    path = os.path.join(gateway.dir, "profiles/elevator")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(TOP, "config/profiles/elevator/generic-gbt24476.yaml")) as f:
        lines = [line for line in f if not line.startswith(("  occupied:", "  load_pct:", "  car_call:"))]
    with open(os.path.join(path, "blind.yaml"), "w") as f:
        f.write("".join(lines).replace("elevator/generic-gbt24476", "elevator/blind"))


def yard(name):
    """The estate of YARD, not yet started."""
    ports = {b: free_port() for b in ("shaft7", "shaft8", "substation", "outside")}
    estate = Estate(name, "yard", YARD.format(broker="BROKER", **ports))
    _write_blind(estate.gateway)
    return estate


def demo(size, change=lambda text: text):
    """An estate of the demo, not yet started; a serial line is played over TCP, which is its own door.  change: of its
    configuration."""
    with open(os.path.join(TOP, f"config/demo/{size}.yaml")) as f:
        text = re.sub(r'rtu://[^"]*', lambda _: f"tcp://127.0.0.1:{free_port()}", change(f.read()))
    for old in sorted(set(re.findall(r"127\.0\.0\.1:(1\d{4})\b", text))):
        text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{free_port()}")
    text = text.replace("/tmp/riser-demo/store", "STORE").replace("/tmp/riser-demo", "FOLDER")
    text = re.sub(r'mqtt: \{url: "[^"]*"', 'mqtt: {url: "mqtt://127.0.0.1:BROKER"', text)
    return Estate(size, re.search(r"id: (\w+)", text)[1], text)
