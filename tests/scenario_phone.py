#!/usr/bin/python3
"""The overview in browsers, before the estate of twelve lifts: what a meter says is what a page, the broker and the API say; it
fits a telephone; an alarm is taken over on one and seen on another; a keyboard is enough; what is old looks old; an outage
shows; and what people wrote is text, whatever they wrote."""
import math
import random
import re
import subprocess
import time
import urllib.parse

from browser import DESK, PHONE, WALL, Browser, barriers, chinese, complaint, hatched, key_names, narrow, some, shows, tell_delays, there
from estate import CUT, NORMAL, SILENT, UNPIN, demo
from harness import RISER, check, end, wait_for

FAULT, ENTRAP = 2, 101  # elevator/generic-gbt24476: input register; its number for people trapped
P_KW, Q_KVAR, S_KVA, CURRENTS = 3059, 3067, 3075, (2999, 3001, 3003)  # meter/schneider-pm5000
PRESSURE = 2  # water/keller-33x, bar
TX_KVA = 630
FOLD, TABS = 740, 56
IMAGE, SCRIPT = "<img src=x onerror=alert(1)>", "<script>alert(2)</script>"
PASSWORD = f"correct horse {random.randint(1000, 9999)}"


def change(text):
    """A transformer whose name is an attack and whose load is told at once; and people who may log in."""
    text = text.replace("{id: tx-2, name: {zh: 2号变压器, en: Transformer 2},",
                        f'{{id: tx-2, name: {{zh: "{IMAGE}2号", en: "{SCRIPT}T2"}}, alarms: {{heavy: {{on: 1s}}}},')
    return text.replace('web: {listen: "127.0.0.1:18080"', 'web: {listen: "127.0.0.1:18080", users_file: /tmp/riser-demo/users')


estate = demo("m", change)


def person(user, role, name):
    p = subprocess.run([RISER, "passwd", "-c", estate.gateway.conf, user, "--role", role, "--name", name], input=PASSWORD + "\n",
                       capture_output=True, text=True, timeout=20)
    assert p.returncode == 0, p


person("zhang", "duty", "Zhang San")
estate.start()
check("all of the estate answers", wait_for(estate.all_online, 60, 0.5))
browser = Browser()
ROOT = f"http://{estate.web}"


def phone(path="/", theme="light", lang="zh"):
    return browser.open(f"{ROOT}{path}?lang={lang}&theme={theme}", PHONE, theme)


def pin_powers(device, p, q):
    for register, value in ((P_KW, p), (Q_KVAR, q), (S_KVA, math.hypot(p, q))):
        estate.pin_float(device, register, value)


def trap(lift):
    estate.pin(lift, 6, FAULT, ENTRAP)
    return estate.stands(f"{lift}/entrapment", 10)


def card(page, key, seconds=10):
    return page.waits(f'[data-alarm="{key}"]', seconds)


def button(key, action):
    return f'[data-alarm="{key}"] [data-action="{action}"]'


# ---- truth, end to end

overview = phone()
wall = browser.open(f"{ROOT}/wall?lang=zh", WALL)
wall.waits('[data-point="tx-3/load"]', 20)
overview.waits("#state-sentence", 20)
delays = []
for turn in range(5):
    s = some(101, 140, 1) if turn % 2 else some(5, 79, 1)  # in turn the estate's highest and one of many
    p, currents = s / 100 * TX_KVA * random.uniform(0.8, 0.99), [some(100, 900, 1) for _ in CURRENTS]
    drawn = wall.when(shows('[data-point="tx-3/load"]', s, 0.55))
    at = time.time() * 1000
    pin_powers("tx-3", p, math.sqrt((s / 100 * TX_KVA) ** 2 - p * p))
    for register, value in zip(CURRENTS, currents):
        estate.pin_float("tx-3", register, value)
    got = drawn.result()
    delays.append(got and (got[0] - at) / 1000)
    check(f"a load of {s} % is on the wall", got and abs(wall.see('[data-point="tx-3/load"]').number - s) <= 0.55, wall.text('[data-point="tx-3/load"]'))

    def says(values, s=s, p=p, currents=currents):
        return abs(values.get("load", -1) - s) < 0.3 and abs(values.get("active_power", -1) - p) < 0.6 and all(
            abs(values.get(f"current_l{i + 1}", -1) - c) < 0.6 for i, c in enumerate(currents))
    check("the API says the same", wait_for(lambda: says(estate.values("tx-3")), 10), estate.values("tx-3"))

    def told():
        latest = {}
        for m in estate.subscriber.all("/tx-3/data"):
            latest.update(m.json["values"])
        return latest
    check("so does the broker", wait_for(lambda: says(told()), 10, 0.2), told())
    if s > 100:
        whole = {f"{math.floor(s)}%", f"{math.ceil(s)}%"}  # at .5 it is the reading's, a little above or below
        text = wait_for(lambda w=whole: any(n in overview.text("main") for n in w), 10, 0.1)
        check("and the highest load on a telephone", text, overview.text("main"))
