#!/usr/bin/python3
"""Who means ill by the page: over a hundred abusive requests, with a thousand half-open connections beside them, against a
gateway that polls.  Judged by the answers, by the gateway living, by no order and no event having come of it, and by the share
of polls that were late."""
import json
import os
import resource
import select
import socket
import threading
import time

from harness import check, end, free_port, wait_for
from panel import Panel

HALF_OPEN = 1000
PASSWORD = "three good words"
HASH = "$y$j75$YZdkbPvE19Piq93vTn.871$b7.UP06NuN1JU0FvQ90fhR0BBq32IgsvxSD1knuQYj."  # yescrypt at its least cost
ROLES = {"duty": "wang", "engineer": "li", "viewer": "look", "bureau": "city"}
ACK = "/api/v1/alarms/u1/trapped/ack"
OUT = "/api/v1/alarms/u1/trapped/out-of-service"
CLOSED = 0  # hung up on without an answer


def ready(s, event):
    """poll, for select has no room for a thousand."""
    p = select.poll()
    p.register(s, event)
    return bool(p.poll(0))


class HalfOpen:
    """So many connections that have begun a request and say a byte of it a second; those that are closed come again."""

    def __init__(self, port, count):
        self.port, self.count, self.ending = port, count, False
        self.sockets, self.opened, self.ended = [], 0, 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _open(self):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", self.port))
        self.opened += 1
        return s

    def _say(self, s):
        try:
            if not ready(s, select.POLLOUT):
                return True  # not taken yet
            s.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-a: " if s not in self.begun else b"a")
            self.begun.add(s)
            return not ready(s, select.POLLIN)
        except OSError:
            return False

    def _run(self):
        self.begun = set()
        while not self.ending:
            kept = []
            for s in self.sockets:
                if self._say(s):
                    kept.append(s)
                else:
                    self.ended += 1
                    self.begun.discard(s)
                    s.close()
            self.sockets = kept + [self._open() for _ in range(self.count - len(kept))]
            time.sleep(1)
        for s in self.sockets:
            s.close()

    def end(self):
        self.ending = True
        self.thread.join()


def raw(request, patience=15):
    """The status (0: closed without one, None: it keeps us waiting) and all that was answered."""
    got = b""
    with socket.socket() as s:
        s.settimeout(patience)
        try:
            s.connect(("127.0.0.1", port))
            s.sendall(request)
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                got += piece
        except socket.timeout:
            return None, got
        except OSError:
            pass  # it was closed while we spoke
    return (int(got.split()[1]) if got.startswith(b"HTTP/1.1 ") else CLOSED), got


def request(method, path, body=None, cookie=None, heads=(), host="localhost", kind="application/json"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *heads]
    if cookie:
        lines.append(f"Cookie: riser_session={cookie}")
    if body is not None:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def head_of(answer):
    return answer.partition(b"\r\n\r\n")[0]


def log_in(user, password=PASSWORD):
    status, answer = raw(request("POST", "/api/v1/login", json.dumps({"user": user, "password": password}).encode()))
    at = answer.find(b"riser_session=")
    return answer[at + 14:at + 78].decode() if status == 200 else None


