#!/usr/bin/python3
"""People are told: at once, in words that suffice, over each of their channels; once over kill -9; in a flood; by another
channel where one is down; and not at night what can wait.  Robots hold to their makers' rules, the mail server is Exim."""
import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time

from harness import RISER, check, end, faulty, wait_for
from robots import Authority, DingTalk, Feishu, MailServer, WeCom, Webhook
from told import Site

AUTHORITY = Authority()
SOON_S = 5.0  # in which people in a car are to be told of
CALM_S = 5.0  # in which something told twice would have come


def arrives(robot, *words, seconds=30.0):
    """The first request, or mail, that has these words."""
    return wait_for(lambda: next(iter(robot.having(*words)), None), seconds)


def soon(site, name, robot, since, *words):
    """Checks that it came in time; gives it."""
    r = arrives(robot, *words)
    check(f"{site}: {name} is told within {SOON_S:g} s", r is not None and r.at - since <= SOON_S, r and r.at - since)
    return r


# ---- the whole chain

def chain():
    secret, password = "SEC41f0a94be7", "pa55-w0rd-of-riser"
    robots = {"duty": DingTalk(AUTHORITY, secret=secret), "office": WeCom(AUTHORITY),
              "boss": Feishu(AUTHORITY, secret="feishu-" + secret), "phone": Webhook(AUTHORITY),
              "post": MailServer(AUTHORITY, username="riser", password=password)}
    site = Site("chain", {name: (r, "language: both" if name == "office" else "" if name == "phone" else "mention: [li, wang]")
                          for name, r in robots.items()})
    site.channels["post"] = (robots["post"], f'to: [duty@anju.test], username: riser, mention: [li], ca_file: "{AUTHORITY.ca}", '
                             f'password_file: "{site.secret_file("password", password)}"')
    site.write()
    site.start()
    since = site.trap(floor=4)
    said = {name: soon("chain", name, r, since, "困人") for name, r in robots.items()}
    if not all(said.values()):
        return print(site.gateway.said(), robots["post"].said())
    for name in ("duty", "office", "boss", "post"):
        text = getattr(said[name], "subject", "") + said[name].text
        check(f"chain: {name} says what, where, the code and whom to call",
              all(w in text for w in ("安居小区", "7栋2单元", "停在4层", "123456", "安达电梯", "400-000-0001")), text)
    check("chain: DingTalk mentions by number", sorted(said["duty"].mentions) == ["13900001111", "13900002222"], said["duty"].mentions)
    check("chain: Feishu mentions by id", sorted(said["boss"].mentions) == ["ou_li", "ou_wang"], said["boss"].mentions)
    check("chain: English stands below where both are wanted", "trapped" in said["office"].text and "trapped" not in said["duty"].text,
          said["office"].text)
    doc = said["phone"].json
    check("chain: the webhook gets the document of the contract",
          all(doc.get(k) == v for k, v in {"site": "anju", "device": "lift-7-2", "alarm": "entrapment", "state": "UNACK",
                                           "severity": "P1", "why": "raise", "place": {"building": "7", "stair": "2"}}.items()) and
          "停在4层" in doc["text"]["zh"] and doc["owner"]["rescue_code"] == "123456" and doc["log"] and doc["seq"] > 0, doc)
    check("chain: and nobody's number", "1390000" not in said["phone"].text, said["phone"].text)
    check("chain: the mail went over TLS, by name, to all who are to have it", said["post"].how == "esmtpsa" and
          sorted(said["post"].to) == ["duty@anju.test", "li@anju.test"], (said["post"].how, said["post"].to))
    for verb in ("respond", "arrive"):
        site.order("lift-7-2/entrapment", verb, by="Wang")
    site.free()
    check("chain: people can say that they are there", site.alarm("lift-7-2/entrapment", active=False), site.alarm("lift-7-2/entrapment"))
    site.order("lift-7-2/entrapment", "rescue", by="Wang")
    site.order("lift-7-2/entrapment", "ack", by="Wang")
    site.order("lift-7-2/entrapment", "reset", by="Wang", note="got them out")
    over = wait_for(lambda: next((r for r in robots["phone"].sent if r.json["why"] == "clear"), None), 15)
    check("chain: that it is over is told, too", over and over.json["ack"], over and over.json)
    for name, r in robots.items():
        wait_for(lambda name=name: site.attempts(channel=name, why="clear"), 30)
        told = [(e["why"], e["result"], e["try"]) for e in site.attempts(channel=name)]
        check(f"chain: each attempt on {name} is an event", told == [("raise", "sent", 1), ("clear", "sent", 1)], told)
        check(f"chain: {name} heard twice", len(r.sent) == 2, r.sent)
    first = site.attempts()[0]
    check("chain: an attempt says of which event, how long it took, and what was answered",
          first["of"] > 0 and first["of_log"] and 0 <= first["ms"] < 5000 and first["code"] in (0, 200, 250), first)
    for name in robots:
        check(f"chain: {name} is counted", site.gateway.figure(f'riser_notify_total{{channel="{name}",result="sent"}}') == 2 and
              site.gateway.figure(f'riser_notify_waiting{{channel="{name}"}}') == 0 and
              0 < site.gateway.figure(f'riser_notify_seconds{{channel="{name}"}}') < 5, site.gateway.get("/metrics"))
    shown = subprocess.run([RISER, "alarms", "-c", site.gateway.conf, "--journal"], capture_output=True, text=True, check=True).stdout
    check("chain: the journal for people says who was told", "lift-7-2/entrapment" in shown and "duty" in shown, shown)
    everything = site.gateway.said() + site.gateway.get("/api/v1/journal?limit=1000") + site.gateway.get("/metrics") + shown
    for hidden in [password, secret, *(r.token for r in robots.values() if hasattr(r, "token"))]:
        check("chain: no secret is in log, events or figures", hidden not in everything, hidden)
    robots["phone"].hang()
    site.trap()
    wait_for(lambda: robots["phone"].got[-1].code == "hang", 10)
    code, took = site.stop()
    check("chain: a robot that hangs holds up no stop", code == 0 and took < 3, (code, took))
    robots["post"].stop()


