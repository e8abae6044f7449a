#!/usr/bin/python3
"""How near a serial line comes to its wire's limit: ten units of 20 registers (0-9, 14-17, 40-45) at 9600 8N1, asked as fast as
the line allows, answered by riser sim with the wire's time and 5 ms of turnaround."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import RISER, Gateway, check, end, folder, spawn, wait_for  # noqa: E402

WINDOW_S, UNITS, TURNAROUND_S = 20, 10, 0.005
REGISTERS = [*range(10), *range(14, 18), *range(40, 46)]

profiles = folder("gateway/profiles/meter")
with open(os.path.join(profiles, "twenty.yaml"), "w") as f:
    f.write("profile: meter/twenty\ntitle: twenty registers\nkind: feeder\nverified: C\nsource: the bench\npoints:\n" +
            "".join(f'  r{a}: {{at: "holding:{a}", type: u16, every: 100ms}}\n' for a in REGISTERS))
line = os.path.join(folder("line"), "shaft")
gateway = Gateway("site: {id: bench, name: Bench}\nprofiles: [profiles]\nstore: {path: STORE}\n"
                  f'buses: [{{id: line, url: "rtu://{line}?baud=9600", timeout: 500ms}}]\ndevices:\n' +
                  "".join(f"  - {{id: m{u}, profile: meter/twenty, bus: line, unit: {u}}}\n" for u in range(1, UNITS + 1)))
sim = spawn([RISER, "sim", "-c", gateway.conf, "--seed", "1"], stderr=open(os.devnull, "w"))
wait_for(lambda: os.path.exists(line))
gateway.start()
ok = 'riser_requests_total{bus="line",result="ok"}'
wait_for(lambda: (gateway.figure(ok) or 0) > 40, 20)
time.sleep(1)
start, first = time.monotonic(), gateway.figure(ok)
time.sleep(WINDOW_S)
took, done = time.monotonic() - start, gateway.figure(ok) - first
requests = 2 * UNITS
cycle = took * requests / done
limit = gateway.figure('riser_bus_limit_seconds{bus="line"}') + requests * TURNAROUND_S
print(f"serial line: cycle {cycle:.3f} s, the wire's least {limit:.3f} s, ratio {cycle / limit:.3f}")
check("every question was answered", all((gateway.figure(f'riser_requests_total{{bus="line",result="{r}"}}') or 0) == 0
                                         for r in ("timeout", "crc", "bad")))
gateway.stop()
sim.terminate()
end()
