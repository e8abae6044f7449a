"""farms.py - the gateway before build/tests/farm: what benches and scenarios of many TCP devices share."""
import json
import os
import subprocess
import time

from harness import TOP, Gateway, answers, folder, free_port, spawn, wait_for

BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))


def address(device):
    """The farm's device, which floor.c finds by the same rule."""
    return f"127.1.{device // 250}.{1 + device % 250}"


class Farm:
    def __init__(self, registers=100):
        self.port = free_port()
        self.p = spawn([os.path.join(BUILD, "tests/farm"), "--port", str(self.port), "--registers", str(registers)],
                       stdout=subprocess.PIPE)
        assert wait_for(lambda: answers(self.port)), "the farm does not listen"

    def end(self):
        self.p.terminate()
        return json.loads(self.p.communicate()[0])


def gateway(farm, devices, points, broker, name="farm"):
    with open(os.path.join(folder(f"{name}/profiles/meter"), "farm.yaml"), "w") as f:
        f.write("profile: meter/farm\ntitle: registers that count\nkind: feeder\nverified: C\nsource: the test\npoints:\n" +
                "".join(f'  r{a}: {{at: "holding:{a}", type: u16, every: 1s}}\n' for a in range(points)))
    ids = range(devices)
    return Gateway("site: {id: farm, name: Farm}\nprofiles: [profiles]\nstore: {path: STORE}\nbuses:\n" +
                   "".join(f'  - {{id: b{i}, url: "tcp://{address(i)}:{farm.port}"}}\n' for i in ids) + "devices:\n" +
                   "".join(f"  - {{id: d{i}, profile: meter/farm, bus: b{i}, unit: 1}}\n" for i in ids) +
                   f'mqtt: {{url: "mqtt://127.0.0.1:{broker.port}"}}\n', name)


def cpu_s(pid):
    """Processor time of a process, its own and the kernel's for it, threads that have ended included: as the scheduler counts it, in
    nanoseconds (what clock_getcpuclockid(3) gives), and not in ticks of 10 ms."""
    return time.clock_gettime((~pid << 3) | 2)


def rss_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024
