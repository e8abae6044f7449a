"""robots.py - who is told: group robots of DingTalk, WeCom and Feishu, a plain webhook, and a mail server.

The robots are fakes that hold to what their makers publish, written from that and not from riser's code: they verify
tokens and signatures, know message forms and sizes, count requests and fall silent over their limits, and say most of
their refusals with HTTP 200.  Each keeps what it got, with the time it came.  The mail server is Debian's Exim, with a
spool of its own in a temporary folder.

	robot = DingTalk(authority, secret="SEC..")     robot.url, robot.secret; authority.ca is the ca_file
	robot.got                                       all requests; robot.sent: those it took
	robot.most(60)                                  the most requests in any 60 s
	robot.over                                      the requests that found it over its limit
	robot.say(130101, times=3)                      answers that to the next three, whatever they are
	robot.slow_s = 3                                answers that much later
	robot.hang(), robot.drop()                      takes requests and does not answer; hangs up.  robot.well() ends it
	robot.stop(), robot.start()                     nobody listens; listens again on the same port
"""
import atexit
import base64
import binascii
import collections
import email
import email.policy
import email.utils
import hashlib
import hmac
import http.server
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

from harness import answers, folder, free_port, spawn, wait_for


class Authority:
    """A CA made for this run, and one certificate for servers on this machine.  ca, cert and key are files."""

    def __init__(self, name="authority"):
        self.dir = folder(name)
        self.ca, ca_key = self._path("ca.pem"), self._path("ca.key")
        self.cert, self.key, request = self._path("cert.pem"), self._path("key.pem"), self._path("request.pem")
        names = self._path("names")
        with open(names, "w") as f:
            f.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        self._openssl("req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "30", "-keyout", ca_key, "-out", self.ca,
                      "-subj", f"/CN=riser test {name}", "-addext", "basicConstraints=critical,CA:TRUE")
        self._openssl("req", "-nodes", "-newkey", "rsa:2048", "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "30",
                      "-extfile", names, "-out", self.cert)

    def _path(self, name):
        return os.path.join(self.dir, name)

    @staticmethod
    def _openssl(*argv):
        subprocess.run(["openssl", *argv], check=True, stdin=subprocess.DEVNULL, capture_output=True)


class Request:
    """One that came: when (at: monotonic, unix), what, and what was answered (code; 0: taken)."""

    def __init__(self, path, headers, body):
        self.at, self.unix = time.monotonic(), time.time()
        self.path, self.headers, self.body = path, headers, body
        self.query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query, keep_blank_values=True))
        self.code = self.said = None
        self.text, self.mentions = "", []
        try:
            self.json = json.loads(body.decode("utf-8"))
        except ValueError:
            self.json = None

    def __repr__(self):
        return f"<{self.code} {self.text[:60]!r}>"


class Refused(Exception):
    """What the robot answers instead of taking it."""

    def __init__(self, code, message, status=200):
        super().__init__(code, message)
        self.code, self.message, self.status = code, message, status


class Window:
    """At most `limit` in any `seconds`."""

    def __init__(self, limit, seconds):
        self.limit, self.seconds, self.times = limit, seconds, collections.deque()

    def has_room(self, now):
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        return len(self.times) < self.limit


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, robot, port):
        self.robot, self.open = robot, set()
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self):
        connection, address = super().get_request()
        if self.robot.tls:  # the handshake is the thread's, with the first read: who is slow holds up nobody
            connection = self.robot.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self.open.add(connection)
        return connection, address

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # a client that hung up, or did not like the certificate


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self):
        robot = self.server.robot
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = robot.take(Request(self.path, self.headers, body))
        if answer is None:
            self.close_connection = True
            return
        status, text = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(self.server.robot.now(), usegmt=True)

    def do_GET(self):
        self.send_error(405)

    def log_message(self, *_):
        pass


