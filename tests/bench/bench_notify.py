#!/usr/bin/python3
"""From a P1's cause in a device to the robots, one alarm after another."""
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import check, end, wait_for  # noqa: E402
from robots import Webhook  # noqa: E402
from told import Site  # noqa: E402

RAISES = int(os.environ.get("BENCH_RAISES", "100"))
LIMIT_S = 2.0

hook = Webhook()
site = Site("bench", {"hook": (hook, "a_minute: 600")}, units=RAISES).start(watch=False)
delays = []
for u in range(1, RAISES + 1):
    time.sleep(random.uniform(0.2, 0.5))
    since = time.monotonic()
    site.set(u, trapped=1)
    came = wait_for(lambda u=u: next((r for r in hook.sent if r.json.get("device") == f"u{u}"), None), 30, 0.005)
    delays.append(came.at - since if came else 30.0)
    site.order(f"u{u}/trapped", "ack")
delays.sort()
print(f"P1 from its cause to the webhook, polled each 0.2 s, of {RAISES}: p50 {delays[RAISES // 2] * 1000:.0f} ms, "
      f"p99 {delays[RAISES * 99 // 100] * 1000:.0f} ms, max {delays[-1] * 1000:.0f} ms")
check(f"a P1 reaches the webhook in {LIMIT_S:g} s (p99)", delays[RAISES * 99 // 100] <= LIMIT_S, delays[-3:])
check("each once", len(hook.sent) == RAISES, len(hook.sent))
site.stop()
end()
