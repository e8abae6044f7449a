#!/usr/bin/python3
"""What is sent to the pages' port to do harm: more than a hundred requests that are no requests, or nobody's right, and a
thousand connections that only begin one.  None changes anything, and the devices are polled in time."""
import json
import resource
import socket
import subprocess
import time

from estate import demo
from harness import RISER, check, end, wait_for

FAULT, ENTRAP = 2, 101  # elevator/generic-gbt24476: input register; its number for people trapped
KEY = "lift-1-1/entrapment"
ACK = f"/api/v1/alarms/{KEY}/ack"
ORDER = '{"by": "evil"}'
HALF_OPEN, HALF_OPEN_S = 1000, 10
PASSWORD = "correct horse battery"

estate = demo("m", lambda text: text.replace('listen: "127.0.0.1:18080"', 'listen: "127.0.0.1:18080", users_file: /tmp/riser-demo/users'))
for user, role in (("looker", "viewer"), ("office", "bureau"), ("night", "duty")):
    made = subprocess.run([RISER, "passwd", "-c", estate.gateway.conf, user, "--role", role], input=PASSWORD + "\n",
                          capture_output=True, text=True, timeout=20)
    assert made.returncode == 0, made
estate.start()
check("all of the estate answers", wait_for(estate.all_online, 60, 0.5))
HOST = estate.web
PORT = int(HOST.rsplit(":", 1)[1])
estate.pin("lift-1-1", 6, FAULT, ENTRAP)
check("an alarm stands", estate.stands(KEY, 10, state="UNACK"))


def send(data, seconds=3):
    """All that is answered to it until the other side closes, or is quiet."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=seconds) as s:
        got = b""
        try:
            s.sendall(data)
            while len(got) < 1 << 20:
                more = s.recv(65536)
                if not more:
                    break
                got += more
                if b"\r\n\r\n" in got and b"Connection: close" not in data:
                    s.settimeout(0.2)
        except OSError:
            pass  # it was shut, or says no more
        return got


def statuses(answer):
    """Of each answer in it."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def request(method, path, *heads, body="", host=HOST):
    lines = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), "Connection: close", *heads]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


JSON, OWN = "Content-Type: application/json", f"Origin: http://{HOST}"


def order(*heads, path=ACK, body=ORDER, host=HOST):
    return request("POST", path, *heads, body=body, host=host)


def cookie_of(user):
    """As a browser gets it."""
    answer = send(order(JSON, OWN, path="/api/v1/login", body=json.dumps({"user": user, "password": PASSWORD})))
    found = [line.split(b";")[0].split(b": ", 1)[1].decode() for line in answer.split(b"\r\n") if line.lower().startswith(b"set-cookie")]
    return "Cookie: " + found[0] if statuses(answer) == [200] and found else None


cookies = {user: cookie_of(user) for user in ("looker", "office", "night")}
check("people log in", all(cookies.values()), cookies)
REFUSED = range(400, 600)

# ---- the table: what is sent, in kinds; every answer must be a refusal