tell_delays("from a transformer's powers to the pixel", delays, 20)
pressure = some(0.31, 0.69, 2)
drawn = wall.when(shows('[data-point="water-inlet/pressure"]', pressure, 0.0051))
estate.pin_float("water-inlet", PRESSURE, pressure * 10)
check("and so is a pressure", drawn.result(), (pressure, wall.text('[data-point="water-inlet/pressure"]')))
estate.stage("tx-3", UNPIN)

# ---- a telephone with an alarm

lift = random.choice(["lift-7-1", "lift-7-2", "lift-8-1", "lift-9-1"])
KEY = f"{lift}/entrapment"
trap(lift)


def log_in(page):
    """From the login page, as somebody of the duty."""
    page.waits("input[type=password]", 10)
    page.do("fill", selector="input[name=user]", text="zhang")
    page.do("fill", selector="input[type=password]", text=PASSWORD)
    page.do("press", key="Enter")
    return wait_for(lambda: page.path == "/", 10, 0.1)


def login_path(lang, theme):
    return f"/login?lang={lang}&theme={theme}&next=" + urllib.parse.quote(f"/?lang={lang}&theme={theme}", safe="")


def fits_telephone(page, what, lang):
    check(f"{what}: it fits across", narrow(page)[0], narrow(page)[1])
    small = [e for e in page.all("a[href], button, input, select, summary, [role=button]")
             if e.seen and (e.box["width"] < 43.9 or e.box["height"] < 43.9)]
    check(f"{what}: what is tapped has 44 px", not small, [(e.text, e.attrs, e.box) for e in small])
    check(f"{what}: no key's name and no value without a word", not key_names(page), key_names(page)[:5])
    if lang == "en":
        check(f"{what}: no Chinese", not chinese(page), chinese(page)[:5])
    found = barriers(page)
    check(f"{what}: axe finds nothing serious", not found, found[:2])


for lang in ("zh", "en"):
    for theme in ("light", "dark"):
        page = browser.open(f"{ROOT}{login_path(lang, theme)}", PHONE, theme)
        page.waits("input[type=password]", 10)
        fits_telephone(page, f"login, {lang}, {theme}", lang)
        page.shot(f"login-{lang}-{theme}")
        log_in(page)
        what = f"telephone, {lang}, {theme}"
        card(page, KEY)
        page.waits(button(KEY, "call"), 10)
        fits_telephone(page, what, lang)
        below = {a: page.see(button(KEY, a)) for a in ("ack", "call", "arrive", "rescue")}
        check(f"{what}: four buttons are above the fold", all(b and b.seen and b.box["bottom"] <= FOLD - TABS for b in below.values()), below)
        page.shot(f"phone-{lang}-{theme}")
        complaint(page, what)
        page.close()

# ---- who takes an alarm over, and who sees it

answer = overview.run(f"""fetch('/api/v1/alarms/{KEY}/ack', {{method: 'POST', headers: {{'Content-Type': 'application/json'}},
    body: '{{"by": "nobody"}}'}}).then((r) => r.status)""")
wait_for(overview.faults, 10)  # in which the browser tells of that refusal, a moment after the page has it
check("who is not logged in acknowledges nothing", answer in (401, 403) and estate.stands(KEY, 5, state="UNACK"), answer)


