#!/usr/bin/python3
"""tls_office.py DIR - a robot and a mail server that speak TLS, for test_sender.c.

Makes a certificate for 127.0.0.1 in DIR/cert.pem, says `HTTPS SMTPS STARTTLS` (ports on loopback), and
serves until its input ends.  What it got over TLS stands in DIR/got, a line each.
"""
import base64
import http.server
import socketserver
import ssl
import subprocess
import sys
import threading

DIR = sys.argv[1]
LOCK = threading.Lock()
LOGIN = base64.b64encode(b"\0wang\0geheim").decode()


def note(line):
    with LOCK, open(f"{DIR}/got", "a", encoding="utf-8") as f:
        f.write(line + "\n")


class Robot(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        note("POST " + self.rfile.read(int(self.headers["content-length"])).decode())
        body = b'{"errcode":0,"errmsg":"ok"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Mail(socketserver.BaseRequestHandler):
    """Takes a mail for a login over TLS; without TLS it offers STARTTLS alone."""

    def say(self, text):
        self.request.sendall(text.encode() + b"\r\n")

    def start_tls(self):
        self.say("220 go on")
        self.request = CONTEXT.wrap_socket(self.request, server_side=True)

    def handle(self):
        self.say("220 tls office")
        lines = b""
        while True:
            while b"\r\n" not in lines:
                more = self.request.recv(65536)
                if not more:
                    return
                lines += more
            line, lines = lines.split(b"\r\n", 1)
            line = line.decode()
            safe = isinstance(self.request, ssl.SSLSocket)
            if safe and line != "QUIT":  # which nobody waits for
                note(line)
            word = line.split(" ")[0].upper()
            if word == "EHLO":
                self.say("250-tls office\r\n250 " + ("AUTH PLAIN" if safe else "STARTTLS"))
            elif word == "STARTTLS":
                self.start_tls()
            elif word == "AUTH":
                self.say("334 ")
            elif line == LOGIN:
                self.say("235 in")
            elif word == "DATA":
                self.say("354 go on")
            elif word == "QUIT":
                self.say("221 bye")
                return
            elif word in ("MAIL", "RCPT", "."):
                self.say("250 OK")


class Mails(Mail):
    def handle(self):
        try:
            self.request = CONTEXT.wrap_socket(self.request, server_side=True)
        except OSError:
            return
        super().handle()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_):
        pass


subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", f"{DIR}/key.pem", "-out", f"{DIR}/cert.pem", "-days", "2", "-subj", "/CN=office",
                "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(f"{DIR}/cert.pem", f"{DIR}/key.pem")
servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Robot),
           Server(("127.0.0.1", 0), Mails), Server(("127.0.0.1", 0), Mail)]
servers[0].socket = CONTEXT.wrap_socket(servers[0].socket, server_side=True)
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(*(server.server_address[1] for server in servers), flush=True)
sys.stdin.read()
