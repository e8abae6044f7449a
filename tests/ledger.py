"""ledger.py - accepted = delivered + pending + dropped: asked at every scrape, and proved by what the subscriber counts."""
import re
import threading
import time

STAGES = ("accepted", "delivered", "pending", "dropped")
LINE = re.compile(r'^riser_(readings|events)_total\{sink="([^"]+)",stage="(\w+)"\} (\S+)$', re.M)


def ledgers(metrics):
    """{(log, sink): {stage: count}} of one scrape; the log is readings or events."""
    found = {}
    for log, sink, stage, count in LINE.findall(metrics or ""):
        found.setdefault((log, sink), {})[stage] = int(float(count))
    return found


def unbalanced(metrics):
    """The sinks whose ledger does not hold, of one scrape."""
    return {who: led for who, led in ledgers(metrics).items()
            if set(led) != set(STAGES) or led["accepted"] != led["delivered"] + led["pending"] + led["dropped"]}


class Watch:
    """Scrapes a gateway all the time and notes where its ledger did not balance."""
    scrapes, wrong = 0, []  # of all gateways of this scenario

    def __init__(self, gateway, every_s=0.2):
        self.gateway, self.every_s, self.over = gateway, every_s, threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self.over.wait(self.every_s):
            metrics = self.gateway.get("/metrics")
            if metrics is None:
                continue
            Watch.scrapes += 1
            wrong = unbalanced(metrics)
            if wrong:
                Watch.wrong.append(wrong)

    def end(self):
        self.over.set()


def readings(message):
    """How many readings a data message carries."""
    return len(set(message["values"]) | set(message.get("quality", {})))


def content(topic, message):
    """What a (log, seq) stands for: whatever is said of how it came (late, by a clock that was set since) is left out."""
    return topic, *(repr(sorted(message.get(k, {}).items())) for k in ("values", "quality"))


class Tally:
    """The subscriber's own count: each batch and each event once, by (log, seq)."""

    def __init__(self, past=()):
        """past: ids of logs that are of no interest any more."""
        self.seen, self.past = 0, set(past)
        self.batches, self.events = {}, {}  # (log, seq) -> message
        self.doubled = []                   # messages whose (log, seq) had come before
        self.torn = []                      # a (log, seq) that stands for two contents
        self._content = {}

    def add(self, messages):
        """messages: all of them, those of the last call first."""
        for m in messages[self.seen:]:
            kind = m.topic.rsplit("/", 1)[1]
            if kind in ("data", "event") and m.payload:
                self._add(m, self.batches if kind == "data" else self.events)
        self.seen = len(messages)
        return self

    def _add(self, m, into):
        key = m.json["log"], m.json["seq"]
        if key[0] in self.past:
            return
        told = content(m.topic, m.json) if into is self.batches else {
            k: v for k, v in m.json.items() if k not in ("ts", "clock", "backfill")}
        name = into is self.batches, *key
        if key in into:
            self.doubled.append(m)
            if self._content[name] != told:
                self.torn.append((key, self._content[name], told))
        else:
            into[key], self._content[name] = m, told

    def logs(self):
        return {log for log, _ in self.batches}

    def readings(self, sink="mqtt"):
        """Of each seq once: what came from memory first and from the disk again is the same batch.  What is told of as
        dropped is not delivered even if it came: a kill may have forgotten that before the quota took it."""
        gaps = self.gaps(sink=sink)
        return sum(readings(m.json) for seq, m in {seq: m for (_, seq), m in self.batches.items()}.items()
                   if not any(g["from"] <= seq <= g["to"] for g in gaps))

    def gaps(self, sink="mqtt"):
        """The gaps in the readings that were told of; one that was told twice, as a kill may have it, only once."""
        told = {(m.json["from"], m.json["to"]): m.json for m in self.events.values() if m.json.get("type") == "gap"
                and m.json.get("sink") == sink and m.json["of"] in self.logs()}
        return [g for (a, b), g in sorted(told.items()) if not any(c <= a and b <= d and (a, b) != (c, d) for c, d in told)]

    def missing(self):
        """Seqs between the first and the last that never came."""
        seqs = {seq for _, seq in self.batches}
        return sorted(set(range(1, max(seqs, default=0) + 1)) - seqs)


def at_rest(gateway, subscriber, tally, sink, seconds):
    """Waits for a moment in which nothing is pending and all that was delivered has come.  The last state seen."""
    until = time.monotonic() + seconds
    while True:
        before = ledgers(gateway.get("/metrics"))
        tally.add(subscriber.all())
        after = ledgers(gateway.get("/metrics"))
        led = after.get(("readings", sink))
        counted = {"readings": tally.readings(sink), "dropped": sum(g["readings"] for g in tally.gaps(sink=sink)),
                   "events": len({seq for _, seq in tally.events})}
        still = led and before == after and led["accepted"] > 0 and led["pending"] == 0 and led["delivered"] == counted["readings"] \
            and led["dropped"] == counted["dropped"]
        events = after.get(("events", sink))
        still = still and (events is None or events["pending"] == 0 and events["delivered"] == counted["events"])
        if still or time.monotonic() > until:
            return still, after, counted
        time.sleep(0.02)
