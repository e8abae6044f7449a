#!/usr/bin/python3
"""What is read now is told before what waited: after an outage the backlog comes beside it, marked and oldest first, and
quickly; urgent points do not wait for a commit; and neither a broker that hangs nor a name server that does not answer
delays a poll or a stop."""
import contextlib
import os
import signal
import time

from farm import Farm, arrived
from harness import Broker, Gateway, Subscriber, check, end, faulty, ledger_holds, wait_for
from line import Line

OUTAGE_S = 15


def p99(values):
    values = sorted(values)
    return values[len(values) * 99 // 100] if values else None


class Home:
    def __init__(self, name, broker, url=None, **farm):
        self.farm, self.broker = Farm(4, **farm), broker
        self.subscriber = Subscriber(broker)
        self.gateway = Gateway("", name)
        self.gateway.write(self.farm.conf(url or f"mqtt://127.0.0.1:{broker.port}"))
        self.farm.profile(self.gateway.dir)

    def data(self):
        return self.subscriber.all("/data")

    def delays(self, messages):
        """Seconds from the device's answer to the subscriber, of each."""
        return [m.at - self.farm.read_at(m.topic.split("/")[2], m.json["values"]["count"])
                for m in messages if "count" in m.json["values"]]

    def all_arrived(self, what):
        self.farm.stop()
        tally = ledger_holds(self.gateway, self.subscriber, what, seconds=60)
        check(f"{what}: every seq arrived", not tally.missing(), tally.missing()[:20])
        check(f"{what}: no value is invented", set(arrived(tally)) <= self.farm.served())
        self.gateway.stop()
        self.broker.stop()


def outage(home):
    """One; gives what came from the first that came after it until all of the backlog had."""
    wait_for(lambda: len(home.data()) > 20, 10)
    home.broker.stop()
    time.sleep(OUTAGE_S)
    seen, values = len(home.data()), [c.n for c in home.farm.counters]
    home.broker.start()
    last = {}

    def drained():
        messages = home.data()[seen:]
        late = [m for m in messages if m.json.get("backfill")]
        last["late"] = late
        return late and messages[-1].at - late[-1].at > 1.0 and home.gateway.ledger()["pending"] < 40

    wait_for(drained, 120, 0.1)
    late = last["late"]
    between = [m for m in home.data()[seen:] if late and late[0].at <= m.at <= late[-1].at]
    return between, values


def judge_outage(what, home, messages, values):
    late = [m for m in messages if m.json.get("backfill")]
    live = [m for m in messages if not m.json.get("backfill")]
    seqs = list(dict.fromkeys(m.json["seq"] for m in late))
    check(f"{what}: the backlog came, marked", len(seqs) > 0.5 * OUTAGE_S * 40, len(seqs))
    check(f"{what}: oldest first", seqs == sorted(seqs), [(a, b) for a, b in zip(seqs, seqs[1:]) if a > b][:5])
    check(f"{what}: nothing that was read after the outage is called late", all(
        m.json["values"]["count"] <= values[int(m.topic.split("/")[2][1:])] + 60 for m in late if "count" in m.json["values"]))
    span = late[-1].at - late[0].at if late else 0
    print(f"      {what}: {len(seqs)} batches drained in {span:.2f} s, {len(live)} live ones among them", flush=True)
    return seqs, live


def told_state(what, home, since, values):
    """The retained state is of now, whatever the backlog brings."""
    states = [m for m in home.subscriber.all("/state") if m.payload and m.at > since and "/gateway/" not in m.topic]
    old = [m.json for m in states if m.json["values"].get("count", 0) < values[int(m.topic.split("/")[2][1:])]]
    check(f"{what}: a state is never from the backlog", states and not old, (len(states), old[:2]))


def slow_line():
    """A round trip of 200 ms: the backlog takes a while, and what is live goes beside it."""
    what = "over a slow line"
    broker = Broker()
    home = Home("slow", broker, f"mqtt://127.0.0.1:{Line(broker.port, 0.1).port}")
    home.gateway.start()
    messages, values = outage(home)
    seqs, live = judge_outage(what, home, messages, values)
    check(f"{what}: what is live is among it from the start", live and live[0].json["seq"] > max(seqs[:len(seqs) // 2]) and
          messages.index(live[0]) < len(messages) / 2, [m.json.get("backfill") for m in messages[:20]])
    order = list(dict.fromkeys(m.json["seq"] for m in live))
    check(f"{what}: and in order", order == sorted(order))
    delays = home.delays(live)
    print(f"      {what}: live ones took {p99(delays):.2f} s (p99) meanwhile", flush=True)
    check(f"{what}: they do not wait for the backlog", p99(delays) < 5, p99(delays))
    told_state(what, home, messages[0].at, values)
    home.all_arrived(what)


def quick_line():
    what = "over a quick line"
    home = Home("quick", Broker())
    home.gateway.start()
    messages, values = outage(home)
    seqs, live = judge_outage(what, home, messages, values)
    # What came meanwhile is the input's rate.
    check(f"{what}: it drains at ten times the rate of its input at least", len(seqs) >= 10 * len(live), (len(seqs), len(live)))
    told_state(what, home, messages[0].at, values)
    home.all_arrived(what)


def in_bulk(gateway):
    """The threads that are scheduled so, by name."""
    tasks = f"/proc/{gateway.p.pid}/task"
    names = set()
    for task in os.listdir(tasks):
        with contextlib.suppress(OSError), open(f"{tasks}/{task}/comm") as f:  # it may end meanwhile
            if os.sched_getscheduler(int(task)) == os.SCHED_BATCH:
                names.add(f.read().strip())
    return names


def urgent():
    what = "an urgent point"
    home = Home("urgent", Broker(), commit_s=20, urgent=True)
    home.gateway.start()
    wait_for(lambda: len(home.data()) > 200, 30)
    delays = home.delays(home.data())
    print(f"      {what}: {p99(delays) * 1000:.0f} ms (p99) from the device's answer to the subscriber", flush=True)
    names = in_bulk(home.gateway)
    check("MQTT's threads, paho's too, work in bulk, and no others", names == {"mqtt", "MQTTAsync_send", "MQTTAsync_rcv"}, names)
    check(f"{what} does not wait for a commit that is due in 20 s", len(delays) >= 200 and p99(delays) < 5, p99(delays))
    home.all_arrived(what)


def hanging_broker():
    what = "a broker that hangs"
    home = Home("hanging", Broker())
    home.gateway.start()
    wait_for(lambda: len(home.data()) > 20, 10)
    start = time.monotonic()
    home.broker.p.send_signal(signal.SIGSTOP)
    time.sleep(15)
    jitter = home.farm.jitter_s(start)
    print(f"      {what}: p99 of the polls' jitter {jitter * 1000:.0f} ms", flush=True)
    check(f"{what}: the polls keep their time", jitter < 0.5, jitter)
    check(f"{what}: what is read is accepted", home.gateway.ledger()["pending"] > 100, home.gateway.ledger())
    seen = len(home.data())
    home.broker.p.send_signal(signal.SIGCONT)
    check(f"{what}: delivery resumes", wait_for(lambda: len(home.data()) > seen + 100, 60))
    home.all_arrived(what)


def mute_name_server():
    what = "a name server that does not answer"
    broker = Broker()
    home = Home("mute", broker, f"mqtt://localhost:{broker.port}")
    orders = os.path.join(home.gateway.dir, "orders")

    def order(text):
        with open(orders, "w") as f:
            f.write(text)

    faulty(home.gateway, orders)
    order("resolve delay 30000\n")
    home.gateway.start()
    start = time.monotonic()
    time.sleep(3)
    code, took = home.gateway.stop()
    check(f"{what}: does not hold a stop", code == 0 and took < 3, (code, took, home.gateway.said()[-500:]))
    order("resolve delay 4000\n")
    home.gateway.start()
    start = time.monotonic()
    time.sleep(10)
    jitter = home.farm.jitter_s(start)
    print(f"      {what}: p99 of the polls' jitter {jitter * 1000:.0f} ms", flush=True)
    check(f"{what}: the polls keep their time", jitter < 0.5, jitter)
    check(f"{what}: nothing was delivered, all accepted", not home.data() and home.gateway.ledger()["pending"] > 100,
          (len(home.data()), home.gateway.ledger()))
    order("")
    check(f"{what}: delivery begins when it does", wait_for(lambda: len(home.data()) > 100, 60))
    home.all_arrived(what)


for part in (quick_line, slow_line, urgent, hanging_broker, mute_name_server):
    part()
end()
