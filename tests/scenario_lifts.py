#!/usr/bin/python3
"""Lifts and power of the whole daemon, staged through the simulator's doors: entrapment told and suspected, and who did what about
it; inspection; a feeder that is cut, its list of cars over kill -9 at any moment, what restarts and what does not; a feeder of
which only silence tells; and the estate of 85 lifts."""
import json
import os
import re
import socket
import struct
import subprocess
import time

from harness import RISER, TOP, Broker, Gateway, Subscriber, check, end, folder, free_port, spawn, wait_for
from panel import Told

NORMAL, SILENT = 0, 1
CUT, BLACKOUT = 10, 20  # of a meter's supply; 21: the meter is silent, too
TRAPPED, TRAPPED_TOLD, STUCK_EMPTY, INSPECTION, NO_RESTART, BUSY, QUIET = 60, 70, 80, 90, 110, 120, 130
FAULT, ENTRAP = 2, 101  # elevator/generic-gbt24476: input register; its number for people trapped
BUTTON = 3  # discrete input

CONF = """
site: {{id: yard, name: Yard, households: 300}}
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
  - {{id: lift-7-2, name: 7号楼2单元电梯, profile: elevator/generic-gbt24476, bus: shaft-7, unit: 2, fed_by: tx-3,
     place: {{building: "7", stair: "2", floors: 6}}, owner: {{name: 恒通电梯, phone: "400-000-0001", rescue_code: "200200"}}}}
  - {{id: lift-8-1, name: 8号楼1单元电梯, profile: elevator/generic-gbt24476, bus: shaft-8, unit: 1, fed_by: tx-3,
     place: {{building: "8", stair: "1", floors: 6}}}}
  - {{id: lift-9-1, name: 9号楼1单元电梯, profile: elevator/blind, bus: shaft-8, unit: 2, fed_by: tx-5,
     place: {{building: "9", stair: "1", floors: 6}}}}
  - {{id: lift-1-1, name: 1号楼1单元电梯, profile: elevator/generic-gbt24476, bus: shaft-7, unit: 1, fed_by: tx-5,
     place: {{building: "1", stair: "1", floors: 6}}}}
  - {{id: booster, profile: pump/grundfos-booster, bus: outside, unit: 1, fed_by: tx-3, alarms: {{comm_loss: {{on: 5s}}}}}}
  - {{id: charger, profile: charger/generic-10-socket, bus: outside, unit: 2, fed_by: tx-3, alarms: {{comm_loss: {{on: 5s}}}}}}
  - {{id: lamps, profile: lamp/generic-circuit, bus: outside, unit: 3, fed_by: tx-5, alarms: {{comm_loss: {{on: 5s}}}}}}
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 1s, commands: true}}
"""


class Estate(Told):
    """A configuration's devices as riser sim plays them, a broker, a subscriber and the gateway."""

    def __init__(self, name, site, text):
        self.name, self.site = name, site
        self.broker = Broker()
        self.subscriber = Subscriber(self.broker)
        self.gateway = Gateway(text.replace("BROKER", str(self.broker.port)).replace("FOLDER", folder(name)), name)
        self.ports = dict(re.findall(r'id: ([\w-]+), url: "tcp://127.0.0.1:(\d+)"', text))
        self.place = {d: (int(self.ports[b]), int(u)) for d, b, u in
                      re.findall(r"id: ([\w-]+),.*? bus: ([\w-]+),(?: kind: \w+,)? unit: (\d+)", text) if b in self.ports}

    def start(self):
        log = open(os.path.join(folder(self.name), "sim.log"), "ab")
        self.sim = spawn([RISER, "sim", "-c", self.gateway.conf, "--seed", "7"], stdout=log, stderr=log)
        self.gateway.start()
        return self

    def write(self, device, unit, function, address, value):
        """One write through the door of the device's bus; what came back of it."""
        with socket.create_connection(("127.0.0.1", self.place[device][0]), timeout=10) as s:
            s.sendall(struct.pack(">HHHBBHH", 1, 0, 6, unit, function, address, value))
            return s.recv(64)[7:]

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


