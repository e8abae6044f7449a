#!/usr/bin/python3
"""A backlog outlives what is changed meanwhile: devices renamed and removed, the sink taken out and put back, reloads and
restarts; and where the quota took the oldest of it, the gaps that are told are exactly what is missing."""
import signal
import time

from farm import Farm, arrived
from harness import Broker, Gateway, Subscriber, check, end, ledger_holds, wait_for


class Home:
    def __init__(self, name, store="", **farm):
        self.farm, self.broker = Farm(4, **farm), Broker()
        self.subscriber = Subscriber(self.broker)
        self.gateway = Gateway("", name)
        self.full = self.farm.conf(f"mqtt://127.0.0.1:{self.broker.port}", store)
        self.bare = self.farm.conf(None, store)
        self.gateway.write(self.full)
        self.farm.profile(self.gateway.dir)

    def data(self):
        return self.subscriber.all("/data")

    def reload(self, conf):
        self.gateway.write(conf)
        done = self.gateway.said().count(": reloaded,")
        self.gateway.p.send_signal(signal.SIGHUP)
        assert wait_for(lambda: self.gateway.said().count(": reloaded,") > done, 20), self.gateway.said()[-1000:]

    def judge(self, what):
        self.farm.stop()
        tally = ledger_holds(self.gateway, self.subscriber, what, seconds=60)
        came = arrived(tally)
        check(f"{what}: no value is invented", set(came) <= self.farm.served(), sorted(set(came) - self.farm.served())[:5])
        twice = {who: keys for who, keys in came.items() if len(keys) > 1}
        check(f"{what}: no answer stands under two numbers", not twice, list(twice.items())[:3])
        return tally

    def stop(self):
        self.gateway.stop()
        self.broker.stop()


def names():
    what = "devices renamed and removed"
    home = Home("names")
    home.gateway.start()
    wait_for(lambda: len(home.data()) > 20, 10)
    home.broker.stop()
    time.sleep(2)
    changed = home.full.replace("id: d3,", "id: d3-b,")
    changed = "".join(line for line in changed.splitlines(True) if "id: d2," not in line)
    home.reload(changed)
    time.sleep(2)
    home.gateway.kill()
    home.gateway.start()
    home.reload(home.full.replace("id: d3,", "id: d3-c,"))
    time.sleep(2)
    accepted = home.gateway.ledger()["pending"]
    check(f"{what}: a backlog of all of them waits", accepted > 100, accepted)
    home.broker.start()
    wait_for(lambda: home.gateway.ledger().get("pending", 99) < 20, 30)
    tally = home.judge(what)
    check(f"{what}: every seq arrived", not tally.missing(), tally.missing()[:20])
    late = [m for m in home.data() if m.json.get("backfill")]
    for name in ("d2", "d3", "d3-b", "d3-c"):
        check(f"{what}: what waited of {name} arrived under that name", any(m.topic.split("/")[2] == name for m in late))
    check(f"{what}: who left has no retained topics", wait_for(lambda: all(
        home.subscriber.all(f"/{name}/{kind}")[-1].payload == "" for name in ("d3", "d3-b")
        for kind in ("meta", "state") if home.subscriber.all(f"/{name}/{kind}")), 10))
    home.stop()


def sink():
    what = "the sink taken out and put back"
    home = Home("sink")
    home.gateway.start()
    wait_for(lambda: len(home.data()) > 20, 10)
    home.reload(home.bare)
    check(f"{what}: it is not there", home.gateway.figure('riser_sink_connected{sink="mqtt"}') != 1 and home.gateway.get("/healthz"))
    time.sleep(1)
    seen = len(home.data())
    time.sleep(2)
    check(f"{what}: nothing is delivered meanwhile", len(home.data()) == seen, (seen, len(home.data())))
    home.gateway.kill()
    home.gateway.start()
    time.sleep(2)
    home.reload(home.full)
    check(f"{what}: it goes on where it was", wait_for(lambda: any(m.json.get("backfill") for m in home.data()), 20))
    tally = home.judge(what)
    check(f"{what}: every seq arrived", not tally.missing(), tally.missing()[:20])
    check(f"{what}: nothing counts as dropped", home.gateway.ledger()["dropped"] == 0, home.gateway.ledger())
    home.stop()


def quota():
    what = "a backlog beyond the quota"
    home = Home("quota", "journal_max: 128KiB", commit_s=0.01)
    home.gateway.start()
    wait_for(lambda: len(home.data()) > 20, 10)
    home.broker.stop()
    dropped = "riser_journal_segments_dropped_total"
    check(f"{what}: segments go", wait_for(lambda: (home.gateway.figure(dropped) or 0) >= 2, 120), home.gateway.figure(dropped))
    check(f"{what}: the journal keeps within it", home.gateway.figure("riser_journal_bytes") <= 128 * 1024,
          home.gateway.figure("riser_journal_bytes"))
    home.broker.start()
    wait_for(lambda: home.gateway.ledger().get("pending", 99) < 20, 60)
    tally = home.judge(what)
    ledger = home.gateway.ledger()
    gaps = tally.gaps()
    told = sorted(seq for g in gaps for seq in range(g["from"], g["to"] + 1))
    check(f"{what}: something was lost, and it is told", ledger["dropped"] > 0 and gaps, (ledger, gaps))
    check(f"{what}: the gaps are exactly what is missing", set(tally.missing()) <= set(told) and
          not set(told) & {seq for _, seq in tally.batches}, (tally.missing()[:5], gaps[:3]))
    check(f"{what}: no seq is told of twice", len(told) == len(set(told)), gaps)
    check(f"{what}: they say why", all(g["reason"] == "quota" for g in gaps), gaps)
    check(f"{what}: and how many readings", sum(g["readings"] for g in gaps) == ledger["dropped"], (gaps, ledger))
    home.stop()


for part in (names, sink, quota):
    part()
end()
