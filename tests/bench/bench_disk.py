#!/usr/bin/python3
"""What site m costs the card: bytes written a reading and a day, commits, memory at the beginning and the end, and how much of
the quota seven days without a broker would take.  A minute, or BENCH_SECONDS."""
import glob
import os
import re
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import RISER, TOP, check, end, spawn, wait_for  # noqa: E402

SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
SETTLE_S = 20
QUOTA = 2 << 30


def proc(pid, name, key):
    with open(f"/proc/{pid}/{name}") as f:
        return int(re.search(rf"^{key}:\s+(\d+)", f.read(), re.M).group(1))


def figures():
    text = urllib.request.urlopen(web + "/metrics", timeout=5).read().decode()
    found = {m[1]: float(m[2]) for m in re.finditer(r"^(riser_\S+) (\S+)$", text, re.M)}
    return {"read": found['riser_reads_total{stage="read"}'],
            "kept": found['riser_readings_total{sink="mqtt",stage="accepted"}'],
            "commits": found["riser_journal_commits_total"] + found.get("riser_events_commits_total", 0)}


def used(store):
    """Bytes of the readings' segments, without what is filled ahead."""
    total = 0
    for path in glob.glob(f"{store}/readings/*.seg"):
        with open(path, "rb") as f:
            total += -(-len(f.read().rstrip(b"\0")) // 512) * 512
    return total


demo = spawn([RISER, "demo", "--size", "m"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=TOP)
web = demo.stdout.readline().decode().strip()
pids = subprocess.run(["pgrep", "-P", str(demo.pid)], capture_output=True, text=True).stdout.split()
gateway = store = None
for pid in pids:
    with open(f"/proc/{pid}/cmdline") as f:
        argv = f.read().split("\0")
    if "run" in argv:
        gateway, store = int(pid), os.path.join(os.path.dirname(argv[argv.index("-c") + 1]), "store")
check("the gateway of the demo was found, with its store", gateway and wait_for(lambda: glob.glob(f"{store}/readings/*.seg"), 20),
      (pids, store))
time.sleep(SETTLE_S)
start, first, wrote, took = time.monotonic(), figures(), proc(gateway, "io", "write_bytes"), used(store)
rss = proc(gateway, "status", "VmRSS")
time.sleep(SECONDS)
span, last = time.monotonic() - start, figures()
wrote, took = proc(gateway, "io", "write_bytes") - wrote, used(store) - took
rss_end = proc(gateway, "status", "VmRSS")
read, kept = last["read"] - first["read"], last["kept"] - first["kept"]
day = 86400 / span
print(f"site m for {span:.0f} s: {read / span:.0f} readings/s read, {kept / span:.1f}/s kept, "
      f"{(last['commits'] - first['commits']) / span:.2f} commits/s")
print(f"written: {wrote / read:.2f} bytes a reading read (aim 5, ratio {wrote / read / 5:.2f}), {wrote / kept:.1f} a reading kept, "
      f"{wrote * day / 1e6:.0f} MB a day (aim 600, ratio {wrote * day / 600e6:.2f})")
print(f"kept: {took / kept:.1f} bytes a reading; 7 days take {took * day * 7 / 1e6:.0f} MB, {took * day * 7 / QUOTA:.2f} of journal_max")
print(f"memory: {rss / 1024:.1f} MiB at the beginning, {rss_end / 1024:.1f} MiB at the end (aim 20)")
check("readings were read, kept and written", read > 0 and kept > 0 and wrote > 0, (read, kept, wrote))
demo.terminate()
demo.wait(timeout=20)
end()