def abuses(cookies):
    """(what, bytes, the statuses that are right)"""
    duty = cookies["duty"]
    order = b"{}"

    def post(path=ACK, cookie=duty, **more):
        return request("POST", path, order, cookie, **more)

    head = f"POST {ACK} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: riser_session={duty}\r\n" \
           "Content-Type: application/json\r\n".encode()
    hidden = post()
    get = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"

    # two that read one request differently
    yield "two lengths that differ", head + b"Content-Length: 0\r\nContent-Length: 2\r\n\r\n{}", {400}
    yield "a list of lengths", head + b"Content-Length: 2, 2\r\n\r\n{}", {400}
    yield "a length with a plus", head + b"Content-Length: +2\r\n\r\n{}", {400}
    yield "a length in hex", head + b"Content-Length: 0x2\r\n\r\n{}", {400}
    yield "a length below nothing", head + b"Content-Length: -2\r\n\r\n{}", {400}
    yield "a length beyond all numbers", head + b"Content-Length: 99999999999999999999999\r\n\r\n{}", {400, 413}
    yield "chunks and a length", head + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", {400, 411}
    yield "a length and chunks", head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", {400, 411}
    yield "chunks", head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", {400, 411}
    yield "chunks spelt otherwise", head + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", {400, 411, 501}
    yield "chunks twice", head + b"Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n", {400, 411, 501}
    yield "a tab before the chunks", head + b"Transfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", {400, 411}
    yield "a blank before a colon", head + b"Content-Length : 2\r\n\r\n{}", {400}
    yield "a head that goes on in the next line", head + b"Content-Length:\r\n 2\r\n\r\n{}", {400, 411, 431}
    yield "an order hidden in a question's body", get + f"Content-Length: {len(hidden)}\r\n\r\n".encode() + hidden, {413}
    yield "an order hidden behind a chunked question", get + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, {413}
    # libmicrohttpd ends a text at its NUL, so these are what stands before it: a question, and an order of nobody
    yield "a NUL in the path", request("GET", "/healthz\0/x"), {200, 400, 404, CLOSED}
    yield "a NUL in an order's path", post(ACK + "\0x", cookie=None), {400, 401, 404, CLOSED}
    yield "a NUL in a head", post(cookie=None, heads=["X-a: \0", f"Cookie\0: riser_session={duty}"]), {400, 401, CLOSED}
    yield "a NUL that is hidden in an order's path", post(ACK + "%00"), {404}
    yield "a head without a colon", get + b"nonsense\r\n\r\n", {400, CLOSED}
    yield "a head without a name", get + b": nothing\r\n\r\n", {200, 400}
    yield "two hosts", get + b"Host: evil.example\r\n\r\n", {400}
    yield "two hosts, the foreign one first", b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n", {400}
    yield "two hosts that are the same", get + b"Host: localhost\r\n\r\n", {400}
    yield "two lengths that are the same", head + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", {400}
    for name in (b"Transfer-Encoding ", b"Transfer-Encoding\t", b"X a", b"Transfer-Encoding: chunked\r\nTransfer-Encoding "):
        yield f"an order hidden behind {name!r}", get + name + b": chunked\r\n\r\n0\r\n\r\n" + hidden, {400}
    yield "an order hidden behind a length with a blank", get + f"Content-Length : {len(hidden)}\r\n\r\n".encode() + hidden, {400}
    yield "a line end alone within a head", get + b"X-a: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, {400}
    yield "a control character in a head", request("GET", "/healthz", heads=["X-a: \x01"]), {400}
    yield "no host", b"GET /healthz HTTP/1.1\r\n\r\n", {400}
    yield "a version of its own", b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n", {400, 505, CLOSED}
    yield "no version", b"GET /healthz\r\n\r\n", {400, 505, CLOSED}
    yield "HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 505, CLOSED}
    yield "TLS where there is none", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", {400, 405, CLOSED}
    yield "nothing but line ends", b"\r\n" * 200, {400, CLOSED}
    yield "random bytes", os.urandom(4000) + b"\r\n\r\n", {400, 405, 414, 431, 505, CLOSED}

    # somewhere else
    for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/..%5c..%5cetc", "/....//etc/passwd",
                 "/%252e%252e/etc/passwd", "//etc/passwd", "/.git/config", "/users", "/riser.yaml", "/api/v1/../../users",
                 "/api/v1/snapshot/..;/users", "/index.html%00.js", "/%c0%ae%c0%ae/etc/passwd", "http://localhost/users",
                 "file:///etc/passwd", "/wall/../users", "/assets/../../users"):
        yield f"{path} is nowhere", request("GET", path), {404}
    for key in ("../u1/trapped", "u1/..", "u1%2f../trapped", "%2e%2e/trapped", "u1/trapped%20", "<b>/trapped", "'or'1/trapped"):
        yield f"an order to {key}", post(f"/api/v1/alarms/{key}/ack"), {404, 405}

    # too much
    yield "a path of 20 kB", request("GET", "/" + "a" * 20000), {414}
    yield "a head of 20 kB", request("GET", "/healthz", heads=["X-a: " + "a" * 20000]), {431}
    yield "a thousand heads", request("GET", "/healthz", heads=[f"X-{i}: {i}" for i in range(1000)]), {431}
    yield "a cookie of 12 kB", request("GET", "/healthz", heads=["Cookie: " + "a=b; " * 2400]), {200, 400, 431}
    yield "an order of 5 kB", request("POST", ACK, b" " * 5000, duty), {413}
    yield "a login of 5 kB", request("POST", "/api/v1/login", b" " * 5000), {413}
    yield "a login that says it is 1 GB", request("POST", "/api/v1/login", heads=["Content-Type: application/json",
                                                                                     "Content-Length: 1000000000"]), {413}
    yield "brackets without end", request("POST", "/api/v1/login", b"[" * 4000), {400}
    yield "a thousand parameters", request("GET", "/api/v1/journal?" + "&".join(f"a{i}" for i in range(1000))), {400, 414, 431, CLOSED}
    yield "a journal without bounds", request("GET", "/api/v1/journal?limit=99999999"), {400}

    # another site's page
    for origin in ("http://evil.example", "https://localhost.evil.example", "null", "http://localhost:1", "http://localhost@evil",
                   "file://", "", "http://localhost/"):
        yield f"an order from {origin or 'an empty origin'}", post(heads=[f"Origin: {origin}"]), {403}
        yield f"a login from {origin or 'an empty origin'}", request(
            "POST", "/api/v1/login", json.dumps({"user": "wang", "password": PASSWORD}).encode(), heads=[f"Origin: {origin}"]), {403}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"):
        yield f"an order as {kind}", request("POST", ACK, order, duty, kind=kind), {415}
    yield "a logout by a form", request("POST", "/api/v1/logout", b"", duty, kind="text/plain"), {415}
    yield "a logout by a picture", request("GET", "/api/v1/logout", cookie=duty), {405}
    yield "an order by a picture", request("GET", ACK, cookie=duty), {405}
    yield "a preflight", request("OPTIONS", ACK, heads=["Origin: http://evil.example", "Access-Control-Request-Method: POST"]), {405}

    # another name for us
    for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example", "gateway.lan", "[::1",
                 "localhost@evil.example", "evil.example#localhost", "0x7f000001", "localhost, evil.example"):
        yield f"a question to {host}", request("GET", "/api/v1/snapshot", host=host), {400, 421}
        yield f"an order to the host {host}", post(host=host), {400, 421}

    # who may not
    yield "an order of nobody", post(cookie=None), {401}
    yield "an order of a viewer", post(cookie=cookies["viewer"]), {403}
    yield "an order of the bureau", post(cookie=cookies["bureau"]), {403}
    yield "out of service by who is on duty", request("POST", OUT, b'{"note":"x"}', duty), {403}
    yield "a week's shelving by who is on duty", request(
        "POST", "/api/v1/alarms/u1/minor/shelve", b'{"note":"x","for":"7d"}', duty), {403}
    for path in ("/api/v1/snapshot", "/api/v1/points", "/api/v1/alarms", "/api/v1/journal", "/metrics", "/api/v1/site", "/nowhere"):
        yield f"the bureau at {path}", request("GET", path, cookie=cookies["bureau"]), {403}
    for what, cookie in (("made up", "0" * 64), ("cut short", duty[:-1]), ("too long", duty + "0"), ("in capitals", duty.upper()),
                         ("empty", " "), ("with a quote", "'" + duty[1:]), ("with one letter off", ("1" if duty[0] == "0" else "0") + duty[1:])):
        yield f"an order with a cookie {what}", post(cookie=cookie), {401}

    # for somebody else
    for mark in ("X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "X-Real-IP: 127.0.0.1", "X-Forwarded-Proto: https",
                 "X-Forwarded-Host: localhost", "Via: 1.1 proxy"):
        yield f"an order with {mark}", post(heads=[mark]), {403}
        yield f"a question with {mark}", request("GET", "/api/v1/snapshot", heads=[mark]), {403}

    # what is to come back as markup
    for path in ("/<script>alert(1)</script>", "/api/v1/journal?device=<script>", "/api/v1/journal?<img%20src=x>=1",
                 "/api/v1/history?point=<script>"):
        yield f"{path} is no page", request("GET", path), {400, 404, CLOSED}

    # who guesses
    for body in (b"", b"null", b"[]", b'"x"', b"{}", b'{"user":"wang"}', b'{"user":"wang","password":7}', b'{"user":null,"password":null}',
                 b'{"user":"wang","password":"x","role":"engineer"}', b'{"user":"wang","user":"li","password":"x"}',
                 b'{"user":"w\\u0000","password":"x"}', b'{"user":"\xff","password":"x"}', b'{"user":{"$ne":1},"password":{"$ne":1}}'):
        yield f"a login {body[:40]!r}", request("POST", "/api/v1/login", body), {400}
    for i, user in enumerate(("wang", "root", "' or 1=1 --", "wang:duty", "a" * 3000)):
        yield f"a wrong password, the {i + 1}. time", request(
            "POST", "/api/v1/login", json.dumps({"user": user, "password": "guess"}).encode()), {401}
    yield "a right one after too many", request(
        "POST", "/api/v1/login", json.dumps({"user": "wang", "password": PASSWORD}).encode()), {429}


