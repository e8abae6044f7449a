#!/usr/bin/python3
"""The wall of the estate of 85 lifts in a browser: it fits; what a device says and what an alarm tells is on it, and how soon;
it says so when it is dead, and lives again by itself, over kill -9 too.  Every number was made up by the test and written at
the Modbus side."""
import random
import re
import time

from browser import (WALL, Browser, barriers, chinese, complaint, fits, hatched, key_names, some, shows, smallest, tell_delays, there)
from estate import NORMAL, SILENT, UNPIN, demo
from harness import check, end, wait_for
from relay import Relay

FAULT, ENTRAP = 2, 101  # elevator/generic-gbt24476: input register; its number for people trapped
FLOOR, LABEL, LOAD = 0, 6, 5
P_KW, Q_KVAR, S_KVA = 3059, 3067, 3075  # meter/schneider-pm5000
LATE_S, DEAD_S = 12, 30
BEAT_S = 7  # between two heartbeats: 5, and what a busy machine adds
HEAVY = "alarms: {heavy: {on: 1s}}, "

estate = demo("l", lambda text: text.replace("{id: tx-2,", "{id: tx-2, " + HEAVY)).start()
check("all of the estate answers", wait_for(estate.all_online, 60, 0.5))
browser = Browser()
lifts = re.findall(r"id: (lift-[\d-]+),", estate.text)
transformers = re.findall(r"id: (tx-\d+),", estate.text)
WEB = f"http://{estate.web}/wall"


def wall(theme="light", lang="zh", host=estate.web):
    page = browser.open(f"http://{host}/wall?lang={lang}&theme={theme}", WALL, theme)
    page.waits('[data-point="tx-9/load"][data-quality="good"]', 20)
    return page


def trap(lift):
    estate.pin(lift, 6, FAULT, ENTRAP)
    return f"{lift}/entrapment"


def free(lift):
    key = f"{lift}/entrapment"
    for verb in ("ack", "rescue"):
        estate.post(key, verb, by="Wang")
    estate.stage(lift, UNPIN)
    return estate.gone(key, 20)


def set_load(device, percent, kva):
    """The load of a transformer, by its three powers; the load that they make."""
    s = percent / 100 * kva
    p = s * random.uniform(0.8, 0.99)
    for register, value in ((P_KW, p), (Q_KVAR, (s * s - p * p) ** 0.5), (S_KVA, s)):
        estate.pin_float(device, register, value)
    return percent


def unlike(number):
    """A load that nobody takes for that one."""
    return random.choice([n for n in range(20, 80) if number is None or abs(n - number) > 2])


# ---- what a device says is on the wall, and how soon

live = wall()
live.run("window.stayed = true")
delays = []
for lift in random.sample(lifts, 10):
    floor = random.randint(20, 199)
    drawn = live.when(shows(f'[data-device="{lift}"] .tile-floor', floor))
    estate.pin(lift, 6, FLOOR, floor)
    at = estate.pin_bytes(lift, LABEL, f"{floor:<4}".encode())
    got = drawn.result()
    delays.append(got and (got[0] - at) / 1000)
    estate.stage(lift, UNPIN)
tell_delays("from a lift's register to the pixel", delays, 15)
delays = []
for device in random.sample([f"tx-{n}" for n in range(1, 7)], 4):
    load = some(81, 119) if device == "tx-2" else some(1, 119)
    drawn = live.when(shows(f'[data-point="{device}/load"]', load, 0.5))
    set_load(device, load, 800 if device in ("tx-3", "tx-6") else 630)
    at = time.time() * 1000
    got = drawn.result()
    delays.append(got and (got[0] - at) / 1000)
tell_delays("from a transformer's powers to its load's pixel", delays, 20)

# ---- alarms

delays, named = [], []
for lift in random.sample(lifts, 6):
    drawn = live.when(there(f'[data-alarm="{lift}/entrapment"]'))
    key = trap(lift)
    raised = estate.stands(key, 10)
    got = drawn.result()
    delays.append(got and raised and (got[0] - raised["since"]) / 1000)
    card = live.see(f'[data-alarm="{key}"]')
    named.append(card and "困人" in card.text)
    free(lift)
tell_delays("from an alarm to the pixel", delays, 10)
check("each said what it is", all(named), named)
check("an alarm that is over leaves the wall", wait_for(lambda: not live.all('[data-alarm$="/entrapment"]'), 10, 0.1))

# ---- a wall with alarms on it

stuck, dark = random.sample(lifts, 2)
set_load("tx-2", some(85, 99), 630)
check("a transformer is heavily loaded", estate.stands("tx-2/heavy", 20))
trap(stuck)
estate.stage(dark, SILENT)
check("somebody is trapped", estate.stands(f"{stuck}/entrapment", 10))

# ---- dead: the net is cut; or what lies between says nothing any more, and no connection ends; all this takes a while

wires = Relay(estate.web), Relay(estate.web)
torn, muted = (wall(host=wire.address) for wire in wires)
both = ((torn, "cut off"), (muted, "muted"))
for page, name in both:
    page.run("window.stayed = true")
    check(f"{name}: first it is live", page.link == "live" and not page.text("#frozen-banner"))
since = time.time() * 1000
waits = {page: [page.when(f"() => document.body.dataset.link === '{link}'", 120) for link in ("late", "dead")] for page, _ in both}
torn.do("offline", on=True)
wires[0].cut()
wires[1].mute()

# ---- meanwhile: it fits

