#!/usr/bin/python3
"""What 200 pages of site l cost the gateway, and how soon one of them has an order: riser sim, riser run, streams as browsers ask for."""
import os
import re
import selectors
import socket
import sys
import threading
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from estate import BLACKOUT, Estate  # noqa: E402
from farms import cpu_s, rss_mib  # noqa: E402
from harness import TOP, check, end, folder, free_port, wait_for  # noqa: E402

PAGES = int(os.environ.get("BENCH_PAGES", "200"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
NOTES = 30
LIMIT_PERCENT, LIMIT_S = 3.0, 1.0

with open(os.path.join(TOP, "config/demo/l.yaml")) as f:
    text = f.read()
text = re.sub(r"127\.0\.0\.1:(?!18883)\d+", lambda _: f"127.0.0.1:{free_port()}", text).replace("127.0.0.1:18883", "127.0.0.1:BROKER")
text = re.sub(r"path: /tmp/riser-demo/store", "path: STORE", text).replace("/tmp/riser-demo", folder("stream"))
text = re.sub(r"^web:.*\n", "", text, flags=re.M) + f"web: {{listen: 127.0.0.1:{free_port()}}}\n"
web = int(re.search(r"^web: .*:(\d+)", text, re.M).group(1))
estate = Estate("stream", "changying", text).start()
gateway = estate.gateway
wait_for(lambda: sum(d["online"] for d in gateway.snapshot()["devices"]) > 90, 60)


class Page:
    def __init__(self):
        self.s = socket.create_connection(("127.0.0.1", web))
        self.s.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")
        self.bytes, self.kept = 0, None  # kept: what came, of those that are read


def percent(seconds):
    """Of a core, that the gateway takes."""
    before, since = cpu_s(gateway.p.pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_s(gateway.p.pid) - before) / (time.monotonic() - since)


def text_of(raw):
    """The events of one body as far as it came, out of its chunks and unpacked."""
    raw, joined = raw.split(b"\r\n\r\n", 1)[1], b""
    while b"\r\n" in raw:
        size, rest = raw.split(b"\r\n", 1)
        joined, raw = joined + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    return zlib.decompressobj(31).decompress(joined).decode()


def listen():
    while not over:
        for key, _ in selector.select(0.5):
            page = key.data
            got = page.s.recv(1 << 18)
            page.bytes += len(got)
            if page.kept is not None:
                page.kept += got
            if not got:
                selector.unregister(page.s)
                lost.append(page)


over, lost = False, []
alone = percent(SECONDS / 2)
selector = selectors.DefaultSelector()
pages = [Page() for _ in range(PAGES)]
pages[0].kept = b""
for p in pages:
    selector.register(p.s, selectors.EVENT_READ, p)
thread = threading.Thread(target=listen)
thread.start()
wait_for(lambda: all(p.bytes > 2000 for p in pages), 20)
whole = sorted(p.bytes for p in pages)[PAGES // 2]
start, at = [p.bytes for p in pages], time.monotonic()
with_pages = percent(SECONDS)
rates = [(p.bytes - b) / (time.monotonic() - at) for p, b in zip(pages, start)]

# An order to an alarm goes through the loop to the board, and from there to every page.
estate.stage("tx-1", BLACKOUT)
wait_for(lambda: len([a for a in estate.alarms().values() if a["state"] == "UNACK"]) >= 5, 90)
time.sleep(10)  # the flood is over
keys = sorted(k for k, a in estate.alarms().items() if a["state"] == "UNACK")[:NOTES]
delays = []
for key in keys:
    device, alarm = key.split("/")
    begin = len(text_of(bytes(pages[0].kept)))
    since = time.monotonic()
    status, _ = estate.post(key, "ack", by="bench")
    want = re.compile(f'"device":"{device}","alarm":"{alarm}"[^{{}}]*"state":"(?!UNACK)')
    if status == 200 and wait_for(lambda w=want, b=begin: w.search(text_of(bytes(pages[0].kept))[b:]), 5, 0.005):
        delays.append(time.monotonic() - since)
over = True
thread.join()
events = text_of(bytes(pages[0].kept)).split("\n\n")
points = [len(e) for e in events if e.startswith("event: point") and '"full"' not in e]
full = next(len(e) for e in events if '"full":true' in e and "event: point" in e)
delays = sorted(delays) or [float("inf")]
print(f"{PAGES} pages of site l: {with_pages - alone:.1f} % of a core beyond {alone:.1f} % without them; "
      f"{sum(rates) / PAGES / 1024:.1f} KiB a second a page, packed; RSS {rss_mib(gateway.p.pid):.0f} MiB")
print(f"a whole state: {full / 1024:.0f} KiB as text, about {whole / 1024:.0f} KiB packed; a second's points: "
      f"{sum(points) / len(points) / 1024:.0f} KiB as text; /api/v1/points: {len(gateway.get('/api/v1/points')) / 1024:.0f} KiB")
print(f"from an order to a page, {len(delays)} times: p50 {delays[len(delays) // 2] * 1000:.0f} ms, "
      f"most {delays[-1] * 1000:.0f} ms; the aim is {LIMIT_S:.0f} s")
check("nobody was closed", not lost, len(lost))
check("every order came to the page", len(delays) == len(keys), (len(delays), len(keys)))
check(f"the pages cost at most {LIMIT_PERCENT:.0f} % of a core", with_pages - alone <= LIMIT_PERCENT, with_pages - alone)
estate.stop()
end()