def yard():
    ports = {b: free_port() for b in ("shaft7", "shaft8", "substation", "outside")}
    return Estate("yard", "yard", CONF.format(broker="BROKER", **ports))


def write_blind(gateway):
    """The profile that ships, of a lift without a person sensor."""
    path = os.path.join(gateway.dir, "profiles/elevator")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(TOP, "config/profiles/elevator/generic-gbt24476.yaml")) as f:
        lines = [line for line in f if not line.startswith(("  occupied:", "  load_pct:", "  car_call:"))]
    with open(os.path.join(path, "blind.yaml"), "w") as f:
        f.write("".join(lines).replace("elevator/generic-gbt24476", "elevator/blind"))


def same_cars(a, b):
    """Whether two lists say the same; ages are those of the moment of the cut."""
    return a and list(a) == list(b) and all(
        {k: v for k, v in a[c].items() if k != "back"} == {k: v for k, v in b[c].items() if k != "back"} for c in a)


# ---- an entrapment that the controller tells, and who did what about it

estate = yard()
write_blind(estate.gateway)
estate.start()
check("all of the estate answers", wait_for(estate.all_online, 30))
stuck = estate.stage("lift-9-1", STUCK_EMPTY)
estate.stage("lift-1-1", INSPECTION)
estate.stage("lift-8-1", QUIET)
check("the register says what is staged", estate.staged("lift-9-1") == STUCK_EMPTY, estate.staged("lift-9-1"))
refused = estate.write("lift-8-1", 255, 6, 1, CUT)
check("what cannot happen to a lift is refused", refused == bytes([0x86, 3]), refused)

pinned = estate.pin("lift-7-2", 6, FAULT, ENTRAP)
trap = estate.stands("lift-7-2/entrapment", 10, state="UNACK", severity="P1")
check("people trapped are told within 2 s", trap and trap["since"] - pinned < 2000, (trap, pinned))
check("with place and floor", trap and "7" in trap["text"]["zh"] and "困人" in trap["text"]["zh"] and "层" in trap["text"]["zh"], trap)
check("it is at the broker", wait_for(lambda: [m for m in estate.subscriber.all("lift-7-2/alarm/entrapment") if m.payload], 5))
device = [d for d in json.loads(estate.gateway.get("/api/v1/points"))["devices"] if d["id"] == "lift-7-2"]
check("the lift's place is known to who reads it", device and device[0]["place"] == {"building": "7", "stair": "2", "floors": 6}, device)
status, said = estate.post("lift-7-2/entrapment", "shelve", by="王工", note="later", **{"for": "10m"})
check("it cannot be shelved", status == 409, (status, said))
deeds = [("respond", "李工"), ("ack", "王工"), ("arrive", "李工"), ("rescue", "李工")]
for verb, who in deeds:
    check(f"{verb} is written down", estate.post("lift-7-2/entrapment", verb, by=who)[0] == 200)
work = (estate.alarms().get("lift-7-2/entrapment") or {}).get("work") or {}
check("the chain has names and times", [work.get(k, {}) and work[k]["by"] for k in ("responded", "arrived", "rescued")] == ["李工"] * 3, work)
check("it stands while the controller says so", "lift-7-2/entrapment" in estate.alarms())
estate.stage("lift-7-2", 4)
check("who was rescued ends it when the controller says no more", estate.gone("lift-7-2/entrapment", 10), estate.alarms().get("lift-7-2/entrapment"))
journal = json.loads(estate.gateway.get("/api/v1/journal?alarm=entrapment&device=lift-7-2&limit=100") or "{}").get("events", [])
told = [e["change"] for e in reversed(journal) if e["type"] == "alarm"]
check("the journal has it in order", told[:5] == ["raise", "respond", "ack", "arrive", "rescue"] and len(told) == 6, told)

