#!/usr/bin/python3
"""Units behind one address.  A transparent serial server (rtu+tcp) that delays, splits, glues, damages and invents bytes, and
hangs up, never gives a wrong value; a unit on whose questions a server hangs up is that unit's trouble and not its line's;
a server that closes after each answer loses nothing."""
import os
import random
import time

from devices import SerialServer, TcpDevice, crc16
from harness import TORTURE, Broker, Gateway, Subscriber, check, end, folder, wait_for

SECONDS = 600 if TORTURE else 25
TIMEOUT_S = 0.06
BAUD = 9600
GAP_S = 3.5 * 10 / BAUD
REGISTERS = [10 + 20 * i for i in range(8)]

PROFILE = "profile: meter/own-address\ntitle: registers that hold their address\nkind: feeder\nverified: C\nsource: the test\n" \
    "modbus: {max_gap: 0}\npoints:\n" + \
    "".join(f'  r{a}: {{at: "holding:{a}", type: u16, every: 200ms, heartbeat: 200ms}}\n' for a in REGISTERS)

CONF = """
site: {{id: servers, name: Servers}}
profiles: [profiles]
store: {{path: STORE, commit_every: 100ms}}
buses:
  - {{id: far, url: "rtu+tcp://127.0.0.1:{far}?baud={baud}", timeout: {timeout}ms}}
  - {{id: net, url: "tcp://127.0.0.1:{net}", timeout: 500ms}}
  - {{id: brief, url: "tcp://127.0.0.1:{brief}", timeout: 500ms}}
devices:
{devices}
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 10s}}
"""


def own_address(unit, function, address, count):
    return [a + 1000 * unit for a in range(address, address + count)]


def damaged(answer):
    at = random.randrange(len(answer))
    return answer[:at] + bytes([answer[at] ^ 1 << random.randrange(8)]) + answer[at + 1:]


def foreign(unit, answer):
    """The same from another unit.  Not one of ours: who forges a unit's answers can make it say anything, and no master
    could tell."""
    frame = bytes([unit + 6]) + answer[1:-2]
    return frame + crc16(frame)


def rude(unit, answer):
    """Unit 1 is often late, by 0.9 to 5 timeouts; unit 2's answers come in lumps and crumbs; unit 3 is on a bad wire."""
    noise = bytes(random.randrange(256) for _ in range(random.randrange(1, 9)))
    luck = random.random()
    if far.asked % 250 == 0:
        return None
    if unit == 1:
        return [(TIMEOUT_S * random.uniform(0.9, 5) if luck < 1 / 6 else 0.0, answer)]
    if unit == 2 and luck < 1 / 2:
        return [(0.0005 * i, answer[i:i + 1]) for i in range(len(answer))]
    if unit == 3 and luck < 1 / 8:
        return [(0.0, random.choice([noise + answer, noise, damaged(answer), foreign(unit, answer) + answer,
                                     foreign(unit, answer), answer + noise, answer[:-1], answer + answer]))]
    return [(0.0, answer)]


def hangs_up_on_unit_3(unit, answer):
    return None if unit == 3 else [(0.0, answer)]


def messages(device):
    return [m.json for m in subscriber.all(f"/{device}/data")]


def since_ms(device, since):
    """What is of that millisecond is told: a bus notices within one."""
    return [m for m in messages(device) if m["ts"] >= int(since * 1000)]


def qualities(device, since=0.0):
    return {q for m in since_ms(device, since) for q in m["quality"].values()}


def good_values(device, since=0.0):
    return sum(len(m["values"]) for m in since_ms(device, since))


def wrong_values():
    return [(f"{bus}-{unit}", point, value) for bus in ("far", "net", "brief") for unit in (1, 2, 3)
            for m in messages(f"{bus}-{unit}") for point, value in m["values"].items()
            if value != int(point[1:]) + 1000 * unit]