for lang in ("zh", "en"):
    for theme in ("light", "dark"):
        what = f"{lang}, {theme}"
        page = wall(theme, lang)
        page.waits(f'[data-alarm="{stuck}/entrapment"]')
        tiles = page.all("[data-device^=lift-]")
        check(f"{what}: there are 85 lifts", sorted({t.attrs["data-device"] for t in tiles if t.seen}) == sorted(lifts), len(tiles))
        seen = [d for d in transformers if page.text(f'[data-point="{d}/load"]')]
        check(f"{what}: and nine transformers", len(seen) == len(transformers) == 9, seen)
        check(f"{what}: nothing needs scrolling", fits(page)[0], fits(page)[1])
        outside = [t for t in page.all("[data-device], [data-alarm]") if t.seen and (t.box["right"] > 1920 or t.box["bottom"] > 1080)]
        check(f"{what}: nothing is outside", not outside, outside[:3])
        cut = page.run("""Array.from(document.querySelectorAll('[data-device^=lift-], [data-device^=lift-] *'))
            .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => e.textContent)""")
        check(f"{what}: no lift's text is cut off", not cut, cut[:5])
        check(f"{what}: no letter is below 20 px", smallest(page)[0] >= 20, smallest(page))
        check(f"{what}: no key's name and no value without a word", not key_names(page), key_names(page)[:5])
        if lang == "en":
            check(f"{what}: no Chinese", not chinese(page), chinese(page)[:5])
        found = barriers(page)
        check(f"{what}: axe finds nothing serious", not found, found[:2])
        page.shot(f"wall-{lang}-{theme}")
        complaint(page, what)
        page.close()

estate.stage(dark, NORMAL)

# ---- and they are dead

later = random.choice([x for x in lifts if x not in (stuck, dark)])
missed = trap(later)
for page, name in both:
    late = waits[page][0].result()
    took = late and (late[0] - since) / 1000
    print(f"      {name}: the banner after {took} s", flush=True)
    check(f"{name}: {LATE_S} s after the last heartbeat it says so, not before", took and LATE_S - BEAT_S <= took <= LATE_S + 20, took)
    check(f"{name}: with the time of what it shows", re.search(r"\d\d:\d\d:\d\d", page.text("#frozen-banner")), page.text("#frozen-banner"))
for page, name in both:
    dead = waits[page][1].result()
    took = dead and (dead[0] - since) / 1000
    check(f"{name}: after {DEAD_S} s it is dead", took and DEAD_S - BEAT_S <= took <= DEAD_S + 20, took)
    values = [e for e in page.all("[data-point]") if e.seen and e.attrs["data-point"].endswith("/load")]
    striped = hatched(page, '[data-point$="/load"]')
    check(f"{name}: no value looks live", values and len({e.style["color"] for e in values}) == 1 and striped == len(values),
          ({e.style["color"] for e in values}, striped, len(values)))
    big = page.run("Math.max(...Array.from(document.querySelectorAll('#frozen-banner, #frozen-banner *'), (e) => parseFloat(getComputedStyle(e).fontSize)))")
    check(f"{name}: the wall says it in 64 px", big >= 64 and "断开" in page.text("#frozen-banner"), (big, page.text("#frozen-banner")))
before = [c.text for c in torn.all("[data-alarm]")]
time.sleep(2)
check("no timer runs", before and before == [c.text for c in torn.all("[data-alarm]")], before)
torn.shot("wall-dead")
newer = unlike(torn.see('[data-point="tx-3/load"]').number)
set_load("tx-3", newer, 800)
healed = {page: page.when(shows('[data-point="tx-3/load"]', newer, 0.5), 60) for page, _ in both}
torn.do("offline", on=False)
wires[0].join()
wires[1].speak()
for page, name in both:
    check(f"{name}: it heals without a reload", healed[page].result() and page.run("window.stayed") is True)
    check(f"{name}: the banner is gone", wait_for(lambda p=page: not p.text("#frozen-banner"), 10, 0.1), page.text("#frozen-banner"))
    check(f"{name}: what was told meanwhile is there", page.waits(f'[data-alarm="{missed}"]', 10), [c.text for c in page.all("[data-alarm]")])
for page, name in both:
    complaint(page, name, net=True)
    page.close()

# ---- kill -9

free(later)
estate.post(f"{stuck}/entrapment", "ack", by="Zhang San")
was = estate.stands(f"{stuck}/entrapment", 10, state="ACKED")
check("an alarm is acknowledged by name", was and live.waits(f'[data-alarm="{stuck}/entrapment"]') and
      wait_for(lambda: "Zhang San" in live.text(f'[data-alarm="{stuck}/entrapment"]'), 10, 0.1), live.text(f'[data-alarm="{stuck}/entrapment"]'))
live.faults()
estate.gateway.kill()
check("the wall sees that its gateway is gone", wait_for(lambda: live.link != "live", 30, 0.1), live.link)
estate.gateway.start()
check("the wall is alive again by itself", wait_for(lambda: live.link == "live", 40, 0.1) and live.run("window.stayed") is True)
check("the alarm has its name and its start", wait_for(lambda: "Zhang San" in live.text(f'[data-alarm="{stuck}/entrapment"]'), 20, 0.1) and
      abs((estate.alarms().get(f"{stuck}/entrapment") or {"since": 0})["since"] - was["since"]) <= 50,  # the clocks' difference
      (was["since"], estate.alarms().get(f"{stuck}/entrapment"), live.text(f'[data-alarm="{stuck}/entrapment"]')))
after = unlike(live.see('[data-point="tx-4/load"]').number)
set_load("tx-4", after, 630)
check("and values flow", live.when(shows('[data-point="tx-4/load"]', after, 0.5), 30).result(), live.text('[data-point="tx-4/load"]'))
complaint(live, "the wall, of all but a server that was gone", net=True)
browser.stop()
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
