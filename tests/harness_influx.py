"""harness_influx.py - servers that take line protocol: Debian's InfluxDB and VictoriaMetrics, and one that answers as told.

Each has url, stop, start (on the same port, with what it had) and rows: {(field, time in ms): value} of a device.
"""
import base64
import collections
import gzip
import http.server
import json
import os
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import folder, free_port, spawn, wait_for

INFLUX_CONF = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{dir}/meta"
[data]
  dir = "{dir}/data"
  wal-dir = "{dir}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
"""


def ask(url, data=None, headers=None):
    """The body of an answer, or None."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=10) as answer:
            return answer.read().decode("utf-8")
    except OSError:
        return None


class Server:
    def stop(self):
        self.p.terminate()
        self.p.wait()


class Influx(Server):
    """influxd 1.x that wants a password."""
    login = "riser:geheim"

    def __init__(self):
        self.port, self.dir = free_port(), folder(f"influx-{free_port()}")
        self.url = f"http://127.0.0.1:{self.port}/write?db=riser"
        self.conf = os.path.join(self.dir, "influxdb.conf")
        with open(self.conf, "w") as f:
            f.write(INFLUX_CONF.format(rpc=free_port(), port=self.port, dir=self.dir))
        self.start()
        self.query("CREATE USER riser WITH PASSWORD 'geheim' WITH ALL PRIVILEGES")
        self.query("CREATE DATABASE riser")

    def start(self):
        log = open(os.path.join(self.dir, "log"), "ab")
        self.p = spawn(["influxd", "run", "-config", self.conf], stdout=log, stderr=log)
        ping = f"http://127.0.0.1:{self.port}/ping"
        assert wait_for(lambda: ask(ping) is not None, 30), "influxd does not start"

    def query(self, q):
        url = f"http://127.0.0.1:{self.port}/query?" + urllib.parse.urlencode({"db": "riser", "epoch": "ns"})
        basic = base64.b64encode(self.login.encode()).decode()
        body = urllib.parse.urlencode({"q": q}).encode()
        return json.loads(ask(url, body, {"Authorization": f"Basic {basic}"}) or '{"results": [{}]}')["results"][0]

    def rows(self, device):
        found = {}
        for s in self.query(f"""SELECT * FROM riser WHERE device = '{device}'""").get("series", []):
            for row in s["values"]:
                for name, value in zip(s["columns"], row):
                    if name not in ("time", "site", "device", "kind") and value is not None:
                        found[name, row[0] // 1000000] = value
        return found


class Victoria(Server):
    login = None

    def __init__(self):
        self.port, self.dir = free_port(), folder(f"victoria-{free_port()}")
        self.url = f"http://127.0.0.1:{self.port}/write"
        self.start()

    def start(self):
        log = open(os.path.join(self.dir, "log"), "ab")
        self.p = spawn(["victoria-metrics", f"-httpListenAddr=127.0.0.1:{self.port}", f"-storageDataPath={self.dir}/data",
                        "-dedup.minScrapeInterval=1ms", "-retentionPeriod=100y"], stdout=log, stderr=log)
        assert wait_for(lambda: ask(f"http://127.0.0.1:{self.port}/health") is not None, 30), "victoria-metrics does not start"

    def rows(self, device):
        found = {}
        match = urllib.parse.urlencode({"match[]": '{device="%s"}' % device, "reduce_mem_usage": "1"})
        for line in (ask(f"http://127.0.0.1:{self.port}/api/v1/export?{match}") or "").splitlines():
            series = json.loads(line)
            name = series["metric"]["__name__"].removeprefix("riser_")
            for value, ts in zip(series["values"], series["timestamps"]):
                found[name, ts] = value
        return found


class Scripted:
    """Takes lines, but first answers as told: next holds functions (handler, lines) -> whether that was the answer."""

    def __init__(self):
        self.next, self.stored, self.statuses = collections.deque(), {}, []
        self.lock, self.token, self.most = threading.Lock(), None, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                outer.take(self, gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))).decode().splitlines())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/write"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, handler, lines):
        with self.lock:
            trouble = self.next.popleft() if self.next else None
            if self.token and handler.headers["Authorization"] != f"Token {self.token}":
                self.say(handler, 401, '{"error":"unauthorized"}')
            elif trouble is None or not trouble(handler, lines):
                self.store(lines)
                self.say(handler, 204)

    def say(self, handler, status, body="", **headers):
        self.statuses.append(status)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    def store(self, lines):
        self.most = max(self.most, len(lines))
        for line in lines:
            tags, fields, ns = line.rsplit(" ", 2)
            device = re.search(",device=([^,]*)", tags)[1]
            for field in fields.split(","):
                name, value = field.split("=")
                self.stored[device, name, int(ns) // 1000000] = float(value)

    def rows(self, device):
        with self.lock:
            return {(name, ts): value for (d, name, ts), value in self.stored.items() if d == device}