class Robot:
    """What all have in common; each maker's says path, check() and answer()."""
    limits = ()  # of (count, seconds, code, message, status)

    def __init__(self, authority=None, secret=None, port=None):
        self.secret, self.token, self.port = secret, secrets.token_hex(24), port or free_port()
        self.authority, self.tls = authority, None
        if authority:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(authority.cert, authority.key)
        self.lock, self.got, self.over = threading.Lock(), [], []
        self.windows = [(Window(count, seconds), rest) for count, seconds, *rest in self.limits]
        self.slow_s = 0  # until it answers
        self.clock_ahead_s = 0  # its clock against this machine's
        self.keyword = None  # that each text must have
        self.allowed = True  # whether this machine's address is on its list
        self._orders, self._trouble, self._release = collections.deque(), None, threading.Event()
        self.server = None
        self.start()

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{self.path}"

    # ---- what a test has it do ----

    def start(self):
        self.server = Server(self, self.port)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Nobody listens any more, and who is connected is cut off."""
        server, self.server = self.server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        for connection in list(server.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def say(self, code=0, message="as told", status=200, body=None, times=1):
        """Answers this to the next so many; body: instead of the robot's form of an answer."""
        with self.lock:
            self._orders.extend([(code, message, status, body)] * times)

    def hang(self):
        self._release.clear()
        self._trouble = "hang"

    def drop(self):
        self._trouble = "drop"

    def well(self):
        self._trouble = None
        self._release.set()
        with self.lock:
            self._orders.clear()

    # ---- what it saw ----

    @property
    def sent(self):
        with self.lock:
            return [r for r in self.got if r.code == 0]

    def texts(self):
        return [r.text for r in self.sent]

    def having(self, *words):
        """Those taken whose text has all these words."""
        return [r for r in self.sent if all(w in r.text for w in words)]

    def most(self, seconds):
        """The most requests in any so many seconds."""
        with self.lock:
            times = sorted(r.at for r in self.got)
        first = most = 0
        for i, at in enumerate(times):
            while times[first] <= at - seconds:
                first += 1
            most = max(most, i + 1 - first)
        return most

    # ---- how it judges ----

    def now(self):
        return time.time() + self.clock_ahead_s

    def take(self, r):
        """The answer: status and body, or None: the connection is closed."""
        with self.lock:
            self.got.append(r)
            trouble = self._trouble
        if trouble is None:
            time.sleep(self.slow_s)
            with self.lock:
                return self._answer(r)
        r.code = trouble
        if trouble == "hang":
            self._release.wait(600)
        return None

    def _answer(self, r):
        if self._orders:
            r.code, r.said, status, body = self._orders.popleft()
            return status, body.encode() if body is not None else self.answer(r.code, r.said)
        status = 200
        try:
            self.limit(r)
            self.check(r)
            r.code, r.said = 0, "ok"
        except Refused as e:
            r.code, r.said, status = e.code, e.message, e.status
        return status, self.answer(r.code, r.said)

    def limit(self, r):
        self.windows_have_room(r)

    def windows_have_room(self, r):
        full = [rest for window, rest in self.windows if not window.has_room(r.at)]
        if full:
            self.over.append(r)
            raise Refused(*full[0])
        for window, _ in self.windows:
            window.times.append(r.at)

    def knows(self, text):
        return not self.keyword or self.keyword in text

    def answer(self, code, message):
        return json.dumps({"errcode": code, "errmsg": message}).encode()


def _text(of, *keys):
    """The text that lies there, or None."""
    for key in keys:
        of = of.get(key) if isinstance(of, dict) else None
    return of if isinstance(of, str) and of.strip() else None


def _texts(of, *keys):
    for key in keys:
        of = of.get(key) if isinstance(of, dict) else None
    return [t for t in of if isinstance(t, str)] if isinstance(of, list) else []