LEFT = f"POST {ACK} HTTP/1.1\r\nHost: {HOST}\r\n{JSON}\r\n{OWN}\r\nContent-Length: {len(ORDER)}\r\n\r\n{ORDER}"
BASE = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n"
POST = f"POST {ACK} HTTP/1.1\r\nHost: {HOST}\r\n{JSON}\r\n{OWN}\r\n"
ABUSE = {
    "traversal": [request("GET", p) for p in (
        "/../etc/passwd", "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/%252e%252e/etc/passwd",
        "/..%5c..%5cetc", "/....//....//etc/passwd", "/./../etc/passwd", "/wall/../../etc/passwd", "/icon.svg/../../etc/passwd",
        "/icon.svg%00.html", "/%00", "/api/v1/../../etc/passwd", "/api/v1/snapshot%00", "/api/v1/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
        "/\\..\\..\\etc\\passwd", "/~root", "/.git/config", "/riser.yaml", "/users", "/store/riser.sock", "/%c0%ae%c0%ae/etc/passwd",
        "file:///etc/passwd", "/proc/self/environ")],
    "two lengths and chunks": [text.encode() for text in (
        BASE + f"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{LEFT}",
        BASE + f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{LEFT}",
        BASE + f"Content-Length: {len(LEFT)}\r\nContent-Length: 0\r\n\r\n{LEFT}",
        BASE + f"Content-Length: {len(LEFT)}, 0\r\n\r\n{LEFT}",
        BASE + f"Content-Length: +5\r\n\r\nhello{LEFT}",
        BASE + f"Content-Length: -1\r\n\r\n{LEFT}",
        BASE + f"Content-Length: 0x10\r\n\r\n{LEFT}",
        BASE + f"Content-Length: 99999999999999999999\r\n\r\n{LEFT}",
        BASE + f"Content-Length: {len(LEFT)}\r\n\r\n{LEFT}",
        BASE + f"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{LEFT}",
        BASE + f"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\nhell{LEFT}",
        BASE + f"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{LEFT}",
        POST + f"Transfer-Encoding: chunked\r\n\r\n{len(ORDER):x}\r\n{ORDER}\r\n0\r\n\r\n",
        POST + f"Content-Length: {len(ORDER)}\r\nTransfer-Encoding: chunked\r\n\r\n{len(ORDER):x}\r\n{ORDER}\r\n0\r\n\r\n",
        POST + f"Content-Length: {len(ORDER)}\r\nContent-Length: 3\r\n\r\n{ORDER}",
        POST + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        POST + "Content-Length: 100\r\n\r\n",
    )],
    "no HTTP": [
        b"\r\n\r\n\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bytes(range(256)) * 4 + b"\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n", b"\0" * 5000],
    "too much": [
        request("GET", "/" + "a" * 20000), request("GET", "/?" + "a=1&" * 5000), request("GET", "/", "X: " + "x" * 20000),
        request("GET", "/", *[f"X-{i}: {i}" for i in range(3000)]), request("GET", "/", "Cookie: " + "a=b; " * 5000),
        request("GET", "/", "Accept-Language: " + "zh," * 9000), order(JSON, OWN, body="x" * 200000),
        order(JSON, OWN, path="/api/v1/login", body='{"user": "' + "a" * 100000 + '", "password": "b"}'),
        order(JSON, OWN, path="/api/v1/login", body="[" * 20000)],
    "methods": [request(m, p) for m in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get") for p in ("/", ACK)],
    "a name that points to us": [request("GET", "/api/v1/snapshot", host=h) for h in (
        "evil.example", f"evil.example:{PORT}", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example#localhost",
        "localhost@evil.example", f"evil.example, {HOST}", "", None, "a" * 300, "lоcalhost")] + [
        request("GET", "/api/v1/snapshot", "Host: evil.example"), request("GET", "http://evil.example/api/v1/snapshot")],
    "another site's form": [order(JSON, cookies["night"] or "", *heads) for heads in (
        ["Origin: http://evil.example"], ["Origin: null"], [f"Origin: http://{HOST}.evil.example"], [f"Origin: http://evil.example:{PORT}"],
        [f"Origin: http://{HOST}@evil.example"], ["Origin: "], ["Origin: http://127.0.0.1:1"], ["Origin: http://localhost"],
        ["Origin: http://evil.example", f"Referer: http://{HOST}/"])] + [order(OWN, cookies["night"] or "", *heads) for heads in (
            ["Content-Type: text/plain"], ["Content-Type: application/x-www-form-urlencoded"], ["Content-Type: multipart/form-data; boundary=x"],
            ["Content-Type: text/json"], [])] + [request("GET", ACK, cookies["night"] or ""), request("GET", ACK + "?by=evil", cookies["night"] or "")],
    "nobody, or not his": [order(JSON, OWN), order(JSON, OWN, "Cookie: riser_session="), order(JSON, OWN, "Cookie: riser_session=" + "0" * 64),
                           order(JSON, OWN, "Cookie: riser_session=" + "a" * 4000), order(JSON, OWN, "Authorization: Basic cm9vdDpyb290"),
                           order(JSON, OWN, "X-Forwarded-For: 127.0.0.1", "X-Forwarded-User: night"),
                           order(JSON, OWN, "Cookie: riser_session=%00"), order(JSON, OWN, "Cookie: ;;;riser_session"),
                           *[order(JSON, OWN, cookies["looker"] or "", path=f"/api/v1/alarms/{KEY}/{verb}") for verb in
                             ("ack", "shelve", "respond", "arrive", "rescue", "note", "reset")],
                           *[order(JSON, OWN, cookies["office"] or "", path=f"/api/v1/alarms/{KEY}/{verb}") for verb in ("ack", "rescue")],
                           *[request("GET", f"/api/v1/{what}", cookies["office"] or "") for what in ("snapshot", "points", "alarms", "journal")]],
    "orders that are none": [order(JSON, OWN, cookies["night"] or "", path=p, body=b) for p, b in (
        (ACK, "ack"), (ACK, "[]"), (ACK, '{"by": 1'), (ACK, '{"by": {}}'), (ACK, '{"note": "' + "n" * 5000 + '"}'), (ACK, "\0\0\0\0"),
        (ACK + "/", ORDER), (ACK + "x", ORDER), ("/api/v1/alarms//ack", ORDER), ("/api/v1/alarms/../../ack", ORDER),
        ("/api/v1/alarms/lift-1-1/nothing/ack", ORDER), ("/api/v1/alarms/nobody/entrapment/ack", ORDER),
        (f"/api/v1/alarms/{KEY}/shelve", '{"for": "1000000h"}'), (f"/api/v1/alarms/{KEY}/shelve", '{"for": "-1s"}'))],
    "questions that are none": [request("GET", "/api/v1/journal?" + q) for q in (
        "limit=-1", "limit=99999999999999999999", "limit=1;drop", "from=NaN", "from=yesterday", "before=%00", "colour=red", "limit=1&limit=2")],
}

about = 0
for kind, requests in ABUSE.items():
    odd = []
    for data in requests:
        found = statuses(send(data))
        if any(status not in REFUSED for status in found):
            odd.append((data[:150], found))
        time.sleep(0.02)
    about += len(requests)
    check(f"{kind}: each of {len(requests)} is refused", not odd, odd[:6])
check("that were more than a hundred", about >= 100, about)
standing = estate.alarms().get(KEY) or {}
check("the alarm stands as it stood", standing.get("state") == "UNACK" and not standing.get("work") and not standing.get("shelved_until"), standing)

# ---- who guesses

guesses = [statuses(send(order(JSON, OWN, path="/api/v1/login", body=json.dumps({"user": "night", "password": f"wrong horse {i}"}))))
           for i in range(7)]
check("who guesses is refused", all(s and s[0] in REFUSED for s in guesses), guesses)
right = statuses(send(order(JSON, OWN, path="/api/v1/login", body=json.dumps({"user": "night", "password": PASSWORD}))))
check("and after five nobody is let in for a while, even with the right word", right and right[0] in REFUSED, (guesses, right))

# ---- a thousand that only begin


def polls():
    """Requests to devices, and periods that were missed."""
    sums = {"riser_requests_total": 0.0, "riser_missed_periods_total": 0.0}
    for line in estate.gateway.get("/metrics").splitlines():
        name = line.split("{")[0]
        if name in sums:
            sums[name] += float(line.rsplit(" ", 1)[1])
    return sums["riser_requests_total"], sums["riser_missed_periods_total"]


resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
asked, missed = polls()
half = []
for _ in range(HALF_OPEN):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", PORT))
    half.append(s)
for _ in range(HALF_OPEN_S):
    for s in half:
        try:
            s.send(b"G" if s.fileno() % 2 else b"GET / HTTP/1.1\r\nX: ")
        except OSError:
            pass  # it was shut
    time.sleep(1)
asked_after, missed_after = polls()
share = (missed_after - missed) / max(1, asked_after - asked)
print(f"      {HALF_OPEN} half-open connections: {asked_after - asked:.0f} polls, {share:.2%} late", flush=True)
check("with a thousand half-open connections at most 1 % of polls is late", asked_after > asked and share <= 0.01, (asked_after - asked, missed_after - missed))
check("who has the socket's file is answered all the time", estate.gateway.get("/healthz") is not None)
for s in half:
    s.close()
check("the pages are back when they are gone", wait_for(lambda: statuses(send(request("GET", "/"))) == [200], 30, 0.5))
check("the alarm is told as before", estate.stands(KEY, 5, state="UNACK"))
check("it stops cleanly", estate.stop() == 0, estate.gateway.said()[-1500:])
end()