random.seed(20261121)
broker = Broker()
subscriber = Subscriber(broker, "riser/servers/+/data")
far, net, brief = SerialServer(own_address, rude), TcpDevice(own_address), TcpDevice(own_address)
net.hangs_up_on, brief.closes_after_answer = {3}, True
with open(os.path.join(folder("gateway/profiles/meter"), "own-address.yaml"), "w") as f:
    f.write(PROFILE)
devices = "".join(f"  - {{id: {bus}-{unit}, profile: meter/own-address, bus: {bus}, unit: {unit}}}\n"
                  for bus in ("far", "net", "brief") for unit in (1, 2, 3))
gateway = Gateway(CONF.format(far=far.port, baud=BAUD, timeout=int(TIMEOUT_S * 1000), net=net.port, brief=brief.port,
                              devices=devices, broker=broker.port)).start()

# ---- TCP ----
check("net: the unit on which the server hangs up does not answer",
      wait_for(lambda: qualities("net-3") == {"bad:timeout"}, 10), qualities("net-3"))
check("net: the units beside it are good", wait_for(lambda: good_values("net-1") > 20 and good_values("net-2") > 20, 10))

# ---- the serial server at its worst ----
time.sleep(SECONDS)
print(f"      {far.asked} questions, {far.connections} connections, "
      f"{[good_values(f'far-{u}') for u in (1, 2, 3)]} good values of the three", flush=True)
for unit in (1, 2, 3):
    check(f"far: unit {unit} gives values", good_values(f"far-{unit}") > SECONDS, good_values(f"far-{unit}"))
check("far: it did hang up", far.connections >= 3, far.connections)
short = [gap for gap in far.gaps if gap < GAP_S]  # where this machine stalls, an answer is late and meets a question
check("far: t3.5 is kept on its line", len(short) < len(far.gaps) / 10, (len(far.gaps), short[:10]))
check("far: nothing but reads left", far.functions == {3}, far.functions)
check("far: answers were late or lost", (gateway.figure('riser_requests_total{bus="far",result="timeout"}') or 0) > 5)

# ---- the serial server hangs up on one unit ----
far.manner = hangs_up_on_unit_3
check("far: a unit on which it hangs up does not answer",
      wait_for(lambda: (messages("far-3") or [{}])[-1].get("quality", {}).get("r10") == "bad:timeout", 40),
      messages("far-3")[-1])
since = time.time()
time.sleep(8)
check("far: the units beside it go on", good_values("far-1", since) > 8 and good_values("far-2", since) > 8,
      (good_values("far-1", since), good_values("far-2", since)))
check("far: and its line was not lost", "bad:bus" not in qualities("far-1") | qualities("far-2"))

# ---- it is gone and comes back ----
far.manner = lambda unit, answer: [(0.0, answer)]
gone = time.time()  # before it is: a stop takes longer than the bus needs to notice
far.stop()
check("far: gone: bad:bus", wait_for(lambda: all("bad:bus" in qualities(f"far-{u}", gone) for u in (1, 2, 3)), 30))
far = SerialServer(own_address, port=far.port)
back = time.time()
check("far: back: all three are good", wait_for(lambda: all(good_values(f"far-{u}", back) > 8 for u in (1, 2, 3)), 30),
      gateway.said()[-1500:])

check("net: its line was never lost", not qualities("net-1") | qualities("net-2"), (qualities("net-1"), qualities("net-2")))
check("brief: who closes after each answer loses nothing",
      not any(qualities(f"brief-{u}") for u in (1, 2, 3)) and all(good_values(f"brief-{u}") > 20 * SECONDS for u in (1, 2, 3)),
      [(qualities(f"brief-{u}"), good_values(f"brief-{u}")) for u in (1, 2, 3)])
check("no value is wrong", not wrong_values(), wrong_values()[:10])
code, took = gateway.stop()
check("it stops cleanly", code == 0 and took < 2, (code, took, gateway.said()[-2000:]))
end()