# ---- kill -9

def killed():
    duty, hook = DingTalk(), Webhook()
    site = Site("killed", {"duty": (duty, "mention: [li]"), "hook": (hook, "")}, units=6).start()
    both = (duty, hook)

    def again(what):
        site.gateway.kill()
        before = [len(r.got) for r in both]
        site.gateway.start()
        time.sleep(CALM_S)
        check(f"killed: {what} is not told again", [len(r.got) for r in both] == before, [r.got[n:] for r, n in zip(both, before)])

    site.set(1, trapped=1)
    for r in both:
        arrives(r, "单元1")
    site.told(alarm="trapped", device="u1", channel="duty"), site.told(alarm="trapped", device="u1", channel="hook")
    again("what was delivered and nobody has yet")
    site.order("u1/trapped", "ack")
    check("killed: somebody has it", site.alarm("u1/trapped", state="ACKED"), "")
    again("what somebody has")
    a = site.alarm("u1/trapped")
    check("killed: and it is known who", a and a["ack"]["by"] == "Zhao", a)

    for r in both:
        r.stop()
    site.set(2, trapped=1)
    site.told(device="u2", channel="duty", result="failed")
    site.told(device="u2", channel="hook", result="failed")
    site.gateway.kill()
    for r in both:
        r.start()
    site.gateway.start()
    for name, r in (("duty", duty), ("hook", hook)):
        late = arrives(r, "单元2")
        check(f"killed: what could not be told is told by {name} after the restart, marked late",
              late and (late.json.get("late", 0) > 0 if r is hook else "补发" in late.text), late and late.json)
    time.sleep(CALM_S)
    check("killed: once", [len(r.having("单元2")) for r in both] == [1, 1], [r.having("单元2") for r in both])
    again("what was told late")

    hook.hang()
    site.set(3, trapped=1)
    arrives(duty, "单元3")
    site.told(device="u3", channel="duty", result="sent")
    check("killed: a request is under way", wait_for(lambda: hook.got[-1].code == "hang", 10), hook.got)
    site.gateway.kill()
    hook.well()
    site.gateway.start()
    check("killed: what may have been delivered or not is told again", arrives(hook, "单元3"), hook.got)
    time.sleep(CALM_S)
    check("killed: by that channel alone", (len(duty.having("单元3")), len(hook.having("单元3"))) == (1, 1), duty.texts())

    site.set(4, out=1)
    arrives(duty, "单元4"), arrives(hook, "单元4")
    site.told(device="u4", channel="duty"), site.told(device="u4", channel="hook")
    for r in both:
        r.stop()
    site.set(4, out=0)
    site.alarm("u4/out", state="RTNUN")
    site.order("u4/out", "ack")
    site.gone("u4/out")
    site.gateway.kill()
    for r in both:
        r.start()
    site.gateway.start()
    over = wait_for(lambda: next((r for r in hook.having("单元4") if r.json.get("why") == "clear"), None), 20)
    check("killed: that it is over is told after the restart", over, hook.texts())
    check("killed: to each who knew of it", wait_for(lambda: len(duty.having("单元4")) == 2, 10), duty.texts())

    before = [len(r.got) for r in both]
    site.gateway.write(site.conf().replace("李工", "李师傅"))
    os.kill(site.gateway.p.pid, signal.SIGHUP)
    wait_for(lambda: "reloaded" in site.gateway.said(), 10)
    time.sleep(CALM_S)
    check("killed: a reload tells nothing twice", [len(r.got) for r in both] == before, [r.got[n:] for r, n in zip(both, before)])
    site.set(5, trapped=1)
    check("killed: and what comes is told by the new configuration", arrives(duty, "单元5", "李师傅"), duty.texts()[-1:])
    hook.slow_s = 4
    before = len(hook.got)
    site.set(6, trapped=1)
    wait_for(lambda: len(hook.got) > before, 10)
    site.gateway.write(site.conf().replace("李工", "李老师"))
    os.kill(site.gateway.p.pid, signal.SIGHUP)
    check("killed: a reload waits for letters under way, and the daemon does not",
          wait_for(lambda: site.gateway.said().count("reloaded") == 2, 10) and not hook.having("单元6"), hook.got[before:])
    hook.slow_s = 0
    check("killed: they are taken once", wait_for(lambda: hook.having("单元6"), 10), hook.got[before:])
    site.set(2, minor=1)
    check("killed: then what comes is told", arrives(duty, "单元2", "小事"), duty.texts()[-1:])
    check("killed: and nothing was told twice", [len(r.having("单元6")) for r in both] == [1, 1], hook.got[before:])
    site.stop()