duty = browser.open(f"{ROOT}{login_path('zh', 'light')}", PHONE)
check("somebody logs in", log_in(duty) and card(duty, KEY), duty.text("body"))
drawn = overview.when(f"""() => {{
    const card = document.querySelector('[data-alarm="{KEY}"]');
    return card && card.textContent.includes('Zhang San');
}}""")
at = time.time() * 1000
duty.click(button(KEY, "ack"))
got = drawn.result()
tell_delays("from the tap to the name on another screen", [got and (got[0] - at) / 1000], 20)
check("the alarm is acknowledged by who is logged in", estate.stands(KEY, 5, state="ACKED"), estate.alarms().get(KEY))
call = duty.waits(button(KEY, "call"), 10)
check("the telephone number is one to be dialled", call and call.attrs.get("href", "").startswith("tel:400"), call and call.attrs)
for action in ("arrive", "rescue"):
    duty.click(button(KEY, action))
    done = wait_for(lambda a=action: ((estate.alarms().get(KEY) or {}).get("work") or {}).get({"arrive": "arrived", "rescue": "rescued"}[a]), 10)
    check(f"{action} is written down with who did it", done and done["by"] in ("zhang", "Zhang San"), (done, estate.alarms().get(KEY)))
estate.stage(lift, UNPIN)
check("and it leaves the page", estate.gone(KEY, 20) and wait_for(lambda: not duty.all(f'[data-alarm="{KEY}"]'), 10, 0.1))

# ---- a keyboard is enough

second = random.choice(["lift-1-1", "lift-2-1", "lift-3-1"])
OTHER = f"{second}/entrapment"
desk = browser.open(f"{ROOT}/login?lang=en", DESK, "dark", "en")
desk.waits("input[type=password]", 10)


def tab_to(page, selector, most=60):
    for _ in range(most):
        if page.run(f"!!document.activeElement && document.activeElement.matches({selector!r})"):
            return True
        page.do("press", key="Tab")
    return False


def type_into(page, selector, text):
    reached = tab_to(page, selector)
    for c in text:
        page.do("press", key="Space" if c == " " else c)
    return reached


typed = type_into(desk, "input[name=user]", "zhang") and type_into(desk, "input[type=password]", PASSWORD)
desk.do("press", key="Enter")
check("logged in by keyboard", typed and wait_for(lambda: desk.path == "/", 10, 0.1), desk.text("body"))
trap(second)
check("the alarm comes", card(desk, OTHER))
check("Tab comes to its button", tab_to(desk, button(OTHER, "ack")))
focus = desk.run("(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]; })()")
check("where it is, is seen", focus[0] != "none" and focus[1] >= 3, focus)
desk.do("press", key="Enter")
check("and Enter takes the alarm over", estate.stands(OTHER, 10, state="ACKED"), estate.alarms().get(OTHER))
desk.shot("desk-en-dark")
complaint(desk, "desk")
desk.close()

# ---- what latched is reset, with a word on what was found

WORD = f"door contact {random.randint(100, 999)}"
estate.stage(second, UNPIN)
check("what was acknowledged and is over waits for a person", duty.waits(button(OTHER, "reset"), 30), estate.alarms().get(OTHER))
duty.click(button(OTHER, "reset"))
check("a reset without a word asks for one", wait_for(lambda: duty.text(f'[data-alarm="{OTHER}"] .card-said'), 10, 0.1) and
      estate.stands(OTHER, state="LATCHED"), estate.alarms().get(OTHER))
duty.do("fill", selector=f'[data-alarm="{OTHER}"] .note', text=WORD)
duty.click(button(OTHER, "reset"))
check("with one it is over", estate.gone(OTHER, 20), estate.alarms().get(OTHER))
check("and the word and who said it are written down", wait_for(lambda: [e for e in estate.edges(OTHER) if e["change"] == "reset" and e.get("note") == WORD
                                                                        and e.get("by") in ("zhang", "Zhang San")], 10), estate.edges(OTHER)[-2:])

# ---- a cut's cars are ticked off

CUT_KEY = "tx-1/power_cut"
behind = re.findall(r"id: (lift-[\d-]+),[^\n]*fed_by: tx-1\b", estate.text)
estate.stage("tx-1", CUT)
check("a cut lists the cars behind it", behind and card(duty, CUT_KEY, 30) and
      wait_for(lambda: len(duty.all(f'[data-alarm="{CUT_KEY}"] [data-car]')) == len(behind), 10, 0.1), (behind, duty.text("main")))
