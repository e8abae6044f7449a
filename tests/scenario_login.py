#!/usr/bin/python3
"""Who logs in from where: over TLS from another address, through a proxy, in the clear; a reload that renews the certificate;
riser passwd beside a gateway that runs."""
import http.client
import json
import os
import pty
import signal
import socket
import ssl
import subprocess
import termios
import time

from harness import RISER, Gateway, check, end, free_port, wait_for

PASSWORD = "three good words"
SITE = "site: {id: login, timezone: Asia/Shanghai}\nstore: {path: STORE, commit_every: 200ms}\n"
ACK = "/api/v1/alarms/a/b/ack"  # there is none: 404 for who may


def other_address():
    """Of this machine, not loopback; None if it has none."""
    for a in subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split():
        if "." in a:
            return a
    return None


def certificate(folder, name):
    key, crt = (os.path.join(folder, f"{name}.{end_}") for end_ in ("key", "crt"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", "/CN=gateway.lan", "-addext", "subjectAltName=DNS:gateway.lan", "-keyout", key, "-out", crt],
                   check=True, capture_output=True)
    os.chmod(key, 0o600)


def ask(address, path, body=None, cookie=None, heads=None, tls=True, versions=None):
    """Status, heads and text of an answer; the status 0 if there is none."""
    context = ssl._create_unverified_context()
    if versions:
        context.maximum_version = versions
    c = http.client.HTTPSConnection(*address, timeout=10, context=context) if tls else \
        http.client.HTTPConnection(*address, timeout=10)
    heads = {**(heads or {}), **({"Cookie": f"riser_session={cookie}"} if cookie else {})}
    try:
        if body is None:
            c.request("GET", path, headers=heads)
        else:
            c.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **heads})
        r = c.getresponse()
        return r.status, r.headers, r.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, {}, ""
    finally:
        c.close()


def echoes_after(gateway, signum):
    """How passwd ends by a signal while it asks on a terminal, whether the terminal was without echo, and has it then."""
    master, slave = pty.openpty()
    echo = lambda: bool(termios.tcgetattr(slave)[3] & termios.ECHO)
    p = subprocess.Popen(["setsid", "--ctty", RISER, "passwd", "-c", gateway.conf, "asked", "--role", "viewer"],
                         stdin=slave, stdout=slave, stderr=slave,  # who runs this may ignore it, as a shell's & and nohup do
                         preexec_fn=lambda: signal.signal(signum, signal.SIG_DFL))
    asked = wait_for(lambda: not echo())
    if signum == signal.SIGINT:
        os.write(master, b"half\x03")
    else:
        p.send_signal(signum)
    try:
        return p.wait(10), asked, echo()
    finally:
        p.kill()
        os.close(master)
        os.close(slave)


def log_in(address, user, **how):
    """His cookie, and Set-Cookie; or Nones."""
    status, heads, _ = ask(address, "/api/v1/login", {"user": user, "password": PASSWORD}, **how)
    said = heads.get("Set-Cookie", "") if status == 200 else ""
    return (said.partition("=")[2][:64], said) if said else (None, None)


def passwd(gateway, *arguments, password=PASSWORD):
    return subprocess.run([RISER, "passwd", "-c", gateway.conf, *arguments], input=password + "\n", capture_output=True, text=True)


def serial(address):
    """Its certificate; None if nobody is there, as in the midst of a reload."""
    try:
        return ssl.get_server_certificate(address)
    except OSError:
        return None


here = other_address()
if here is None:
    print("this machine has no address but loopback: nobody comes from elsewhere here")
    end()

# ---- TLS ----

port = free_port()
far, near = (here, port), ("127.0.0.1", port)
g = Gateway(SITE, "tls")
certificate(g.dir, "web")
g.write(SITE + f'web: {{listen: "0.0.0.0:{port}", users_file: users, cert_file: web.crt, key_file: web.key}}\n')
made = {role: passwd(g, role, "--role", role, "--name", f"{role}者") for role in ("viewer", "duty", "engineer", "bureau")}
check("riser passwd makes the users", all(p.returncode == 0 for p in made.values()), [p.stderr for p in made.values()])
check("their file is nobody else's", os.stat(os.path.join(g.dir, "users")).st_mode & 0o777 == 0o600)
check("a short password is refused", passwd(g, "viewer", password="short").returncode == 1)
check("a new user needs a role", passwd(g, "new").returncode == 2)
check("a role must be one", passwd(g, "new", "--role", "boss").returncode == 1)
check("and a name", passwd(g, "New", "--role", "duty").returncode == 1)
for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    check(f"a terminal echoes again after {sent.name} while it asks", echoes_after(g, sent) == (-sent, True, True))
check("who is not there cannot be removed", passwd(g, "new", "--delete").returncode == 1)
g.start()

