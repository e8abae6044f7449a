#!/usr/bin/python3
"""How fast a day's backlog drains, beside a bare paho publisher of the very same messages with the same window; and how late
what is live comes meanwhile."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from farm import Farm  # noqa: E402
from harness import RISER, Broker, Gateway, check, end, folder, spawn, wait_for  # noqa: E402

BATCHES = int(os.environ.get("BENCH_BATCHES", "200000"))
WINDOW = 16  # gateway/sinks/window.h
TOOLS = os.path.join(os.path.dirname(RISER), "bench")


def listen(broker, path):
    """A subscriber that costs as little as may be: each message with the time it came, in a file."""
    with open(path, "wb") as out:
        p = spawn(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", "riser/#", "-F",
                   "%U\t%t\t%p"], stdout=out)
    time.sleep(0.3)
    return p


farm = Farm(4)
broker = Broker()
gateway = Gateway(farm.conf(f"mqtt://127.0.0.1:{broker.port}"))
farm.profile(gateway.dir)
print(subprocess.run([f"{TOOLS}/backlog", gateway.store, str(BATCHES)], check=True, capture_output=True,
                     text=True).stdout.rstrip())
path = os.path.join(folder("heard"), "messages")
subscriber = listen(broker, path)
start = time.monotonic()
gateway.start(watch=False)
wait_for(lambda: (gateway.ledger().get("delivered") or 0) > 0, 20, 0.001)
began, first = time.monotonic(), gateway.ledger()
wait_for(lambda: gateway.ledger().get("pending", 1e9) < 20, 500, 0.01)
took, last = time.monotonic() - began, gateway.ledger()
farm.stop()
gateway.stop()
time.sleep(1)
subscriber.terminate()

late, delays = [], []
with open(path) as f:
    for line in f:
        at, topic, payload = line.rstrip("\n").split("\t", 2)
        if not topic.endswith("/data"):
            continue
        message = json.loads(payload)
        if topic.split("/")[2].startswith("tx-"):
            late.append((topic, payload))
        elif topic.split("/")[2] != "gateway" and not message.get("backfill"):
            delays.append(float(at) - message["ts"] / 1000)
delays.sort()
readings = last["delivered"] - first["delivered"]
check("all of the backlog came", len(late) >= BATCHES, len(late))

messages = os.path.join(folder("heard"), "again")
with open(messages, "w") as f:
    f.writelines(f"{topic}\t{payload}\n" for topic, payload in late)
subscriber = listen(broker, os.devnull)
bare = subprocess.run([f"{TOOLS}/bare_publisher", f"tcp://127.0.0.1:{broker.port}", str(WINDOW), messages], check=True,
                      capture_output=True, text=True).stdout
rate, bare_rate = readings / 3 / took, len(late) / float(bare)
print(f"drain: {rate:.0f} batches/s, {rate * 3:.0f} readings/s; bare paho publisher {bare_rate:.0f}/s; ratio {rate / bare_rate:.2f}")
print(f"24 h of site m at 75 readings/s: {75 * 86400 / (rate * 3) / 60:.1f} min, {rate * 3 / 75:.0f} x the input's rate")
if delays:
    print(f"live meanwhile: {len(delays)} batches, p50 {delays[len(delays) // 2]:.2f} s, p99 {delays[len(delays) * 99 // 100]:.2f} s")
check("live batches came meanwhile", len(delays) > 0)
end()