# ---- suspected, of a lift that does not say whether anybody is in it

since = wait_for(lambda: estate.sticks("lift-9-1") and time.time() * 1000, 60)
check("the lift without sensors is between floors", since and not {"occupied", "load_pct", "car_call"} & set(estate.values("lift-9-1")),
      estate.values("lift-9-1"))
estate.stage("lift-7-2", BUSY)
check("the one in inspection is inspected", wait_for(lambda: estate.values("lift-1-1").get("service_mode") == "inspection", 60))
estate.pin("lift-1-1", 5, BUTTON, 0xFF00)
button = estate.stands("lift-1-1/alarm_button", 20, severity="P1")
check("its alarm button is heard all the same", button and not button["suppressed_by"], button)
estate.pin("lift-1-1", 5, BUTTON, 0)
suspected = estate.stands("lift-9-1/entrapment_suspected", 90, severity="P1")
late = suspected and suspected["since"] - since
check("it is suspected after 60 s, not before 55 s", late and 55000 <= late <= 75000, (late, suspected))
check("and says that nobody knows who is in it", suspected and "疑似困人" in suspected["text"]["zh"] and "未知" in suspected["text"]["zh"], suspected)
check("nobody is suspected in a lift in inspection", not [k for k in estate.alarms() if k.startswith("lift-1-1/entrapment")] and
      not estate.changes("lift-1-1/entrapment_suspected"), sorted(estate.alarms()))
estate.stage("lift-1-1", NORMAL)
estate.post("lift-1-1/alarm_button", "false-alarm", by="王工")
estate.post("lift-9-1/entrapment_suspected", "ack", by="王工")
estate.stage("lift-9-1", BUSY)

# ---- a cut of the transformer, its meter and the boards on a UPS

check("one lift rides with people", wait_for(lambda: estate.rides("lift-7-2"), 90), estate.values("lift-7-2"))
for _ in range(20):  # the reading is of half a second ago: cut it while it rides on
    estate.stage("lift-7-2", NO_RESTART)
    if wait_for(lambda: estate.rides("lift-7-2"), 2):
        break
    estate.stage("lift-7-2", BUSY)
    wait_for(lambda: estate.rides("lift-7-2"), 60)
before = estate.values("lift-7-2")
cut_at = estate.stage("tx-3", CUT)
cut = estate.stands("tx-3/power_cut", 20, state="UNACK", severity="P1")
check("the cut is one P1 within 10 s", cut and cut["since"] - cut_at < 10000, (cut and cut["since"] - cut_at, sorted(estate.alarms())))
cars = estate.cars("tx-3/power_cut")
check("it lists the lifts behind it, the ridden one first", list(cars) == ["lift-7-2", "lift-8-1"], cars)
ridden, idle = cars.get("lift-7-2", {}), cars.get("lift-8-1", {})
check("it rode with people in it", ridden.get("moving") is True and ridden.get("occupied") == "yes" and ridden.get("age") is not None, ridden)
check("the other stood empty", idle.get("moving") is False and idle.get("occupied") == "no", idle)
check("which the text says", cut and "7" in cut["text"]["zh"] and "有人" in cut["text"]["zh"], cut and cut["text"])
check("the meter reads no voltage", wait_for(lambda: estate.values("tx-3").get("voltage_l1n") == 0, 5), estate.values("tx-3"))
status, said = estate.post("tx-3/power_cut", "check", by="王工", car="lift-8-1", note="没有人")
check("a car is ticked off", status == 200 and (estate.cars("tx-3/power_cut")["lift-8-1"].get("checked") or {}).get("by") == "王工",
      (status, said, estate.cars("tx-3/power_cut")))
