"""A receiver of webhooks on a free port, which verifies each delivery with the reference library of Standard Webhooks.

Usage: webhook_receiver.py [late]. It prints its port, then a line of JSON for each request. The path decides the answer: /ok,
/fail (500), /flap (500 for the first two attempts of each message), /hang (no answer), /hang-once (no answer to the first
attempt of the first message), /gone (410), /redirect, /drop (handled, then the connection is closed without an answer), /big
(an endless body after the head). A line `secret NAME whsec_…` on standard input adds a secret; the query `secret=NAME` names it.
With `late` the system completes no connection until the line `open`, so that senders have nothing sent before.
"""

import json
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

secrets = {}
attempts = {}
lock = threading.Lock()
opened = threading.Event()


def verify(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
        return True
    except WebhookVerificationError:
        return False


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.report("GET", b"")
        self.answer(200)

    def do_POST(self):
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the sender was killed
            self.close_connection = True
            return None
        behaviour = self.report("POST", body)
        with lock:
            key = (behaviour, self.headers["webhook-id"])
            is_first = not any(path == behaviour for path, _ in attempts)
            count = attempts[key] = attempts.get(key, 0) + 1
        if behaviour == "/fail" or behaviour == "/flap" and count <= 2:
            return self.answer(500)
        if behaviour == "/hang" or behaviour == "/hang-once" and is_first:
            time.sleep(60)
        if behaviour == "/gone":
            return self.answer(410)
        if behaviour == "/redirect":
            return self.answer(302, {"location": "/redirected"})
        if behaviour == "/drop":
            self.close_connection = True
            return None
        if behaviour == "/big":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True
                return None
        return self.answer(204)

    def report(self, method, body):
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        secret = secrets.get(parse_qs(url.query).get("secret", [""])[0])
        line = {"method": method, "path": url.path, "id": headers.get("webhook-id"), "at": time.time()}
        if secret and method == "POST":
            line["authentic"] = verify(secret, headers, body)
            changed = body[:-1] + bytes([body[-1] ^ 1])
            line["changed_authentic"] = verify(secret, headers, changed)
            line["signatures"] = len(headers["webhook-signature"].split(" "))
            line["agent"] = headers["user-agent"]
            line["type"] = headers["content-type"]
        line["traceparent"] = headers.get("traceparent")
        line["body"] = body.decode()
        with lock:
            print(json.dumps(line), flush=True)
        return url.path

    def answer(self, status, headers={}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def read_secrets():
    for line in sys.stdin:
        if line.strip() == "open":
            opened.set()
            continue
        _, name, secret = line.split()
        secrets[name] = secret
        with lock:
            print(json.dumps({"method": "SECRET", "path": secret}), flush=True)
    # The test has ended, also when it was killed.
    os._exit(0)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 0 if "late" in sys.argv else 1024

    def handle_error(self, request, client_address):
        """A replica that is killed resets its connections."""


threading.Thread(target=read_secrets, daemon=True).start()
server = Server(("127.0.0.1", 0), Receiver)
# A queue of no length takes one connection, and those that follow wait until it is accepted.
filler = socket.create_connection(server.server_address) if "late" in sys.argv else None
print(server.server_port, flush=True)
if filler:
    opened.wait()
    filler.close()
server.serve_forever()
