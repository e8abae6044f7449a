#!/usr/bin/python3
"""The robots and the mail server that other scenarios trust: each takes what is right, refuses what is wrong with its
maker's code, and holds to its limits.  What is sent here is signed by openssl."""
import base64
import json
import smtplib
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import check, end, wait_for
from robots import Authority, DingTalk, Feishu, MailServer, WeCom, Webhook

AUTHORITY = Authority()
TRUST = ssl.create_default_context(cafile=AUTHORITY.ca)


def post(url, body, kind="application/json"):
    """Status and document of the answer; a text instead of a status: there was none."""
    data = json.dumps(body).encode() if not isinstance(body, bytes) else body
    request = urllib.request.Request(url, data, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=5, context=TRUST if url.startswith("https") else None) as answer:
            return answer.status, read(answer)
    except urllib.error.HTTPError as e:
        return e.code, read(e)
    except OSError as e:
        return str(e), {}


def read(answer):
    text = answer.read()
    return json.loads(text) if text.startswith(b"{") else {}


def hmac(key, message):
    done = subprocess.run(["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + key.encode().hex(), "-binary"],
                          input=message.encode(), stdout=subprocess.PIPE, check=True)
    return base64.b64encode(done.stdout).decode()


def ding_url(robot, ms=None, secret=None):
    ms, secret = ms or int(time.time() * 1000), secret or robot.secret
    return f"{robot.url}&timestamp={ms}&sign={urllib.parse.quote_plus(hmac(secret, f'{ms}{chr(10)}{secret}'))}"


def text(words, **more):
    return {"msgtype": "text", "text": {"content": words}, **more}


def feishu_body(words, robot, s=None, secret=None):
    s, secret = s or int(time.time()), secret or robot.secret
    return {"timestamp": str(s), "sign": hmac(f"{s}\n{secret}", ""), "msg_type": "text", "content": {"text": words}}


def gives(sentence, got, code, status=200):
    """Checks the maker's code in an answer."""
    check(sentence, got[0] == status and got[1].get("errcode", got[1].get("code")) == code, got)


def dingtalk():
    robot = DingTalk(AUTHORITY, secret="SECd9f0c4a1")
    hour = 3600 * 1000
    now = int(time.time() * 1000)
    gives("DingTalk takes a signed text over TLS", post(ding_url(robot), text("电梯困人", at={"atMobiles": ["13800000000"]})), 0)
    check("and keeps what it said and whom it mentioned",
          robot.texts() == ["电梯困人"] and robot.sent[0].mentions == ["13800000000"], robot.sent)
    markdown = {"msgtype": "markdown", "markdown": {"title": "t", "text": "@13800000001 困人"},
                "at": {"atMobiles": ["13800000000", "13800000001"]}}
    gives("DingTalk takes markdown", post(ding_url(robot), markdown), 0)
    check("and mentions only whom its text names", robot.sent[1].mentions == ["13800000001"], robot.sent[1].mentions)
    gives("DingTalk refuses a signature with another secret", post(ding_url(robot, secret="SECother"), text("x")), 310000)
    gives("DingTalk refuses a text without a signature", post(robot.url, text("x")), 310000)
    ms = next(t for t in range(now, now - 10000, -1) if "%2B" in ding_url(robot, t))
    gives("DingTalk takes a signature with a +", post(ding_url(robot, ms), text("x")), 0)
    gives("DingTalk refuses it where the + is not encoded", post(ding_url(robot, ms).replace("%2B", "+"), text("x")), 310000)
    gives("DingTalk refuses a clock an hour behind", post(ding_url(robot, now - hour - 5000), text("x")), 310000)
    gives("DingTalk takes a clock half an hour behind", post(ding_url(robot, now - hour // 2), text("x")), 0)
    gives("DingTalk refuses another token", post(ding_url(robot).replace(robot.token, "0" * 48), text("x")), 300005)
    gives("DingTalk refuses what is no JSON", post(ding_url(robot), text("x"), kind="text/plain"), 43004)
    gives("DingTalk refuses more than 20,000 bytes", post(ding_url(robot), text("x" * 20000)), 460101)
    gives("DingTalk refuses an unknown form", post(ding_url(robot), {"msgtype": "note"}), 400105)
    robot.keyword = "告警"
    gives("DingTalk refuses a text without its keyword", post(ding_url(robot), text("x")), 310000)
    robot.keyword, robot.allowed = None, False
    gives("DingTalk refuses an address that is not on its list", post(ding_url(robot), text("x")), 310000)

    robot = DingTalk()
    check("DingTalk without a secret takes 20 in a minute",
          all(post(robot.url, text(str(i)))[1] == {"errcode": 0, "errmsg": "ok"} for i in range(20)), robot.got)
    gives("the 21st finds it silent", post(robot.url, text("21")), 130101)
    robot.windows[0][0].times.clear()  # as if the minute were over
    gives("and it stays silent after the minute", post(robot.url, text("22")), 130101)
    robot.silent_until = time.monotonic()  # as if the ten minutes were over
    gives("until ten minutes are over", post(robot.url, text("23")), 0)
    check("it counted", (len(robot.got), len(robot.sent), len(robot.over), robot.most(60)) == (23, 21, 2, 23),
          (len(robot.got), len(robot.sent), len(robot.over), robot.most(60)))


def wecom():
    robot = WeCom(AUTHORITY)
    said = {"msgtype": "text", "text": {"content": "困人", "mentioned_mobile_list": ["13800000000"]}}
    gives("WeCom takes a text", post(robot.url, said), 0)
    check("and keeps whom it mentions", robot.sent[0].mentions == ["13800000000"], robot.sent)
    gives("WeCom refuses another key", post(robot.url[:-1], text("x")), 93000)
    gives("WeCom takes a text of 2,048 bytes", post(robot.url, text("x" * 2048)), 0)
    gives("WeCom refuses one of 2,049 bytes, however few characters", post(robot.url, text("困" * 683)), 40058)
    gives("WeCom takes markdown of 4,096 bytes", post(robot.url, {"msgtype": "markdown", "markdown": {"content": "x" * 4096}}), 0)
    gives("WeCom refuses a longer one", post(robot.url, {"msgtype": "markdown", "markdown": {"content": "x" * 4097}}), 40058)
    gives("WeCom refuses an unknown form", post(robot.url, {"msg_type": "text", "content": {"text": "x"}}), 40008)
    gives("WeCom refuses an empty text", post(robot.url, text("")), 44004)
    while len(robot.got) - 1 < 20:  # the one with another key is nobody's
        post(robot.url, text("x"))
    gives("WeCom refuses the 21st in a minute", post(robot.url, text("x")), 45009)
    robot.windows[0][0].times.popleft()
    gives("and takes it when the first is a minute old", post(robot.url, text("x")), 0)


def feishu():
    robot = Feishu(AUTHORITY, secret="gw8QmXr2")
    now = int(time.time())

    def calm():  # as if a second had passed
        robot.windows[0][0].times.clear()

    gives("Feishu takes a signed text", post(robot.url, feishu_body('<at user_id="ou_1">王</at> 困人', robot)), 0)
    check("and keeps whom it mentions", robot.sent[0].mentions == ["ou_1"], robot.sent)
    rich = {"zh_cn": {"title": "紧急", "content": [[{"tag": "text", "text": "困人"}, {"tag": "at", "user_id": "ou_2"}]]}}
    gives("Feishu takes a post", post(robot.url, {**feishu_body("", robot), "msg_type": "post", "content": {"post": rich}}), 0)
    check("and keeps its words", "紧急\n困人" in robot.sent[1].text and robot.sent[1].mentions == ["ou_2"], robot.sent[1].text)
    gives("Feishu refuses a signature with another secret", post(robot.url, feishu_body("x", robot, secret="other")), 19021)
    gives("Feishu refuses a text without a signature", post(robot.url, {"msg_type": "text", "content": {"text": "x"}}), 19021)
    calm()
    gives("Feishu refuses a clock more than an hour behind", post(robot.url, feishu_body("x", robot, now - 3605)), 19021)
    gives("Feishu refuses a clock more than an hour ahead", post(robot.url, feishu_body("x", robot, now + 3660)), 19021)
    robot.clock_ahead_s = 7200
    gives("Feishu goes by its own clock", post(robot.url, feishu_body("x", robot, now)), 19021)
    robot.clock_ahead_s = 0
    gives("Feishu refuses another token", post(robot.url + "0", feishu_body("x", robot)), 19001)
    calm()
    gives("Feishu refuses more than 20 kB", post(robot.url, feishu_body("x" * 20480, robot)), 9499, status=400)
    gives("Feishu refuses what is no message", post(robot.url, {**feishu_body("x", robot), "msg_type": "note"}), 9499, status=400)
    robot.keyword = "告警"
    gives("Feishu refuses a text without its keyword", post(robot.url, feishu_body("x", robot)), 19024)
    robot.keyword, robot.allowed = None, False
    gives("Feishu refuses an address that is not on its list", post(robot.url, feishu_body("x", robot)), 19022)

    robot = Feishu()
    codes = [post(robot.url, {"msg_type": "text", "content": {"text": "x"}})[1]["code"] for _ in range(6)]
    check("Feishu takes five in a second", codes[:5] == [0] * 5 and (codes[5] == 11232 or robot.most(1) <= 5), codes)
    robot.windows[0][0].limit = 1000
    while len(robot.sent) < 100:
        post(robot.url, {"msg_type": "text", "content": {"text": "x"}})
    gives("Feishu refuses the 101st in a minute", post(robot.url, {"msg_type": "text", "content": {"text": "x"}}), 9499, status=429)


def orders():
    robot = Webhook(AUTHORITY)
    check("a webhook takes JSON", post(robot.url, {"site": "anju"}) == (200, {}) and robot.sent[0].json == {"site": "anju"}, robot.got)
    check("a webhook refuses what is none", post(robot.url, b"{")[0] == 400, robot.got)
    check("a webhook refuses another path", post(robot.url + "/x", {})[0] == 404, robot.got)
    robot.say(503, "busy", status=503, times=2)
    check("a robot says what it is told, as often", [post(robot.url, {})[0] for _ in range(3)] == [503, 503, 200], robot.got)
    robot.drop()
    check("a robot that hangs up says nothing", isinstance(post(robot.url, {})[0], str), robot.got)
    robot.hang()
    check("a robot that hangs says nothing", "timed out" in str(post(robot.url, {})[0]), robot.got)
    robot.well()
    check("and is well again", post(robot.url, {})[0] == 200, robot.got)
    robot.stop()
    check("a robot that is down refuses the connection", "refused" in str(post(robot.url, {})[0]), robot.got)
    robot.start()
    check("and is back on its port", post(robot.url, {})[0] == 200, robot.got)
    other = ssl.create_default_context(cafile=Authority("other").ca)
    try:
        urllib.request.urlopen(robot.url, b"{}", timeout=5, context=other)
        seen = "taken"
    except OSError as e:
        seen = str(e)
    check("its certificate is that of its own authority", "CERTIFICATE_VERIFY_FAILED" in seen, seen)


def fails(deed):
    """The SMTP code that it fails with, or 0."""
    try:
        deed()
        return 0
    except smtplib.SMTPRecipientsRefused as e:
        return next(iter(e.recipients.values()))[0]
    except smtplib.SMTPResponseException as e:
        return e.smtp_code


def mail():
    letter = "Subject: =?utf-8?b?5Zuw5Lq6?=\nContent-Type: text/plain; charset=utf-8\n\n救援码 123456\n".encode()
    server = MailServer(AUTHORITY, username="riser", password="geheim")
    c = smtplib.SMTP("127.0.0.1", server.port)
    check("a mail server with TLS offers no password in the clear", c.ehlo()[0] == 250 and not c.has_extn("auth"), c.esmtp_features)
    check("and takes no mail in the clear", fails(lambda: c.sendmail("r@anju", ["wang@anju"], letter)) == 550, server.said())
    c.starttls(context=TRUST)
    check("it refuses a wrong password", fails(lambda: c.login("riser", "falsch")) == 535, server.said())
    check("it refuses mail of strangers", fails(lambda: c.sendmail("r@anju", ["wang@anju"], letter)) == 550, server.said())
    check("it takes the right password", fails(lambda: c.login("riser", "geheim")) == 0, server.said())
    check("it refuses who is not there", fails(lambda: c.sendmail("r@anju", ["nobody@anju"], letter)) == 550, server.said())
    before = time.monotonic()
    c.sendmail("r@anju", ["wang@anju", "li@anju"], letter)
    c.quit()
    wait_for(lambda: server.sent)
    got = server.sent[0] if server.sent else None
    check("it delivers a mail once, over TLS, with its words",
          got and (got.how, got.sender, got.to, got.subject) == ("esmtpsa", "r@anju", ["wang@anju", "li@anju"], "困人") and
          got.text.strip() == "救援码 123456" and len(server.sent) == 1, server.said())
    check("and says when", got and before - 1 < got.at < time.monotonic() + 1, got and got.at - before)
    server.stop()
    check("it can be stopped", fails_to_connect(server), server.said())
    server.start()
    check("and has what it had", len(server.sent) == 1, server.said())

    server = MailServer(AUTHORITY, tls="at once")
    with smtplib.SMTP_SSL("127.0.0.1", server.port, context=TRUST) as c:
        c.sendmail("r@anju", ["wang@anju"], letter)
    check("a mail server can do TLS from the first byte", wait_for(lambda: [m.how for m in server.sent] == ["esmtps"]), server.said())


def fails_to_connect(server):
    try:
        smtplib.SMTP("127.0.0.1", server.port)
        return False
    except OSError:
        return True


for part in (dingtalk, wecom, feishu, orders, mail):
    part()
end()
