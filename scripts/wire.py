"""What scripts/fuzz and scripts/attack share: a built server as a child process, tokens, frames, and a reader that
splits the bytes of a connection into responses and WebSocket frames. It uses Python's standard library alone."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECRET = "a secret of the hostile clients, long enough"
PROVIDER = "11111111-1111-4111-8111-111111111111"
HANDSHAKE_PATH = "/socket.io/?EIO=4&transport=websocket"
POLLING_PATH = "/socket.io/?EIO=4&transport=polling"


def token(subject=PROVIDER, *roles, expires=4102444800):
    """Returns a bearer token, signed with the secret that `Server` is started with."""

    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {"sub": subject, "roles": list(roles) or ["provider"], "exp": expires}
    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (signed + b"." + part(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest())).decode()


def request(method, target, *headers, body=None, version="1.1", host="127.0.0.1"):
    """Returns the bytes of a request. A body adds its Content-Length."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += headers
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def handshake(*headers, path=HANDSHAKE_PATH):
    """Returns the bytes of a WebSocket handshake (RFC 6455, 4.1)."""
    return request(
        "GET", path, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers)


TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode, payload=b"", mask=b"\x11\x22\x33\x44", final=True):
    """Returns the bytes of a frame from a client (RFC 6455, 5.2)."""
    head = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", len(payload))
    whole = (mask * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
    return head + mask + masked.to_bytes(len(payload), "big")


class Response:
    """The head and the body of a response. Names of header fields are in lower case."""

    def __init__(self, status, version, headers):
        self.status, self.version, self.headers, self.body = status, version, headers, b""

    def header(self, name):
        return next((value for key, value in self.headers if key == name.lower()), None)

    def __repr__(self):
        return f"{self.status} {self.header('x-request-id')}"


class WireError(Exception):
    """The bytes of the server are neither HTTP nor WebSocket frames."""


class Reader:
    """Splits the bytes that a server sends on one connection. `responses` holds the final responses, `frames` what follows
    a 101, as (opcode, payload). `methods` are those of the requests, because a response to HEAD has no body."""

    def __init__(self, methods=()):
        self.methods, self.responses, self.frames = list(methods), [], []
        self.interim, self.is_upgraded, self.ended = 0, False, False
        # The body of an event stream so far; None when there is no event stream.
        self.stream = None
        self._bytes, self._current = bytearray(), None

    def feed(self, data):
        self._bytes += data
        while self._step():
            pass

    def end(self):
        """Ends the connection, and with it a body without a length."""
        self.ended = True
        if self._current and self._length is None and not self._is_chunked:
            self._finish()

    @property
    def has_part(self):
        """Whether a response or frame is incomplete."""
        return bool(self._bytes) or self._current is not None

    def _step(self):
        if self.is_upgraded:
            return self._frame()
        if self.stream is not None:
            self.stream += self._bytes
            self._bytes.clear()
            return False
        if self._current is None:
            return self._head()
        return self._chunk() if self._is_chunked else self._body()

    def _head(self):
        end = self._bytes.find(b"\r\n\r\n")
        if end < 0:
            if len(self._bytes) > 9 and not self._bytes.startswith(b"HTTP/1."):
                raise WireError(f"not a status line: {bytes(self._bytes[:60])!r}")
            return False
        lines = self._bytes[:end].decode("latin-1").split("\r\n")
        del self._bytes[: end + 4]
        version, _, rest = lines[0].partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
            raise WireError(f"not a status line: {lines[0]!r}")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        response = Response(int(rest[:3]), version, headers)
        if response.status == 101:
            self.is_upgraded = True
            self.responses.append(response)
            return True
        if response.status < 200:
            self.interim += 1
            return True
        number = len(self.responses)
        method = self.methods[number] if number < len(self.methods) else "GET"
        self._current = response
        self._is_chunked = "chunked" in (response.header("transfer-encoding") or "").lower()
        length = response.header("content-length")
        self._length = int(length) if length is not None else None
        if method == "HEAD" or response.status in (204, 304):
            self._is_chunked, self._length = False, 0
        elif (response.header("content-type") or "").startswith("text/event-stream"):
            self.stream = bytearray()
            self._finish()
            return True
        if self._length == 0:
            self._finish()
        return True

    def _body(self):
        if self._length is None:
            self._current.body += bytes(self._bytes)
            self._bytes.clear()
            return False
        if len(self._bytes) < self._length:
            return False
        self._current.body = bytes(self._bytes[: self._length])
        del self._bytes[: self._length]
        self._finish()
        return True

    def _chunk(self):
        end = self._bytes.find(b"\r\n")
        if end < 0:
            return False
        size = int(bytes(self._bytes[:end]), 16)
        if len(self._bytes) < end + 2 + size + 2:
            return False
        self._current.body += bytes(self._bytes[end + 2 : end + 2 + size])
        del self._bytes[: end + 2 + size + 2]
        if size == 0:
            self._finish()
        return True

    def _finish(self):
        self.responses.append(self._current)
        self._current = None

    def _frame(self):
        data = self._bytes
        if len(data) < 2:
            return False
        if data[1] & 0x80:
            raise WireError("a masked frame from the server")
        size, at = data[1], 2
        if size == 126:
            size, at = (struct.unpack(">H", data[2:4])[0] if len(data) >= 4 else 1 << 62), 4
        elif size == 127:
            size, at = (struct.unpack(">Q", data[2:10])[0] if len(data) >= 10 else 1 << 62), 10
        if len(data) < at + size:
            return False
        self.frames.append((data[0] & 15, bytes(data[at : at + size])))
        del data[: at + size]
        return True


class Connection:
    """A blocking connection."""

    def __init__(self, address, source=None, methods=(), receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(10)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(methods)

    def send(self, data):
        """Sends all bytes. Returns False when the server has closed the connection."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def push(self, data, seconds):
        """Sends as many bytes as the server reads in that time. Returns their number."""
        end, sent = time.monotonic() + seconds, 0
        self.socket.setblocking(False)
        while sent < len(data) and (rest := end - time.monotonic()) > 0:
            if not select.select([], [self.socket], [], min(rest, 0.2))[1]:
                continue
            try:
                sent += self.socket.send(data[sent : sent + (1 << 18)])
            except BlockingIOError:
                continue
            except OSError:
                break
        self.socket.settimeout(10)
        return sent

    def read(self, until, seconds=10):
        """Reads until the condition on the reader holds, the connection ends or the time is over. Returns whether it holds."""
        end = time.monotonic() + seconds
        while not until(self.reader) and not self.reader.ended and (rest := end - time.monotonic()) > 0:
            self.socket.settimeout(rest)
            try:
                data = self.socket.recv(1 << 18)
            except TimeoutError:
                break
            except OSError:
                data = b""
            self.reader.feed(data) if data else self.reader.end()
        self.socket.settimeout(10)
        return until(self.reader)

    def response(self, seconds=10):
        """Returns the next response, or None."""
        number = len(self.reader.responses)
        return self.reader.responses[number] if self.read(lambda reader: len(reader.responses) > number, seconds) else None

    def ends(self, seconds=10):
        """Returns whether the server closes the connection in that time."""
        self.read(lambda reader: reader.ended, seconds)
        return self.reader.ended

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes the connection with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Server:
    """A server process on the embedded store, in a folder of its own and on a free port."""

    def __init__(self, binary, variables=None, descriptors=None, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="bookings-server-")
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PORT": "0", "APP_ENV": "test", "JWT_SECRET": SECRET,
            "SOCKETIO_ANONYMOUS": "on", "MIGRATE_ON_START": "on", "RATE_LIMIT": "off", "LOG_FORMAT": "json",
            "SHUTDOWN_DELAY_SECONDS": "0",
            # Otherwise a crash takes seconds.
            "SWIFT_BACKTRACE": "enable=no",
        }
        environment.update(variables or {})

        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.process = subprocess.Popen(
            [str(pathlib.Path(binary).resolve())], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, preexec_fn=limit)
        self.lines, self._listens, self.port = [], threading.Event(), None
        threading.Thread(target=self._read, daemon=True).start()
        self._listens.wait(60)
        if self.port is None:
            self.stop()
            raise SystemExit("the server did not start:\n" + "\n".join(self.lines))
        self.address = ("127.0.0.1", self.port)

    def _read(self):
        for line in self.process.stdout:
            line = line.decode("utf-8", "replace").rstrip()
            self.lines.append(line)
            if self.port is None and "Listening." in line:
                self.port = int(json.loads(line)["port"])
                self._listens.set()
        self._listens.set()

    @property
    def is_alive(self):
        return self.process.poll() is None

    def resident(self):
        """Returns the resident memory in MB (proc(5))."""
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    def cpu(self):
        """Returns the CPU time so far in seconds."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def signal(self, number):
        self.process.send_signal(number)

    def exit_status(self, seconds):
        """Returns the exit status, or None when the process still runs after that time."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, keep_folder=False):
        """Sends SIGTERM, and SIGKILL after 15 s. Returns the exit status."""
        if self.is_alive:
            self.signal(signal.SIGTERM)
        status = self.exit_status(15)
        if status is None:
            self.process.kill()
            self.process.wait()
        if not keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        return status


def built_binary():
    """Returns the path of the server that was built last."""
    built = [ROOT / ".build" / kind / "BookingsServer" for kind in ("release", "debug")]
    built = [path for path in built if path.exists()]
    if not built:
        raise SystemExit("there is no built server: run `swift build --product BookingsServer`, or give --binary")
    return max(built, key=lambda path: path.stat().st_mtime)


def raise_descriptors():
    """Raises the limit of file descriptors of this process to the hard limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