# ---- a flood

def flood():
    robots = {"duty": (DingTalk(), 15), "office": (WeCom(), 15), "boss": (Feishu(), 60), "hook": (Webhook(), 60)}
    site = Site("flood", {name: (r, "") for name, (r, _) in robots.items()}, units=60, tower=12).start()

    def pour():
        for u in range(1, 61):
            site.set(u, minor=1)
            if u == 6:
                site.cut = True
            time.sleep(20 / 60)

    poured = threading.Thread(target=pour)
    poured.start()
    time.sleep(9)
    since = site.trap()
    for name, (r, _) in robots.items():
        soon("flood", name, r, since, "困人")
    poured.join()
    hook = robots["hook"][0]
    check("flood: a line that is cut is one alarm", arrives(hook, "tower") and not hook.having("塔楼"), hook.texts())
    hidden = wait_for(lambda: site.alarm("t12/comm_loss", 1, suppressed_by="gateway/bus-down-tower"), 20)
    check("flood: what hangs on it is hidden behind it", hidden, "")
    check("flood: many are told in one letter", wait_for(lambda: any(r.json["why"] == "digest" for r in hook.sent), 30), hook.sent)
    site.order("lift-7-2/entrapment", "ack")
    time.sleep(CALM_S)
    for name, (r, most) in robots.items():
        check(f"flood: {name} is asked for little", not r.over and r.most(60) <= most, (r.over, r.most(60)))
        check(f"flood: {name} was told of people once", len(r.having("困人")) == 1, r.having("困人"))
    check("flood: no letter was refused", not site.attempts(result="failed"), site.attempts(result="failed")[:2])
    site.stop()