status, said = estate.post("tx-3/power_cut", "check", by="王工", car="lift-9-1")
check("one that is not in the list is refused with a sentence", status in (404, 409) and "lift-9-1" in said["error"], (status, said))
folded = ("booster/comm_loss", "charger/comm_loss")
check("what is dark behind it is hidden by it", wait_for(lambda: all(
    (estate.alarms().get(k) or {}).get("suppressed_by") == "tx-3/power_cut" for k in folded), 30),
    {k: (estate.alarms().get(k) or {}).get("suppressed_by") for k in folded})
check("the lamps of another transformer are not dark", "lamps/comm_loss" not in estate.alarms())

# ---- kill -9 in the middle of it

for _ in range(3):
    was = estate.cars("tx-3/power_cut")
    told_before = len(estate.edges("tx-3/power_cut"))
    estate.gateway.kill()
    estate.gateway.start()
    again = wait_for(lambda: estate.cars("tx-3/power_cut"), 10) or {}
    check("after kill -9 the list is back, with who was in them and who was looked after", same_cars(was, again), (was, again))
    time.sleep(1)
    check("and nothing is told again", len(estate.edges("tx-3/power_cut")) == told_before, estate.changes("tx-3/power_cut"))
kept = estate.retained().get("tx-3/power_cut") or {}
check("the broker has the same list", same_cars({c["car"]: c for c in kept.get("cars", [])}, estate.cars("tx-3/power_cut")), kept)
people = estate.stands("lift-7-2/entrapment_suspected", 90)
check("whoever is in the stuck one is suspected, too", people and "有人" in people["text"]["zh"] and not people["suppressed_by"], people)

# ---- the supply comes back

back_at = estate.stage("tx-3", NORMAL)
check("a lift restarts by itself", wait_for(lambda: estate.cars("tx-3/power_cut").get("lift-8-1", {}).get("back") is True, 90),
      estate.cars("tx-3/power_cut"))

# ---- meanwhile: the estate of 85 lifts

with open(os.path.join(TOP, "config/demo/l.yaml")) as f:
    text = f.read()
for old in sorted(set(re.findall(r"127\.0\.0\.1:(\d+)", text))):
    text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{free_port()}")
text = text.replace("/tmp/riser-demo/store", "STORE").replace("/tmp/riser-demo", "FOLDER")
text = re.sub(r'mqtt: \{url: "[^"]*"', 'mqtt: {url: "mqtt://127.0.0.1:BROKER"', text)
large = Estate("large", re.search(r"id: (\w+)", text)[1], text).start()
check("85 lifts answer", wait_for(large.all_online, 60, 0.5) and text.count("profile: elevator/") == 85)
fed = {m[1] for m in re.finditer(r"id: (lift-[\w-]+),.*fed_by: tx-5", text)}
cut_at = large.stage("tx-5", CUT)
cut = large.stands("tx-5/power_cut", 20, severity="P1")
check("a cut of twelve of them is one P1 within 10 s", cut and cut["since"] - cut_at < 10000, (cut and cut["since"] - cut_at, sorted(large.alarms())))
listed = large.cars("tx-5/power_cut")
check("with all that it feeds and nobody else", set(listed) == fed and len(fed) == 12, (sorted(listed), sorted(fed)))
urgent = {"yes": 1, "unknown": 2, "no": 3}
order = [urgent[c["occupied"]] for c in listed.values()]
check("people first", order and order == sorted(order), [(c["car"], c["occupied"], c["moving"]) for c in listed.values()])
time.sleep(8)  # in which a lift by itself would have told it
shown = [k for k, a in large.alarms().items() if not a["suppressed_by"] and k.split("/")[1].startswith("power_lost")]
check("no lift tells its lost power beside it", not shown, shown)
large.stage("tx-5", NORMAL)
check("all of them restart", wait_for(lambda: [c["back"] for c in large.cars("tx-5/power_cut").values()] == [True] * 12, 100, 0.5),
      [c["car"] for c in large.cars("tx-5/power_cut").values() if not c["back"]])
