#!/usr/bin/python3
"""Line protocol: InfluxDB, VictoriaMetrics and a server in all kinds of trouble get what was accepted, all of it and nothing
else.  What the gateway's MQTT sink delivers, each seq of it, says what was accepted."""
import operator
import os
import random
import signal
import sys
import time

from harness import TORTURE, Broker, Gateway, Subscriber, check, end, folder, free_port, readings, wait_for
from harness_influx import Influx, Scripted, Victoria
from devices import TcpDevice

DEVICE = """
profile: meter/count
title: a device that counts
kind: feeder
verified: C
source: the test
points:
  count: {at: "holding:0", type: u32, every: 100ms, deadband: 0}
  ratio: {at: "input:0", type: f32, every: 200ms, deadband: 0}
"""

CONF = """
site: {{id: lines, name: Lines}}
profiles: [profiles]
store: {{path: STORE, commit_every: 200ms}}
buses: [{{id: b, url: "tcp://127.0.0.1:{device}", timeout: 500ms}}]
devices: [{{id: counter, profile: meter/count, bus: b, unit: 1}}]
mqtt: {{url: "mqtt://127.0.0.1:{broker}", state_every: 1s}}
influx: {{url: "{url}"{token}}}
"""

RATIO = [0x3DCC, 0xCCCD]  # 0.1 as a float


class Site:
    """A gateway with a counting device, a subscriber and a server of lines."""

    def __init__(self, name, server):
        self.n, self.name, self.server = 0, name, server
        self.device, self.broker = TcpDevice(self.serve), Broker()
        self.subscriber = Subscriber(self.broker)
        with open(os.path.join(folder(f"{name}/profiles/meter"), "count.yaml"), "w") as f:
            f.write(DEVICE)
        self.gateway = Gateway(self.conf(), name)

    def conf(self, token=""):
        return CONF.format(device=self.device.port, broker=self.broker.port, url=self.server.url, token=token)

    def token_file(self, text):
        path = os.path.join(self.gateway.dir, "token")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as f:
            f.write(text)
        return f', token_file: "{path}"'

    def serve(self, unit, function, address, count):
        if function == 4:
            return [RATIO[0], RATIO[1] + self.n % 7]
        self.n += 1
        return [self.n >> 16, self.n & 0xFFFF]

    def balanced(self, when):
        ledger = self.gateway.ledger("influx")
        check(f"{self.name}: the ledger balances {when}",
              ledger and ledger["accepted"] == ledger["delivered"] + ledger["pending"] + ledger["dropped"], ledger)
        return ledger

    def accepted(self):
        """What MQTT brought of the device that counts, as a server of lines would have it."""
        return {(name, m["ts"]): value for m in self.subscriber.data("counter") for name, value in m["values"].items()}

    def of_itself(self):
        """The same of riser itself: there a boolean is 0 or 1."""
        return {(name, m["ts"]): float(value) for m in self.subscriber.data("gateway") for name, value in m["values"].items()}

    def settle(self):
        """No more is read, and all that was is delivered to both."""
        self.device.stop()

        def still():
            before = [self.gateway.ledger(s) for s in ("mqtt", "influx")]
            time.sleep(0.6)
            return all(x and x["pending"] == 0 for x in before) and before == [
                self.gateway.ledger(s) for s in ("mqtt", "influx")]

        check(f"{self.name}: all is delivered in the end", wait_for(still, 60), self.gateway.ledger("influx"))
        once = {m["seq"]: m for m in self.subscriber.data()}
        total = sum(readings(m) for m in once.values())
        wait_for(lambda: total == self.gateway.ledger()["accepted"], 5)

    def compare(self, dropped=0):
        ledger = self.balanced("at the end")
        check(f"{self.name}: {dropped or 'nothing'} is dropped", ledger["dropped"] == dropped, ledger)
        want = self.accepted()
        wait_for(lambda: len(self.server.rows("counter")) >= len(want) - dropped, 10)
        got = self.server.rows("counter")
        lost, invented = set(want) - set(got), set(got) - set(want)
        check(f"{self.name}: every accepted reading arrived", len(lost) == dropped, sorted(lost)[:10])
        check(f"{self.name}: none is invented", not invented, sorted(invented)[:10])
        wrong = {k: (want[k], got[k]) for k in set(want) & set(got) if want[k] != got[k]}
        check(f"{self.name}: each has its value, digit by digit", not wrong, list(wrong.items())[:5])
        check(f"{self.name}: that was a good many", len(want) > 50, len(want))
        both = lambda: (self.of_itself(), self.server.rows("gateway"))  # it goes on telling of itself
        check(f"{self.name}: what riser tells of itself arrived as well", {n for n, _ in self.of_itself()} >= {"disk_used", "store_ok"} and
              wait_for(lambda: operator.eq(*both()), 10, 0.2), both())

    def end(self):
        code, took = self.gateway.stop()
        check(f"{self.name}: it stops cleanly", code == 0 and took < 2, (code, took, self.gateway.said()[-2000:]))
        self.broker.stop()