duty.click(f'[data-alarm="{CUT_KEY}"] [data-car="{behind[0]}"] [data-action="check"]')
check("a car is ticked off by who looked after it",
      wait_for(lambda: "Zhang San" in str((estate.cars(CUT_KEY).get(behind[0]) or {}).get("checked")), 10), estate.cars(CUT_KEY))
check("and the page says so", wait_for(lambda: "Zhang San" in duty.text(f'[data-alarm="{CUT_KEY}"] [data-car="{behind[0]}"]'), 10, 0.1),
      duty.text(f'[data-alarm="{CUT_KEY}"]'))
estate.stage("tx-1", NORMAL)

# ---- what is old looks old; and what people wrote is text

load = some(85, 99, 1)
pin_powers("tx-2", 0.9 * load / 100 * TX_KVA, math.sqrt(1 - 0.81) * load / 100 * TX_KVA)
check("a transformer is heavily loaded", estate.stands("tx-2/heavy", 20) and card(overview, "tx-2/heavy"))
check("its name is shown as it was written", IMAGE in card(overview, "tx-2/heavy").text, card(overview, "tx-2/heavy").text)
estate.post("tx-2/heavy", "ack", by=SCRIPT)
check("so is the name of who has it", wait_for(lambda: SCRIPT in overview.text('[data-alarm="tx-2/heavy"]'), 10, 0.1), overview.text('[data-alarm="tx-2/heavy"]'))
estate.stage("tx-2", SILENT)
silent_at = time.time()
check("a meter that is silent is not good any more", wall.waits('[data-point="tx-2/load"][data-quality=bad]', 40), wall.see('[data-point="tx-2/load"]'))
print(f"      a silent meter's value is marked after {time.time() - silent_at:.1f} s", flush=True)
old = wall.see('[data-point="tx-2/load"]')
good = wall.see('[data-point="tx-1/load"]')
check("it is hatched and of another colour", hatched(wall, '[data-point="tx-2/load"]') and old.style["color"] != good.style["color"], (old, good))
check("no number stands there as if it were live", old.text != f"{load:.0f}%", old.text)
check("the estate counts eight of nine", wait_for(lambda: "9 台中 8 台有数据" in overview.text("main"), 10, 0.1), overview.text("main"))
check("its alarm does not clear", estate.stands("tx-2/heavy") and card(overview, "tx-2/heavy"))
overview.shot("phone-stale")
estate.stage("tx-2", NORMAL)
estate.stage("tx-2", UNPIN)
# A probe that is lost costs its bus up to 50 times its wait of 500 ms until the next (breaker.h).
check("and it is good again when the meter answers", wall.waits('[data-point="tx-2/load"][data-quality=good]', 90), wall.see('[data-point="tx-2/load"]'))

# ---- what is normal stands in words, too

overview.click('[data-system="transformers"] summary')
check("the grey of a bar is explained", wait_for(lambda: "灰带=正常" in overview.text('[data-system="transformers"] .system-note'), 10, 0.1),
      overview.text('[data-system="transformers"]'))
overview.click('[data-device="tx-1"] .bar')
check("and who taps it is told its limits", wait_for(lambda: re.search(r"正常 \d+–\d+%", overview.text("#reason")), 5, 0.1), overview.text("#reason"))

# ---- an outage of the broker

check("the uplink is there", wait_for(lambda: "已连接" in wall.text("#uplink"), 10, 0.1), wall.text("#uplink"))
estate.broker.stop()
check("without a broker it says so", wait_for(lambda: "断开" in wall.text("#uplink"), 30, 0.1), wall.text("#uplink"))


def waiting():
    e = wall.see("#uplink")
    return e.number if e else None


first = wait_for(lambda: waiting() or 0, 20, 0.1)
check("what waits becomes more", first and wait_for(lambda: waiting() > first, 20, 0.1), (first, waiting()))
wall.shot("wall-outage")
estate.broker.start()
check("and nothing waits when it is back", wait_for(lambda: "已连接" in wall.text("#uplink") and waiting() == 0, 60, 0.1), wall.text("#uplink"))

for page, name in ((overview, "overview"), (wall, "wall"), (duty, "duty")):
    complaint(page, name)
browser.stop()
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