class DingTalk(Robot):
    """20 a minute, over that 10 minutes of silence; timestamp in ms, within an hour; at most 20,000 bytes; at is only seen
    in markdown where its text has @NUMBER."""
    silence_s = 600
    more = "more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"
    limits = ((20, 60),)

    def __init__(self, *args, **kw):
        self.silent_until = 0
        super().__init__(*args, **kw)

    @property
    def path(self):
        return f"/robot/send?access_token={self.token}"

    def limit(self, r):
        too_fast = Refused(130101, "send too fast, exceed 20 times per minute")
        if r.query.get("access_token") != self.token:
            return  # of no robot; check says so
        window = self.windows[0][0]
        if r.at >= self.silent_until and not window.has_room(r.at):
            self.silent_until = r.at + self.silence_s
        if r.at < self.silent_until:
            self.over.append(r)
            raise too_fast
        window.times.append(r.at)

    def check(self, r):
        if urllib.parse.urlsplit(r.path).path != "/robot/send" or r.query.get("access_token") != self.token:
            raise Refused(300005, "token is not exist")
        if not r.headers.get("Content-Type", "").lower().startswith("application/json"):
            raise Refused(43004, "require Content-Type: application/json")
        if len(r.body) > 20000:
            raise Refused(460101, "message too long, exceed 20000 bytes")
        if not self.allowed:
            raise Refused(310000, f"ip 127.0.0.1 not in whitelist, {self.more}")
        if self.secret:
            self.verify(r.query.get("timestamp", ""), r.query.get("sign", ""))
        self.read(r)
        if not self.knows(r.text):
            raise Refused(310000, f"keywords not in content, {self.more}")

    def verify(self, timestamp, sign):
        if not re.fullmatch(r"\d{13}", timestamp) or abs(int(timestamp) / 1000 - self.now()) > 3600:
            raise Refused(310000, f"invalid timestamp, {self.more}")
        digest = hmac.new(self.secret.encode(), f"{timestamp}\n{self.secret}".encode(), hashlib.sha256).digest()
        try:
            good = hmac.compare_digest(base64.b64decode(sign, validate=True), digest)
        except binascii.Error:
            good = False
        if not good:
            raise Refused(310000, f"sign not match, {self.more}")

    def read(self, r):
        if not isinstance(r.json, dict):
            raise Refused(40035, "invalid parameter: body is no JSON object")
        kind, mobiles = r.json.get("msgtype"), _texts(r.json, "at", "atMobiles")
        if kind == "text" and _text(r.json, "text", "content"):
            r.text, r.mentions = _text(r.json, "text", "content"), mobiles
        elif kind == "markdown" and _text(r.json, "markdown", "title") and _text(r.json, "markdown", "text"):
            body = _text(r.json, "markdown", "text")
            r.text = _text(r.json, "markdown", "title") + "\n" + body
            r.mentions = [m for m in mobiles if "@" + m in body]
        else:
            raise Refused(400105 if kind not in ("text", "markdown") else 40035, "unsupported msgtype or missing content")


class WeCom(Robot):
    """20 a minute; no signature; text up to 2,048 bytes, markdown up to 4,096, where only <@userid> mentions."""
    hint = "hint: [1763690000123456789], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e="
    limits = ((20, 60, 45009, f"api freq out of limit, {hint}45009"),)

    @property
    def path(self):
        return f"/cgi-bin/webhook/send?key={self.token}"

    def limit(self, r):
        if r.query.get("key") == self.token:
            self.windows_have_room(r)

    def check(self, r):
        if urllib.parse.urlsplit(r.path).path != "/cgi-bin/webhook/send" or r.query.get("key") != self.token:
            raise Refused(93000, f"invalid webhook url, {self.hint}93000")
        kind = r.json.get("msgtype") if isinstance(r.json, dict) else None
        if kind not in ("text", "markdown"):
            raise Refused(40008, f"invalid message type, {self.hint}40008")
        r.text = _text(r.json, kind, "content")
        if not r.text:
            r.text = ""
            raise Refused(44004, f"empty content, {self.hint}44004")
        most = 2048 if kind == "text" else 4096
        if len(r.text.encode()) > most:
            raise Refused(40058, f"{kind}.content exceed max length {most}, {self.hint}40058")
        r.mentions = re.findall(r"<@([^>]+)>", r.text)
        if kind == "text":
            r.mentions += _texts(r.json, "text", "mentioned_mobile_list") + _texts(r.json, "text", "mentioned_list")