large.post("tx-5/power_cut", "ack", by="王工")
check("and acknowledged it is over", large.gone("tx-5/power_cut", 60), large.alarms().get("tx-5/power_cut"))
check("the large one stops cleanly", large.stop() == 0, large.gateway.said()[-1500:])

# ---- who did not restart

tardy = estate.stands("tx-3/cars_late", 180)
check("two minutes after the supply the one that did not restart is told", tardy and tardy["since"] - back_at >= 115000 and
      "7" in tardy["text"]["zh"] and "8" not in tardy["text"]["zh"].replace("3号变压器", ""), (tardy and tardy["since"] - back_at, tardy))
estate.post("tx-3/power_cut", "ack", by="王工")
time.sleep(1)
check("the cut stands until it runs", "tx-3/power_cut" in estate.alarms(), sorted(estate.alarms()))
estate.stage("lift-7-2", NORMAL)
check("it restarts when somebody has been there", wait_for(lambda: estate.values("lift-7-2").get("fault_code") == "none", 60), estate.values("lift-7-2"))
check("then all of it is over", estate.gone("tx-3/power_cut", 90) and estate.gone("tx-3/cars_late", 60), sorted(estate.alarms()))
rows = [e["change"] for e in estate.edges("tx-3/power_cut")]
check("each edge and deed of it was told once, in order", rows[0] == "raise" and rows[-1] in ("release", "clear") and
      rows.count("check") == 1 and rows.count("raise") == 1 and "cars" in rows and "ack" in rows, rows)

# ---- a feeder of which only silence tells, whoever is silent first

for first, later in (("tx-5", "lift-9-1"), ("lift-9-1", "tx-5")):
    estate.stage(first, SILENT)
    time.sleep(3)
    check(f"{first} alone is no cut", "tx-5/power_cut" not in estate.alarms(), sorted(estate.alarms()))
    silent_at = estate.stage(later, SILENT)
    dark = estate.stands("tx-5/power_cut", 25, severity="P1")
    check(f"{first} and then {later}: a cut is suspected within 10 s", dark and dark.get("suspected") is True and dark["since"] - silent_at < 10000 and
          "疑似停电" in dark["text"]["zh"], (dark and dark["since"] - silent_at, dark))
    check("with each car's last good state", all(c["age"] is not None for c in estate.cars("tx-5/power_cut").values()) and
          set(estate.cars("tx-5/power_cut")) == {"lift-9-1", "lift-1-1"}, estate.cars("tx-5/power_cut"))
    for device in (first, later):
        estate.stage(device, NORMAL)
    estate.post("tx-5/power_cut", "ack", by="王工")
    check("it is over when all are back", estate.gone("tx-5/power_cut", 120), estate.alarms().get("tx-5/power_cut"))
estate.stage("tx-5", BLACKOUT + SILENT)
dark = estate.stands("tx-5/power_cut", 25, severity="P1")
check("all at once are a suspected cut, too", dark and dark.get("suspected") is True, (dark, sorted(estate.alarms())))
subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(estate.broker.port), "-q", "1", "-t", "riser/yard/cmd/check", "-m",
                json.dumps({"alarm": "tx-5/power_cut", "by": "MQTT", "car": "lift-1-1"})], check=True)
check("a car is ticked off over MQTT", wait_for(
    lambda: (estate.cars("tx-5/power_cut")["lift-1-1"].get("checked") or {}).get("by") == "MQTT", 5), estate.cars("tx-5/power_cut"))
p = subprocess.run([RISER, "alarms", "-c", estate.gateway.conf], capture_output=True, text=True, timeout=20)
check("riser alarms shows the cars", p.returncode == 0 and "lift-1-1" in p.stdout and "MQTT" in p.stdout, (p.stdout, p.stderr))
false = [e for e in estate.edges() if e["alarm"] == "entrapment" and e["change"] == "raise" and e["device"] != "lift-7-2"]
check("nowhere was an entrapment told that was none", not false, false)
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
