"""Sends HTTP/2 frames that no HTTP library sends, and prints how the server reacts, in one line. Arguments: the port, and
the name of what is sent (see ATTACKS). RFC 9113 defines the frames, RFC 7541 the compression of heads."""

import socket
import ssl
import struct
import sys

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
CODES = {0: "no-error", 1: "protocol-error", 3: "flow-control-error", 7: "refused-stream", 8: "cancel",
         9: "compression-error", 11: "enhance-your-calm"}


# The status 431 in the code of RFC 7541, appendix B.
HUFFMAN_431 = b"\x69\x90\xff"


class Connection:
    def __init__(self, port):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        self.socket.settimeout(30)
        self.received = b""
        self.window = 65535
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.send(SETTINGS)
        # The server's limits apply when they are acknowledged; until then it has those of the library.
        while self.frame()[0] != SETTINGS:
            pass
        self.send(SETTINGS, ACK)

    def send(self, kind, flags=0, stream=0, payload=b""):
        self.socket.sendall(struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload)

    def frame(self):
        """Returns (kind, stream, payload), or None when the connection has ended."""
        while len(self.received) < 9 or len(self.received) < 9 + int.from_bytes(self.received[:3], "big"):
            try:
                data = self.socket.recv(1 << 16)
            except (ConnectionError, ssl.SSLError):
                return None
            if not data:
                return None
            self.received += data
        length = int.from_bytes(self.received[:3], "big")
        kind, stream = self.received[3], int.from_bytes(self.received[5:9], "big")
        payload, self.received = self.received[9:9 + length], self.received[9 + length:]
        if kind == WINDOW_UPDATE and stream == 0:
            self.window += int.from_bytes(payload, "big")
        return kind, stream, payload

    def outcome(self):
        """Returns the first reaction that is more than keeping the connection up."""
        while frame := self.frame():
            kind, _, payload = frame
            if kind == GOAWAY:
                return "goaway " + CODES[int.from_bytes(payload[4:8], "big")]
            if kind == RST_STREAM:
                return "reset " + CODES[int.from_bytes(payload, "big")]
            # The status is the first field. Later ones, such as a request's id, may have any digits.
            if kind == HEADERS and (b"431" in payload[:6] or HUFFMAN_431 in payload[:6]):
                return "status 431"
        return "closed"


def literal(name, value):
    """A field that is not indexed, its length as an integer with a prefix of seven bits."""
    def text(data):
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, encoded = len(data) - 127, b"\x7f"
        while rest >= 128:
            encoded, rest = encoded + bytes([rest % 128 | 128]), rest // 128
        return encoded + bytes([rest]) + data
    return b"\x00" + text(name) + text(value)


# The method, scheme and path by their numbers in the static table; the path is /.
GET, POST = b"\x82\x87\x84" + literal(b":authority", b"a"), b"\x83\x87\x84" + literal(b":authority", b"a")
POLL = b"\x83\x87" + literal(b":path", b"/socket.io/?EIO=4&transport=polling") + literal(b":authority", b"a")


def head(connection, block):
    """Sends a head of any size in frames of at most 16 KiB."""
    parts = [block[at:at + 16384] for at in range(0, len(block), 16384)]
    for index, part in enumerate(parts):
        connection.send(
            CONTINUATION if index else HEADERS,
            (END_HEADERS if index == len(parts) - 1 else 0) | (0 if index else END_STREAM), 1, part)


def rapid_reset(connection):
    for number in range(2000):
        connection.send(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, GET)
        connection.send(RST_STREAM, 0, 2 * number + 1, struct.pack(">I", 8))


def continuation(connection):
    connection.send(HEADERS, 0, 1, GET)
    for _ in range(1000):
        connection.send(CONTINUATION, 0, 1, literal(b"a", b"b"))


def pings(connection):
    for _ in range(1000):
        connection.send(PING, 0, 0, bytes(8))


def streams(connection):
    for number in range(150):
        connection.send(HEADERS, END_HEADERS, 2 * number + 1, POST)


def bodies(connection):
    """Fills the bodies of many streams and finishes none."""
    for number in range(99):
        stream = 2 * number + 1
        connection.send(HEADERS, END_HEADERS, stream, POLL)
        for _ in range(6):
            while connection.window < 10_000:
                kind, _, payload = connection.frame()
                if kind == RST_STREAM:
                    return "reset " + CODES[int.from_bytes(payload, "big")]
            connection.send(DATA, 0, stream, bytes(10_000))
            connection.window -= 10_000


def unfinished_body_too_large(connection):
    connection.send(HEADERS, END_HEADERS, 1, POST + literal(b"content-length", b"70000"))


ATTACKS = {
    "rapid-reset": rapid_reset, "continuation": continuation, "pings": pings, "streams": streams, "bodies": bodies,
    "large-head": lambda connection: head(connection, GET + literal(b"a", b"b" * 40_000)),
    "huge-head": lambda connection: head(connection, GET + literal(b"a", b"b" * 70_000)),
    "unfinished-body-too-large": unfinished_body_too_large,
}

connection = Connection(int(sys.argv[1]))
result = None
try:
    result = ATTACKS[sys.argv[2]](connection)
except (ConnectionError, ssl.SSLError):
    pass
print(result or connection.outcome())