def outage(name, make, outage_s):
    server = make()
    site = Site(name, server)
    if server.login:
        site.gateway.write(site.conf(site.token_file(server.login + "\n")))
    gateway = site.gateway.start()
    wait_for(lambda: len(server.rows("counter")) > 20, 20)
    check(f"{name}: readings flow", len(server.rows("counter")) > 20, gateway.said()[-2000:])
    check(f"{name}: it says so", gateway.figure('riser_sink_connected{sink="influx"}') == 1)
    site.balanced("before the outage")
    server.stop()
    time.sleep(outage_s / 2 + random.random())
    before = site.balanced("in the outage")
    check(f"{name}: readings were accepted while nobody took them", before.get("pending", 0) > 20, before)
    check(f"{name}: the outage shows", gateway.figure('riser_sink_connected{sink="influx"}') == 0)
    gateway.kill()
    gateway.start()
    after = site.balanced("behind the kill")
    check(f"{name}: the kill lost nothing that was accepted", after.get("accepted", 0) >= before["accepted"], (before, after))
    time.sleep(outage_s / 2)
    server.start()
    # The first retry behind the outage may be a few seconds off.
    wait_for(lambda: gateway.figure('riser_sink_connected{sink="influx"}') == 1, 30)
    time.sleep(1)
    gateway.kill()  # and once more while it catches up
    gateway.start()
    time.sleep(2)
    site.balanced("behind the outage")
    site.settle()
    site.compare()
    site.end()
    server.stop()


def answer(status, body="", **headers):
    def trouble(server):
        return lambda handler, lines: server.say(handler, status, body, **headers) or True
    return trouble


def half(_):
    def trouble(handler, lines):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        handler.close_connection = True
        return True
    return trouble


def of_many(status, body=""):
    """What is said of several lines only; a single one is taken, and the next request told."""
    def bind(server):
        def trouble(handler, lines):
            if len(lines) <= 1:
                server.next.appendleft(trouble)
                return False
            server.say(handler, status, body)
            return True
        return trouble
    return bind


def in_trouble():
    server = Scripted()
    site = Site("trouble", server)
    for t in (answer(500), half, answer(503, Retry_After="1"), answer(429, Retry_After="1"), of_many(413), half, answer(502),
              of_many(400, "a proxy's own")):
        server.next.append(t(server))
    gateway = site.gateway.start()
    wait_for(lambda: not server.next and len(server.rows("counter")) > 20, 60)
    check("trouble: each answer was given", not server.next, server.statuses)
    site.settle()
    site.compare()
    # What is not about lines gives none up.
    figures = {x: gateway.figure(f"riser_influx_{x}") for x in (
        'requests_total{status="5xx"}', 'requests_total{status="4xx"}', 'requests_total{status="none"}',
        'lines_total{result="refused"}')}
    check("trouble: its figures say what was answered", list(figures.values()) == [3, 3, 2, 0], (figures, server.statuses))
    site.end()


def refused():
    """A server that cannot take one value."""
    server = Scripted()
    site = Site("refused", server)

    def partial(handler, lines):
        bad = [x for x in lines if " count=33 " in x or " count=34 " in x or ",count=33 " in x or ",count=34 " in x]
        server.store([x for x in lines if x not in bad])
        server.next.append(partial)
        if not bad:
            return server.say(handler, 204) or True
        server.say(handler, 400, '{"error":"partial write: field type conflict dropped=%d"}' % len(bad))
        return True

    server.next.append(partial)
    gateway = site.gateway.start()
    wait_for(lambda: site.n > 60, 60)
    site.settle()
    want, got = site.accepted(), server.rows("counter")
    lost = {want[k] for k in set(want) - set(got)}
    check("refused: the lines with it are lost, no other is", {33, 34} <= lost and len(lost) <= 4, lost)
    ledger = site.balanced("at the end")
    check("refused: the ledger says so", ledger["dropped"] == len(set(want) - set(got)), (ledger, lost))
    said = gateway.said()
    check("refused: the log says so once", said.count("a line is given up") == 1, said[-2000:])
    check("refused: it stays connected", gateway.figure('riser_sink_connected{sink="influx"}') == 1)
    site.end()


def locked():
    """A server that wants a token: it is held, said once, and goes on when there is one."""
    server = Scripted()
    server.token = "abc=="
    site = Site("locked", server)
    gateway = site.gateway.start()
    wait_for(lambda: server.statuses, 20)
    time.sleep(2)
    check("locked: it does not hammer", server.statuses == [401], server.statuses)
    check("locked: the log says what to do, once", gateway.said().count("see influx.token_file") == 1, gateway.said()[-2000:])
    check("locked: it shows", gateway.figure('riser_sink_connected{sink="influx"}') == 0)
    gateway.write(site.conf(site.token_file("abc==\n")))
    gateway.p.send_signal(signal.SIGHUP)
    wait_for(lambda: len(server.rows("counter")) > 60, 20)
    site.settle()
    site.compare()
    site.end()


CASES = {
    "influxdb": lambda: outage("influxdb", Influx, 10),
    "victoria": lambda: outage("victoria", Victoria, 10),
    "trouble": in_trouble,
    "refused": refused,
    "locked": locked,
}
for _ in range(10 if TORTURE else 1):
    for case in sys.argv[1:] or CASES:
        CASES[case]()
end()