def is_markup(answer):
    """Whether a browser would take as a page what was sent to it."""
    head = head_of(answer).lower()
    return b"<script>alert" in answer and (b"text/html" in head or b"nosniff" not in head)


def polls():
    """Requests to the devices; and those that were late: periods that were missed, readings that nobody could take."""
    def total(series):
        lines = (panel.gateway.get("/metrics") or "").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(series))
    return total("riser_requests_total{"), total("riser_missed_periods_total{") + total('riser_reads_total{stage="overrun"}')


def late(before, after):
    """Of a hundred polls."""
    return 100 * (after[1] - before[1]) / max(after[0] - before[0], 1)


resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
port = free_port()
panel = Panel(8, "abuse", extra=f'web: {{listen: "127.0.0.1:{port}", users_file: users}}\n')
users = os.path.join(panel.gateway.dir, "users")
with open(os.open(users, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
    f.write("".join(f"{user}:{role}:{HASH}:{user}\n" for role, user in ROLES.items()))
panel.start()
panel.set(1, trapped=1)
check("an alarm stands", panel.stands("u1/trapped", state="UNACK"), panel.alarms())
cookies = {role: log_in(user) for role, user in ROLES.items()}
check("each of four roles logs in", all(cookies.values()), cookies)
table = list(abuses(cookies))
check("there are a hundred abuses and more", len(table) >= 100, len(table))

quiet = polls()
time.sleep(5)
calm = late(quiet, polls())
mob = HalfOpen(port, HALF_OPEN)
check("a thousand connections are half open", wait_for(lambda: len(mob.sockets) == HALF_OPEN, 20), len(mob.sockets))

before, wrong, silent, marked, twice, begin = polls(), [], [], [], [], time.monotonic()
for what, text, right in table:
    status, answer = raw(text)
    if status == CLOSED and CLOSED not in right:
        status, answer = raw(text)  # pushed out by the mob before it spoke
    if status is None:
        silent.append(what)
    elif status not in right:
        wrong.append((what, status, answer[:200]))
    if answer.count(b"X-Content-Type-Options:") > 1:  # ours; libmicrohttpd may say its own 400 twice
        twice.append((what, answer[:1000]))
    if is_markup(answer):
        marked.append(what)
check(f"each of {len(table)} abuses gets the answer it should", not wrong, wrong[:5])
check("nobody is kept waiting for one", not silent, silent)
check("none is taken for two", not twice, twice)
check("none comes back as markup", not marked, marked)

took = []
for _ in range(50):
    at = time.monotonic()
    status, _ = raw(request("GET", "/api/v1/alarms"))
    took.append((time.monotonic() - at, status))
    time.sleep(0.1)
served = sum(1 for _, status in took if status == 200)
check("a page is served all the while", served >= 45, took)
share = late(before, polls())
asked = polls()[0] - before[0]
print(f"    {asked:.0f} polls; {len(table)} abuses in {time.monotonic() - begin:.0f} s, {mob.opened} connections opened, {mob.ended} hung up on; "
      f"{share:.2f} % of polls late, before {calm:.2f} %; a page in {sorted(took)[len(took) // 2][0] * 1000:.0f} ms")
check("at most 1 % of the polls are late, or as many as before", share <= max(1, 2 * calm), (share, calm))
check("who is half open is hung up on", wait_for(lambda: mob.ended >= HALF_OPEN, 40), mob.ended)
mob.end()


def dribble():
    """How many seconds a byte of a head is taken each half second; None: for ever."""
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-a: ")
        while time.monotonic() - begin < 60:
            try:
                s.send(b"a")
                if select.select([s], [], [], 0.5)[0] and not s.recv(1):
                    return time.monotonic() - begin
            except OSError:
                return time.monotonic() - begin
    return None


lasted = dribble()
check("so is who says his head a byte at a time, and alone", lasted is not None, lasted)

check("the gateway lives", panel.gateway.p.poll() is None, panel.gateway.said()[-500:])
alarm = panel.alarms().get("u1/trapped", {})
check("the alarm stands as before", alarm.get("state") == "UNACK" and not alarm.get("ack"), alarm)


def accesses(what):
    doc = json.loads(panel.gateway.get("/api/v1/journal?type=access&limit=1000"))
    return [e for e in doc["events"] if e["what"] == what]


check("no order came of it", accesses("order") == [], accesses("order"))
check("nor anything to an alarm", [e["change"] for e in panel.edges("u1/trapped")] == ["raise"], panel.edges("u1/trapped"))
check("those who logged in are written down, and nobody else",
      sorted(e["user"] for e in accesses("login")) == sorted(ROLES.values()), accesses("login"))
check("and so is the lock", wait_for(lambda: len(accesses("lock")) == 1), accesses("lock"))

status, _ = raw(request("POST", ACK, b'{"by":"somebody else"}', cookies["duty"], heads=["Origin: http://localhost"]))
check("who is on duty still may acknowledge", status == 200, status)
check("in his own name", wait_for(lambda: any(e["change"] == "ack" and e["by"] == "wang" for e in panel.edges("u1/trapped"))),
      panel.edges("u1/trapped"))
order = wait_for(lambda: accesses("order"))
check("and it is written down with person, role and address", order and {k: order[0].get(k) for k in (
    "user", "role", "address", "device", "alarm", "verb", "status")} == {
        "user": "wang", "role": "duty", "address": "127.0.0.1", "device": "u1", "alarm": "trapped", "verb": "ack", "status": 200}, order)
for role, right in (("viewer", 403), ("duty", 403), ("engineer", 200), (None, 401)):
    status, _ = raw(request("GET", "/api/v1/journal?type=access", cookie=cookies.get(role)))
    check(f"who did what from where is for engineers: {role or 'nobody'} gets {right}", status == right, status)
    status, answer = raw(request("GET", "/api/v1/journal?limit=1000", cookie=cookies.get(role)))
    check("and in the whole journal, too", status == 200 and (b'"type":"access"' in answer) == (role == "engineer"), (role, answer[-300:]))
told = [m.json for m in panel.subscriber.all("/event") if m.json.get("type") == "access"]
check("the broker learns who, and not from where", told and not any("address" in e for e in told)
      and any(e.get("user") == "wang" and e["what"] == "order" for e in told), told)

# each verb by each role, to an alarm that stands: what is not 403 or 401 is the alarm's own answer (409: not as it stands now)
VERBS = [  # verb, what it wants, duty may
    ("respond", {}, True), ("arrive", {}, True), ("note", {"note": "x"}, True), ("ack", {}, True), ("rescue", {}, True),
    ("false-alarm", {}, True), ("reset", {"note": "x"}, True), ("check", {"car": "u2"}, True), ("unshelve", {}, True),
    ("shelve", {"note": "x", "for": "30m"}, True), ("out-of-service", {"note": "x"}, False), ("in-service", {}, False)]
wrong = []
for verb, body, duty_may in VERBS:
    for role in (None, "bureau", "viewer", "duty", "engineer"):
        status, answer = raw(request("POST", f"/api/v1/alarms/u1/trapped/{verb}", json.dumps(body).encode(), cookies.get(role)))
        refused = 401 if role is None else 403
        may = role == "engineer" or role == "duty" and duty_may
        if (status not in (200, 409)) if may else (status != refused):
            wrong.append((verb, role, status, answer[-200:]))
check(f"each of {len(VERBS)} verbs is for whom it should be", not wrong, wrong)
did = {(e["change"], e["by"]) for e in panel.edges("u1/trapped") if e.get("by")}
check("who is on duty answered, came and noted, in his name", wait_for(lambda: {("respond", "wang"), ("arrive", "wang"), ("note", "wang")} <= {
    (e["change"], e.get("by")) for e in panel.edges("u1/trapped")}), did)
check("it stops as always", panel.stop() == 0)
end()
