#!/usr/bin/python3
"""riser notify --test: a message over each sort of channel, and for each way in which that can fail a sentence that says
what to do; no secret is ever in one."""
import json
import os
import subprocess

from harness import RISER, check, end, folder, free_port, wait_for
from robots import Authority, DingTalk, Feishu, MailServer, WeCom, Webhook

DIR = folder("channels")
AUTHORITY = Authority()
PASSWORD = "geheim-9a1b"
said = []  # all that was printed, over all runs


def put(name, text):
    path = os.path.join(DIR, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o600)
    return path


def channel(of_type, more):
    return f"    - {{id: duty, type: {of_type}, ca_file: {AUTHORITY.ca}, mention: [wang], {more}}}\n"


def robot_channel(of_type, robot, **wrong):
    """Of a robot, with its files; wrong: what is to be wrong in them."""
    put("duty.url", wrong.get("url", robot.url))
    more = f"url_file: {DIR}/duty.url"
    if robot.secret:
        put("duty.secret", wrong.get("secret", robot.secret))
        more += f", secret_file: {DIR}/duty.secret"
    return channel(of_type, more)


def mail_channel(url, more=""):
    put("duty.password", PASSWORD)
    return f"    - {{id: duty, type: email, url: '{url}', from: riser@anju.example, to: [duty@anju.example], mention: [wang]{more}}}\n"


LOGIN = f", username: riser, password_file: {DIR}/duty.password"
WITH_CA = f", ca_file: {AUTHORITY.ca}"


def run(channels, *argv):
    """Exit code, stdout, stderr."""
    conf = put("riser.yaml", "site: {id: anju, name: {zh: 安居小区, en: Anju Estate}, timezone: Asia/Shanghai}\n"
               "people: [{id: wang, name: 王师傅, dingtalk: 13800000000, wecom: wang, feishu: ou_1, email: wang@anju.example}]\n"
               f"notify:\n  channels:\n{channels}")
    p = subprocess.run([RISER, "notify", "-c", conf, *argv], capture_output=True, timeout=60)
    said.append((p.stdout + p.stderr).decode("utf-8"))
    return p.returncode, p.stdout.decode("utf-8"), p.stderr.decode("utf-8")


def test(channels):
    return run(channels, "--test", "duty")


def fails(sentence, channels, code, *words):
    got = test(channels)
    check(sentence, got[0] == code and not got[1] and all(w in got[2] for w in ("riser notify: duty: not sent: ", *words)), got)


def robots():
    for name, maker, secret, who in (("dingtalk", DingTalk, "SEC5c1d", ["13800000000"]), ("wecom", WeCom, None, ["wang"]),
                                     ("feishu", Feishu, "Zx81qq", ["ou_1"]), ("webhook", Webhook, None, [])):
        robot = maker(AUTHORITY, secret=secret)
        got = test(robot_channel(name, robot))
        check(f"{name}: a test message is taken, over TLS and signed", got[0] == 0 and "duty: sent in " in got[1] and
              len(robot.sent) == len(robot.got) == 1, (got, robot.got))
        text = robot.sent[0].text if robot.sent else ""
        if name == "webhook":
            check("webhook: it says what it is", robot.sent[0].json["why"] == "test" and robot.sent[0].json["site"] == "anju", text)
        else:
            check(f"{name}: it says what it is, and mentions whom the channel mentions",
                  "测试" in text and "安居小区" in text and robot.sent[0].mentions == who, (text, robot.sent[0].mentions))