CROWD, CROWD_S = 40, 20  # so many P1s in so many seconds: twice what DingTalk takes
CROWD_SOON_S = 10.0  # in which each is told all the same


def crowd():
    duty, hook = DingTalk(), Webhook()
    site = Site("crowd", {"duty": (duty, ""), "hook": (hook, "a_minute: 20")}, units=CROWD).start()
    since = {}
    for u in range(1, CROWD + 1):
        since[u] = time.monotonic()
        site.set(u, trapped=1)
        time.sleep(CROWD_S / CROWD)
    for name, r, most in (("duty", duty, 15), ("hook", hook, 20)):
        told = {u: arrives(r, f"单元{u} 困人", seconds=70) for u in since}
        late = {u: t and round(t.at - since[u], 1) for u, t in told.items() if t is None or t.at - since[u] > CROWD_SOON_S}
        check(f"crowd: {name} is told of each within {CROWD_SOON_S:g} s", not late, late)
        check(f"crowd: {name} is never over its limit, though there are more of them", r.most(60) <= most < CROWD and not r.over,
              (r.most(60), r.over))
    check("crowd: no letter was refused", not site.attempts(result="failed"), site.attempts(result="failed")[:2])
    check("crowd: people are not told by phone", site.alarm("gateway/notify", 0) is None, site.attempts()[-3:])
    site.stop()


# ---- at night

def clock_of(minutes):
    """A time of day in Shanghai, so many minutes from now."""
    return time.strftime("%H:%M", time.gmtime(time.time() + 8 * 3600 + minutes * 60))


def quiet():
    duty = DingTalk()
    site = Site("quiet", {"duty": (duty, "")}, units=3,
                notify=f'  quiet: {{from: "{clock_of(-60)}", to: "{clock_of(60)}", severities: [P3, P4]}}\n').start()
    site.set(1, minor=1)
    site.set(2, out=1)
    check("quiet: a P2 is told at night", arrives(duty, "单元2"), duty.got)
    site.set(3, trapped=1)
    check("quiet: so is a P1", arrives(duty, "单元3"), duty.got)
    time.sleep(15)
    check("quiet: a P3 is not", site.alarm("u1/minor", 0) and not duty.having("单元1"), duty.texts())
    site.notify = f'  quiet: {{from: "{clock_of(-180)}", to: "{clock_of(-60)}", severities: [P3, P4]}}\n'
    site.write()
    os.kill(site.gateway.p.pid, signal.SIGHUP)
    check("quiet: by day it is", arrives(duty, "单元1", seconds=40), duty.texts())
    check("quiet: and the others not again", (len(duty.having("单元2")), len(duty.having("单元3"))) == (1, 1), duty.texts())
    site.stop()


# ---- while nobody has it

def unheard():
    duty, office = DingTalk(), WeCom()
    site = Site("unheard", {"duty": (duty, ""), "office": (office, "kinds: [water]")}, units=1, notify=(
        f'  shifts: [{{id: now, from: "{clock_of(-60)}", to: "{clock_of(60)}", people: [li]}},'
        f' {{id: later, from: "{clock_of(60)}", to: "{clock_of(120)}", people: [wang]}}]\n'
        "  escalate: [{after: 5s, to: [office]}, {after: 15s, to: [wang]}]\n  repeat: {P1: 60s}\n")).start()
    site.set(1, trapped=1)
    first = arrives(duty, "单元1")
    check("unheard: who is on duty is mentioned", first and first.mentions == ["13900001111"], duty.got)
    step = arrives(office, "单元1")
    check("unheard: then the next channel is told", step and 3 <= step.at - first.at <= 10, step and step.at - first.at)
    site.told(channel="office", why="escalate")
    site.gateway.kill()
    site.gateway.start()
    boss = wait_for(lambda: next((r for r in duty.sent if "13900002222" in r.mentions), None), 30)
    check("unheard: and then who is above, over kill -9 too", boss and boss.at - first.at >= 13, boss and boss.at - first.at)
    check("unheard: no step twice", len(office.having("单元1")) == 1, office.texts())
    site.order("u1/trapped", "ack")
    before = len(duty.got), len(office.got)
    time.sleep(CALM_S)
    check("unheard: until somebody has it", (len(duty.got), len(office.got)) == before, duty.texts())
    site.stop()


