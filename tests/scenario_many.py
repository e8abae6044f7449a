#!/usr/bin/python3
"""500 addresses in one process; and a process whose descriptors are all beyond the 1024 that select(2) can take, or used up:
what cannot be opened is refused in a sentence, and the rest goes on."""
import asyncio
import contextlib
import http.client
import os
import re
import resource
import struct
import threading
import time

from devices import RtuDevice, TcpDevice, answer_pdu
from harness import Broker, Gateway, Subscriber, check, end, folder, free_port, wait_for

COUNT = 500
POINTS = 20
BEYOND = 1100
FULL = ["/usr/bin/python3", "-c", "import os, sys\nfor fd in range(3, %d): os.dup2(0, fd)\nos.execv(sys.argv[1], sys.argv[1:])" % BEYOND]

PROFILE = "profile: meter/many\ntitle: registers that hold their device and address\nkind: feeder\nverified: C\n" \
    "source: the test\npoints:\n" + \
    "".join(f'  r{a}: {{at: "holding:{a}", type: u16, every: 1s}}\n' for a in range(POINTS))

CONF = """
site: {{id: many, name: Many}}
profiles: [{profiles}]
store: {{path: STORE}}
buses:
{buses}devices:
{devices}mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 5s}}
"""


class Farm:
    """So many devices, each at a port of its own; register a of device i holds 100 i + a."""

    def __init__(self, count):
        self.ports, self.connections, up = [], 0, threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._run(count, up)), daemon=True).start()
        up.wait()

    async def _run(self, count, up):
        servers = []
        for i in range(count):
            servers.append(await asyncio.start_server(lambda r, w, i=i: self._serve(i, r, w), "127.0.0.1", 0))
            self.ports.append(servers[-1].sockets[0].getsockname()[1])
        up.set()
        await asyncio.Event().wait()

    async def _serve(self, i, reader, writer):
        self.connections += 1
        try:
            while True:
                tid, protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                reply = answer_pdu(lambda unit, function, address, n: [100 * i + a for a in range(address, address + n)],
                                   unit, await reader.readexactly(length - 1))
                writer.write(struct.pack(">HHHB", tid, protocol, len(reply) + 1, unit) + reply)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()


def conf(ports, extra_buses="", extra_devices=""):
    buses = "".join(f'  - {{id: b{i}, url: "tcp://127.0.0.1:{port}"}}\n' for i, port in enumerate(ports))
    devices = "".join(f"  - {{id: d{i}, profile: meter/many, bus: b{i}, unit: 1}}\n" for i in range(len(ports)))
    return CONF.format(profiles=profiles, buses=buses + extra_buses, devices=devices + extra_devices, broker=broker.port)


def wrong_values(subscriber):
    return [(m.topic, point, value) for m in subscriber.all("/data") if m.topic.split("/")[2] not in ("shaft-1", "gateway")
            for point, value in m.json["values"].items() if value != 100 * int(m.topic.split("/")[2][1:]) + int(point[1:])]


def complete(subscriber):
    """Devices of which all points came."""
    came = {}
    for m in subscriber.all("/data"):
        came.setdefault(m.topic, set()).update(m.json["values"])
    return sum(len(points) == POINTS for points in came.values())


def refused(gateway):
    """Buses of which it was said that no descriptor is left."""
    return gateway.said().count(": Too many open files; trying again")


def answers(port):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as c:
        c.request("GET", "/healthz")
        return c.getresponse().status == 200


def status(gateway, key):
    with open(f"/proc/{gateway.p.pid}/status") as f:
        return int(next(line.split()[1] for line in f if line.startswith(key + ":")))


resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
broker = Broker()
profiles = folder("profiles")
os.makedirs(os.path.join(profiles, "meter"))
with open(os.path.join(profiles, "meter", "many.yaml"), "w") as f:
    f.write(PROFILE)

# ---- 500 addresses ----
farm = Farm(COUNT)
subscriber = Subscriber(broker, "riser/many/+/data")
gateway = Gateway(conf(farm.ports)).start()
check(f"all points of {COUNT} addresses come", wait_for(lambda: complete(subscriber) == COUNT, 60, 0.5), complete(subscriber))
asked = gateway.figure('riser_requests_total{bus="b499",result="ok"}')
check("and go on coming", wait_for(lambda: gateway.figure('riser_requests_total{bus="b499",result="ok"}') > asked + 3, 20))
# A busy machine answers a few too late, and they are dialled anew; a connection for each poll would be thousands.
check("each has one connection", COUNT <= farm.connections < 2 * COUNT, farm.connections)
check("no value is wrong", not wrong_values(subscriber), wrong_values(subscriber)[:10])
print(f"      {status(gateway, 'VmRSS')} kB, {status(gateway, 'Threads')} threads", flush=True)
check("the service is allowed so many threads and descriptors",
      all(int(line.split("=")[1]) > 2 * COUNT for line in open("systemd/riser.service")
          if line.startswith(("TasksMax=", "LimitNOFILE="))))
code, took = gateway.stop()
check("it stops cleanly", code == 0 and took < 5, (code, took, gateway.said()[-2000:]))
subscriber.p.terminate()

# ---- all descriptors beyond 1024 ----
subscriber = Subscriber(broker, "riser/many/+/data")
path, web = os.path.join(folder("dev"), "shaft"), free_port()
line = RtuDevice(path, lambda unit, function, address, n: [0] * n)
gateway = Gateway(conf(farm.ports[:5], f'  - {{id: shaft, url: "rtu://{path}"}}\n',
                       "  - {id: shaft-1, profile: meter/many, bus: shaft, unit: 1}\n") + f'web: {{listen: "127.0.0.1:{web}"}}\n',
                  "far").start(under=FULL)
check("TCP and MQTT work beyond 1024 descriptors", wait_for(lambda: complete(subscriber) == 5, 20), gateway.said()[-2000:])
check("HTTP works beyond them", answers(web))
check("a serial port is refused in a sentence, once",
      gateway.said().count(f"bus shaft: {path}: too many files are open (1024 at most)") == 1, gateway.said()[-2000:])
check("and its device is bad:bus", any(m.json["quality"].get("r0") == "bad:bus" for m in subscriber.all("/shaft-1/data")))
check("no value is wrong", not wrong_values(subscriber), wrong_values(subscriber)[:10])
code, took = gateway.stop()
check("it stops cleanly", code == 0 and took < 5, (code, took, gateway.said()[-2000:]))
line.stop()

# ---- none left ----
gateway = Gateway(conf(farm.ports[:100]), "short").start(wait=False, under=["prlimit", "--nofile=60"])
check("buses without a descriptor are told of, each once", wait_for(lambda: refused(gateway) > 40, 20), gateway.said()[-2000:])
time.sleep(3)
told = re.findall(r"bus (\S+): \S+: Too many open files", gateway.said())
check("and not again", len(told) == len(set(told)), gateway.said()[-2000:])
check("it lives", gateway.p.poll() is None, gateway.said()[-2000:])
code, took = gateway.stop()
check("it stops cleanly", code == 0 and took < 5, (code, took, gateway.said()[-2000:]))
end()