def dingtalk():
    robot = DingTalk(AUTHORITY, secret="SECd1ng")

    def of(**wrong):
        return robot_channel("dingtalk", robot, **wrong)

    fails("dingtalk: a wrong secret is told", of(secret="SECother"), 1, "310000", "secret_file")
    fails("dingtalk: a wrong token is told", of(url=robot.url.replace(robot.token, "f" * 48)), 1, "300005", "url_file")
    robot.keyword = "告警"
    fails("dingtalk: a keyword that is wanted is told", of(), 1, "keyword")
    robot.keyword, robot.allowed = None, False
    fails("dingtalk: an address that is not on its list is told", of(), 1, "address")
    robot.allowed, robot.clock_ahead_s = True, 2 * 3600 + 30
    fails("dingtalk: our clock is told to be wrong, by how much and to which side", of(), 1, "clock is 120 min behind")
    robot.clock_ahead_s = 0
    robot.say(130101, "send too fast, exceed 20 times per minute")
    fails("dingtalk: that it is silent is told, and for how long", of(), 3, "130101", "try again in 600 s")
    robot.say(300001, f"no {robot.token}")
    fails("dingtalk: a robot that repeats its token is not repeated", of(), 1, "300001")
    robot.say(body="<html>log in to the hotel</html>")
    fails("dingtalk: a page is no robot's answer", of(), 3, "not as a robot of DingTalk does")
    robot.say(status=502, body="bad gateway")
    fails("dingtalk: a server that fails is told", of(), 3, "502")
    code, out, err = run(of(), "--test", "duty", "--json")
    found = json.loads(out)
    check("dingtalk: as one document", code == 0 and not err and found["ms"] >= 0 and
          {**found, "ms": 0} == {"channel": "duty", "type": "dingtalk", "result": "sent", "code": 0, "ms": 0}, (code, out, err))
    robot.allowed = False
    code, out, err = run(of(), "--test", "duty", "--json")
    found = json.loads(out)
    check("dingtalk: a refusal as one document", code == 1 and not err and
          (found["result"], found["code"]) == ("refused", 310000) and "address" in found["why"], (code, out, err))


def feishu():
    robot = Feishu(AUTHORITY, secret="f3ishu")

    def of(**wrong):
        return robot_channel("feishu", robot, **wrong)

    fails("feishu: a wrong secret is told", of(secret="other"), 1, "19021", "secret_file")
    robot.clock_ahead_s = -2 * 3600 - 30
    fails("feishu: our clock is told to be wrong, by how much and to which side", of(), 1, "clock is 120 min ahead of")
    robot.clock_ahead_s, robot.keyword = 0, "告警"
    fails("feishu: a keyword that is wanted is told", of(), 1, "19024", "keyword")
    robot.keyword, robot.allowed = None, False
    fails("feishu: an address that is not on its list is told", of(), 1, "19022", "address")
    robot.allowed = True
    fails("feishu: a wrong token is told", of(url=robot.url + "0"), 1, "19001", "url_file")
    robot.say(9499, "too many request", status=429)
    fails("feishu: that it is over its limit is told", of(), 3, "9499", "try again in 60 s")

    robot = WeCom(AUTHORITY)
    fails("wecom: a wrong key is told", robot_channel("wecom", robot, url=robot.url + "0"), 1, "93000", "url_file")
    robot.say(45009, "api freq out of limit")
    fails("wecom: that it is over its limit is told", robot_channel("wecom", robot), 3, "45009", "try again in 60 s")


def ways():
    hook = Webhook(AUTHORITY)

    def of(**wrong):
        return robot_channel("webhook", hook, **wrong)

    fails("a hook that is not there is told", of(url=hook.url + "/x"), 1, "404", "url")
    stranger = Webhook(Authority("stranger"))
    fails("a certificate of a stranger is told, and nothing is said to it", of(url=stranger.url), 1, "certificate", "ca_file")
    check("the stranger got nothing", not stranger.got, stranger.got)
    hook.drop()
    fails("a server that hangs up is told", of(), 3)
    hook.hang()
    fails("a server that does not answer is told after a while", of(), 3, "in time")
    hook.well()
    hook.stop()
    fails("that nobody is there is told", of(), 3, "refused")
    fails("a name that is none is told", of(url="https://nobody.invalid/x"), 3, "no such name")