status, heads, text = ask(far, "/api/v1/me")
check("from elsewhere one is nobody", json.loads(text) == {"user": None, "name": None, "role": None, "login": True}, text)
check("and TLS is what is to be used from now on", "max-age" in heads.get("Strict-Transport-Security", ""), heads)
check("TLS 1.1 is too old", ask(far, "/api/v1/me", versions=ssl.TLSVersion.TLSv1_1)[0] == 0)
check("http gets nothing where TLS is", ask(far, "/api/v1/me", tls=False)[0] == 0)
check("by the certificate's name it is asked", ask(far, "/api/v1/me", heads={"Host": f"gateway.lan:{port}"})[0] == 200)
check("by another it is not", ask(far, "/api/v1/me", heads={"Host": "evil.example"})[0] == 421)

cookies = {}
for role in made:
    cookies[role], said = log_in(far, role)
check("each role logs in over TLS", all(cookies.values()), cookies)
check("the cookie is for TLS, and for nobody's script", all(w in said for w in ("Secure", "HttpOnly", "SameSite=Strict")), said)
cookies["nobody"] = None

# by way: nobody, bureau, viewer, duty, engineer
ORDER = ("nobody", "bureau", "viewer", "duty", "engineer")
ROUTES = [  # path, body, from elsewhere, from here
    ("/", None, (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)),
    ("/wall", None, (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)),
    ("/login", None, (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)),
    ("/api/v1/me", None, (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)),
    ("/api/v1/snapshot", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/api/v1/points", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/api/v1/site", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/api/v1/alarms", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/api/v1/journal", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/api/v1/contacts", None, (401, 403, 403, 200, 200), (401, 403, 403, 200, 200)),
    ("/api/v1/health", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/healthz", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/metrics", None, (401, 403, 200, 200, 200), (200, 403, 200, 200, 200)),
    ("/nowhere", None, (401, 403, 404, 404, 404), (404, 403, 404, 404, 404)),
    (ACK, {}, (401, 403, 403, 404, 404), (401, 403, 403, 404, 404)),
    (ACK.replace("ack", "out-of-service"), {"note": "x"}, (401, 403, 403, 403, 404), (401, 403, 403, 403, 404)),
]
wrong = []
for path, body, *rights in ROUTES:
    for address, right in zip((far, near), rights):
        got = tuple(ask(address, path, body, cookies[role])[0] for role in ORDER)
        if got != right:
            wrong.append((path, address, got, right))
check(f"each of {len(ROUTES)} routes is for whom it should be, over TLS from elsewhere and from here", not wrong, wrong)

before = serial(far)
certificate(g.dir, "web")
_, heads, _ = ask(far, "/api/v1/login", {"user": "viewer", "password": PASSWORD}, cookies["viewer"])
check("who logs in once more has another cookie, and the one before is nobody's", heads.get("Set-Cookie") and
      ask(far, "/api/v1/snapshot", cookie=cookies["viewer"])[0] == 401)
cookies["viewer"] = heads["Set-Cookie"].partition("=")[2][:64]
check("which he is", ask(far, "/api/v1/snapshot", cookie=cookies["viewer"])[0] == 200)
g.write(open(g.conf).read().replace("Asia/Shanghai", "Europe/Berlin"))
g.p.send_signal(signal.SIGHUP)
check("a reload takes the renewed certificate", wait_for(lambda: serial(far) not in (None, before), 10))
check("and logs nobody out", json.loads(ask(far, "/api/v1/me", cookie=cookies["duty"])[2])["user"] == "duty")
check("nor changes the zone that times are shown in: that is the process's", wait_for(
    lambda: json.loads(ask(far, "/api/v1/site", cookie=cookies["duty"])[2])["timezone"]) == "Asia/Shanghai")
passwd(g, "duty", password="four good words now")
check("who gets another password is logged out", wait_for(
    lambda: json.loads(ask(far, "/api/v1/me", cookie=cookies["duty"])[2])["user"] is None, 10))
check("he keeps his role and name", "duty:duty:$y$" in open(os.path.join(g.dir, "users")).read())
passwd(g, "viewer", "--delete")
check("who is removed, too", wait_for(lambda: ask(far, "/api/v1/snapshot", cookie=cookies["viewer"])[0] == 401, 10))
check("the others are not", ask(far, "/api/v1/snapshot", cookie=cookies["engineer"])[0] == 200)
ask(far, "/api/v1/logout", {}, cookies["engineer"])
check("who logs out is out", ask(far, "/api/v1/snapshot", cookie=cookies["engineer"])[0] == 401)


def is_open(s):
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def held():
    """Connections of one address that are open at the same time, once no more than 32 are."""
    sockets = [socket.create_connection(far, timeout=5) for _ in range(60)]
    for s in sockets:
        s.setblocking(False)
    wait_for(lambda: sum(map(is_open, sockets)) <= 32, 5)  # before those who say nothing are hung up on
    count = sum(map(is_open, sockets))
    for s in sockets:
        s.close()
    return count


open_ = held()
check("an address has 32 connections", 0 < open_ <= 32, open_)
time.sleep(1)


def until_refused(most):
    """How many questions on one connection are answered before one is too many."""
    c = http.client.HTTPSConnection(*far, timeout=10, context=ssl._create_unverified_context())
    for count in range(most):
        c.request("GET", "/api/v1/me")
        r = c.getresponse()
        r.read()
        if r.status == 429:
            return count if r.headers.get("Retry-After") else None
    return None


asked = until_refused(5000)
check("who asks too often is told so, and when to come again", asked is not None and asked >= 50, asked)
check("while others are served", ask(near, "/api/v1/me")[0] == 200)
g.stop()

# ---- a proxy, and in the clear ----

port = free_port()
far, near = (here, port), ("127.0.0.1", port)
p = Gateway(SITE + f'web: {{listen: "0.0.0.0:{port}", users_file: users, trusted_proxy: "127.0.0.1", allow_plaintext: true, '
            'hosts: [gateway.lan]}\n', "proxy")
passwd(p, "duty", "--role", "duty")
p.start()
https = {"X-Forwarded-For": "1.2.3.4, 203.0.113.9", "X-Forwarded-Proto": "https", "Host": "gateway.lan"}
plain = {**https, "X-Forwarded-Proto": "http"}
cookie, said = log_in(near, "duty", heads=https, tls=False)
check("through the proxy one logs in", cookie and "Secure" in said, said)
check("and may act", ask(near, ACK, {}, cookie, https, tls=False)[0] == 404)
check("not in the clear", ask(near, ACK, {}, cookie, plain, tls=False)[0] == 403)
check("from elsewhere through it one is nobody at first", ask(near, "/api/v1/snapshot", heads=https, tls=False)[0] == 401)
check("beside it one may look in the clear", ask(far, "/api/v1/snapshot", tls=False)[0] == 200)
check("but not log in", log_in(far, "duty", tls=False) == (None, None))
check("nor use a cookie", ask(far, ACK, {}, cookie, tls=False)[0] == 403)
check("nor say one comes by the proxy", ask(far, ACK, {}, cookie, https, tls=False)[0] == 403)
check("there is no word of TLS in the clear", "Strict-Transport-Security" not in ask(far, "/", tls=False)[1])


def addresses():
    doc = json.loads(p.get("/api/v1/journal?type=access") or '{"events": []}')
    return [e["address"] for e in doc["events"] if e["what"] == "login"]


check("the address written down is his, not the proxy's", wait_for(addresses) == ["203.0.113.9"], addresses())
p.write(SITE + f'web: {{listen: "127.0.0.1:{port}"}}\n')
p.p.send_signal(signal.SIGHUP)
said = wait_for(lambda: ask(near, "/api/v1/logout", {}, tls=False)[2].find('"login":false') != -1)
check("who logs out where there are no users is not sent to log in", said)
p.stop()
end()