# ---- a channel that is down, a clock that is wrong

def down():
    duty, spare = DingTalk(), WeCom()
    site = Site("down", {"duty": (duty, "severities: [P1, P2]"), "spare": (spare, "kinds: [water]")}, units=1).start()
    duty.stop()
    since = site.trap()
    r = arrives(spare, "困人", seconds=40)
    check("down: the next channel is told within 25 s", r and r.at - since <= 25, r and r.at - since)
    check("down: what failed is an event, and says why",
          site.told(channel="duty", result="failed") and all(e["trouble"] for e in site.attempts(channel="duty")), site.attempts())
    check("down: the log says so once", site.gateway.said().count("notify: duty: ") == 1, site.gateway.said())
    check("down: a channel that fails is an alarm", site.alarm("gateway/notify_channel", 20), site.gateway.get("/api/v1/alarms"))
    check("down: but nobody need use the phone", site.alarm("gateway/notify", 0) is None, "")
    duty.start()
    check("down: it is told when it is back", arrives(duty, "困人", seconds=90), duty.texts())
    check("down: and the alarm is over", site.alarm("gateway/notify_channel", 20, active=False), "")
    site.stop()


def wrong_clock():
    boss = Feishu(secret="s3cr3t")
    boss.clock_ahead_s = 2 * 3600
    site = Site("clock", {"boss": (boss, "")}).start()
    since = site.trap()
    e = site.told(channel="boss", code=19021)
    check("clock: a wrong clock is reported as such", e and "clock" in e["trouble"] and "notify: boss: " in site.gateway.said(), e)
    check("clock: a P1 that no channel takes is an alarm", site.alarm("gateway/notify", 60, severity="P1"), site.attempts())
    check("clock: within half a minute", time.monotonic() - since <= 35, time.monotonic() - since)
    a = site.alarm("gateway/notify")
    check("clock: which says what to do", a and a["text"]["zh"] == "通知发送失败，请人工电话", a)
    boss.clock_ahead_s = 0
    check("clock: when it is right it is told", arrives(boss, "困人", seconds=90), boss.got)
    check("clock: and the alarm is over", site.alarm("gateway/notify", 20, active=False), "")
    site.stop()


# ---- a disk that is sick mutes nobody

def sick_disk():
    hook = Webhook()
    site = Site("sick", {"hook": (hook, "")}, units=3)
    orders = os.path.join(site.gateway.dir, "orders")

    def order(text):
        with open(orders, "w") as f:
            f.write(text)

    order("")
    faulty(site.gateway, orders)
    site.start(watch=False)
    illnesses = "write ENOSPC\ncreate ENOSPC", "write EROFS\ncreate EROFS\nrename EROFS\nremove EROFS\nsync EROFS", "sync delay 3000"
    for unit, illness in enumerate(illnesses, 1):
        order(illness)
        time.sleep(1)
        since = time.monotonic()
        site.set(unit, trapped=1)
        soon("sick " + illness.split("\n", maxsplit=1)[0], "hook", hook, since, f"单元{unit}")
        site.order(f"u{unit}/trapped", "ack")
        order("")
        wait_for(lambda: site.gateway.figure("riser_events_in_memory") == 0, 60, 0.2)
    check("sick: each was told once", [len(hook.having(f"单元{u}")) for u in (1, 2, 3)] == [1, 1, 1], hook.texts())
    check("sick: and each attempt is in the journal when the disk is well",
          wait_for(lambda: len(site.attempts(result="sent")) == 3, 20), site.attempts())
    check("sick: it stops cleanly after all", site.stop()[0] == 0, site.gateway.said()[-1500:])


STORIES = chain, killed, flood, crowd, quiet, unheard, down, wrong_clock, sick_disk
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    for done in [pool.submit(story) for story in STORIES if story.__name__ in (sys.argv[1:] or [s.__name__ for s in STORIES])]:
        done.result()
end()