class Feishu(Robot):
    """5 a second, 100 a minute; timestamp (s, within an hour) and sign in the body; at most 20 kB."""
    limits = ((5, 1, 11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"),
              (100, 60, 9499, "too many request", 429))

    @property
    def path(self):
        return f"/open-apis/bot/v2/hook/{self.token}"

    def limit(self, r):
        if r.path == self.path:
            self.windows_have_room(r)

    def check(self, r):
        if r.path != self.path:
            raise Refused(19001, "param invalid: incoming webhook access token invalid")
        if len(r.body) > 20 * 1024 or not isinstance(r.json, dict):
            raise Refused(9499, "Bad Request", 400)
        if not self.allowed:
            raise Refused(19022, "Ip Not Allowed")
        if self.secret:
            self.verify(r.json)
        self.read(r)
        if not self.knows(r.text):
            raise Refused(19024, "Key Words Not Found")

    def verify(self, body):
        timestamp, sign = str(body.get("timestamp", "")), body.get("sign", "")
        digest = hmac.new(f"{timestamp}\n{self.secret}".encode(), b"", hashlib.sha256).digest()
        if (not re.fullmatch(r"\d{10}", timestamp) or abs(int(timestamp) - self.now()) > 3600 or
                sign != base64.b64encode(digest).decode()):
            raise Refused(19021, "sign match fail or timestamp is not within one hour from current time")

    def read(self, r):
        kind = r.json.get("msg_type")
        if kind == "text" and _text(r.json, "content", "text"):
            r.text = _text(r.json, "content", "text")
            r.mentions = re.findall(r'<at user_id="([^"]+)">', r.text)
        elif kind == "post" and isinstance(r.json.get("content", {}).get("post"), dict):
            self.read_post(r, r.json["content"]["post"])
        elif kind == "interactive" and isinstance(r.json.get("card"), dict):
            r.text = json.dumps(r.json["card"], ensure_ascii=False)
            r.mentions = re.findall(r"<at id=([^>]+)>", r.text)
        else:
            raise Refused(9499, "Bad Request", 400)

    @staticmethod
    def read_post(r, post):
        for part in post.values():
            lines = [part.get("title", "")]
            for paragraph in part["content"]:
                lines.append("".join(p.get("text", "") for p in paragraph))
                r.mentions += [p["user_id"] for p in paragraph if p.get("tag") == "at"]
            r.text += "\n".join(lines) + "\n"

    def answer(self, code, message):
        if code == 0:
            return json.dumps({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}).encode()
        return json.dumps({"code": code, "data": {}, "msg": message}).encode()


class Webhook(Robot):
    """A gateway to telephones or anything: takes any JSON object, answers with a status alone."""

    @property
    def path(self):
        return f"/hook/{self.token}"

    def check(self, r):
        if r.path != self.path:
            raise Refused(404, "no such hook", 404)
        if not isinstance(r.json, dict):
            raise Refused(400, "no JSON object", 400)
        r.text = json.dumps(r.json, ensure_ascii=False)

    def answer(self, code, message):
        return b"" if code == 0 else message.encode()


# ---- mail ----

EXIM_CONF = """
spool_directory = {dir}/spool
log_file_path = {dir}/log/%s
pid_file_path = {dir}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
primary_hostname = mail.test
deliver_drop_privilege = true
smtp_accept_queue_per_connection = 0
smtp_accept_max = 100
host_lookup =
rfc1413_hosts =
keep_environment =
tls_advertise_hosts = {tls_hosts}
tls_certificate = {cert}
tls_privatekey = {key}
tls_on_connect_ports = {tls_port}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{{auth_hosts}}}}}
acl_smtp_rcpt = recipient
acl_smtp_data = accept

begin acl
recipient:
{demands}  deny    local_parts = nobody
          message = no such mailbox here
  accept

begin routers
all:
  driver = accept
  transport = box

begin transports
box:
  driver = appendfile
  directory = {dir}/mail
  maildir_format
  directory_mode = 0755
  mode = 0644
  mode_fail_narrower = false
  batch_max = 100
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{username}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""
EXIM_USER = "Debian-exim"


class Mail:
    """One that was delivered: when, to whom, from whom, how ("esmtpsa": over TLS, logged in), what."""

    def __init__(self, path):
        self.unix = os.stat(path).st_mtime
        self.at = self.unix - time.time() + time.monotonic()
        with open(path, "rb") as f:
            self.raw = f.read()
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)
        self.to = [a.strip() for a in self.message["Envelope-to"].split(",")]
        self.sender = self.message["Return-path"].strip("<>")
        self.how = re.search(r"\bwith (\w+)", self.message["Received"])[1]
        self.subject = self.message["Subject"] or ""
        part = self.message.get_body(("plain",))
        self.text = part.get_content() if part else ""

    def __repr__(self):
        return f"<{self.how} to {self.to}: {self.subject!r}>"


class MailServer:
    """Debian's Exim, as its own user, in a folder of its own: nothing of the system's is touched.

    authority: with STARTTLS, or with tls="at once" from the first byte, else in the clear; username and password: nobody
    else may send.  The recipient nobody@ is refused."""

    def __init__(self, authority=None, tls="starttls", username=None, password=None, port=None):
        self.port = port or free_port()
        self.dir = tempfile.mkdtemp(prefix="riser-mail-")
        os.chmod(self.dir, 0o777)  # Exim's user writes here, and is not ours
        atexit.register(self._clean)
        self.at_once = authority is not None and tls == "at once"
        self.url = f"smtp{'s' if self.at_once else ''}://127.0.0.1:{self.port}"
        cert = key = ""
        if authority:
            cert, key = self._lend(authority.cert), self._lend(authority.key)
        demands = ("  require encrypted = *\n" if authority else "") + ("  require authenticated = *\n" if username else "")
        self.conf = os.path.join(self.dir, "conf")
        with open(self.conf, "w") as f:
            f.write(EXIM_CONF.format(dir=self.dir, port=self.port, cert=cert, key=key, demands=demands,
                                     tls_hosts="*" if authority else "", tls_port=self.port if self.at_once else "",
                                     auth_hosts="*" if username else "", username=username or "", password=password or ""))
        self.start()

    def _lend(self, path):
        copy = os.path.join(self.dir, os.path.basename(path))
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o644)  # a test's key
        return copy

    def start(self):
        argv, become = ["/usr/sbin/exim4", "-C", self.conf, "-bdf", "-q1h"], {}
        if os.geteuid() == 0:
            become = {"user": EXIM_USER, "group": EXIM_USER, "extra_groups": []}
        else:
            argv = ["sudo", "-n", "-u", EXIM_USER, *argv]
        with open(os.path.join(self.dir, "said"), "ab") as log:
            self.p = spawn(argv, stdout=log, stderr=log, start_new_session=True, **become)
        assert wait_for(lambda: answers(self.port)), self.said()

    def stop(self):
        """With all that it forked for connections; what it took it delivers first, or when it is started again."""
        wait_for(self._is_idle, 2)
        if os.geteuid() == 0:
            os.killpg(self.p.pid, signal.SIGTERM)
        else:
            subprocess.run(["sudo", "-n", "kill", "--", f"-{self.p.pid}"], check=True)
        self.p.wait()

    def _is_idle(self):
        try:
            return not os.listdir(os.path.join(self.dir, "spool", "input"))
        except OSError:
            return True  # nothing came yet; or it is not ours to see

    def _clean(self):
        if self.p.poll() is None:
            self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
        if os.path.exists(self.dir) and os.geteuid() != 0:
            subprocess.run(["sudo", "-n", "-u", EXIM_USER, "rm", "-rf", self.dir], check=False, capture_output=True)

    def said(self):
        """Its log."""
        text = ""
        for name in ("said", "log/main", "log/reject", "log/panic"):
            try:
                with open(os.path.join(self.dir, name), errors="replace") as f:
                    text += f.read()
            except OSError:
                pass  # nothing was said there; or it is not ours to read
        return text

    @property
    def sent(self):
        """The mails that were delivered, in the order they came."""
        box = os.path.join(self.dir, "mail", "new")
        if not os.path.isdir(box):
            return []
        return sorted((Mail(os.path.join(box, name)) for name in os.listdir(box)), key=lambda m: m.unix)

    def having(self, *words):
        return [m for m in self.sent if all(w in m.subject + "\n" + m.text for w in words)]