def mail():
    server = MailServer(AUTHORITY, username="riser", password=PASSWORD)
    got = test(mail_channel(server.url, LOGIN + WITH_CA))
    mails = wait_for(lambda: server.sent) or []
    check("mail: a test message is delivered, over STARTTLS and logged in", got[0] == 0 and [m.how for m in mails] == ["esmtpsa"] and
          mails[0].to == ["duty@anju.example", "wang@anju.example"] and "测试" in mails[0].subject, (got, mails, server.said()))
    fails("mail: a wrong password is told", mail_channel(server.url, LOGIN.replace("username: riser", "username: other") + WITH_CA),
          1, "535", "password")
    fails("mail: a login that is wanted is told", mail_channel(server.url, WITH_CA), 1, "550")
    fails("mail: a certificate of a stranger is told", mail_channel(server.url, LOGIN), 1, "certificate", "ca_file")
    got = test(mail_channel(server.url, LOGIN + WITH_CA).replace("[duty@", "[nobody@anju.example, duty@"))
    check("mail: a recipient that is refused is told, the others get it",
          got[0] == 0 and "sent in" in got[1] and "nobody@anju.example" in got[1] and wait_for(lambda: len(server.sent) == 2), got)
    server.stop()
    fails("mail: that nobody is there is told", mail_channel(server.url, LOGIN + WITH_CA), 3, "refused")

    server = MailServer(AUTHORITY, tls="at once")
    got = test(mail_channel(server.url, WITH_CA))
    check("mail: a test message is delivered over TLS from the first byte",
          got[0] == 0 and wait_for(lambda: [m.how for m in server.sent] == ["esmtps"]), (got, server.said()))

    server = MailServer()
    fails("mail: a server without TLS is told", mail_channel(server.url), 1, "TLS")
    check("mail: and nothing was said to it", not server.sent, server.sent)
    got = test(mail_channel(server.url, ", allow_plaintext: true"))
    check("mail: it is sent in the clear where that is meant",
          got[0] == 0 and wait_for(lambda: [m.how for m in server.sent] == ["esmtp"]), (got, server.said()))


def usage():
    hook = f"    - {{id: duty, type: webhook, url: 'http://127.0.0.1:{free_port()}'}}\n"
    code, out, err = run(hook)
    check("without --test the channels are listed", code == 0 and "duty" in out and "--test duty" in out and not err, (code, out, err))
    code, out, err = run(hook, "--test", "dtuy")
    check("of a channel that is not there the nearest is told", code == 1 and 'did you mean "duty"?' in err and not out, (code, out, err))
    for argv in (["--json"], ["--test"], ["--tset", "duty"], ["--test", "duty", "x"]):
        code, out, err = run(hook, *argv)
        check(f"riser notify {' '.join(argv)} is told how it is used", code == 2 and "usage: riser notify" in err and not out, (code, err))
    put("riser.yaml", f"site: {{id: s}}\nnotify:\n  channels:\n{hook}")
    p = subprocess.run([RISER, "check", "-c", f"{DIR}/riser.yaml"], capture_output=True, timeout=20)
    check("riser check shows the channels, and that one alone is few", p.returncode == 0 and b"channels 1," in p.stdout and
          b"webhook" in p.stdout and b"of P1 only one channel is told" in p.stderr, p)
    conf = put("none.yaml", "site: {id: s}\n")
    p = subprocess.run([RISER, "notify", "-c", conf, "--test", "duty"], capture_output=True, timeout=20)
    check("a configuration without notify is told so", p.returncode == 1 and b"nobody is told of alarms" in p.stderr, p)


for part in (robots, dingtalk, feishu, ways, mail, usage):
    part()
secrets = [PASSWORD, "SEC", "Zx81qq", "f3ishu", "access_token=", "key=", "/hook/"]
check("no secret was ever printed", not [s for s in secrets for text in said if s in text], [t for t in said if any(s in t for s in secrets)])
end()
