"""Socket.IO clients over WebSocket that count the events that they get."""

import select
import socket
import struct
import threading
import time

# A masked frame with the text "3", the answer to a ping of the server.
PONG = b"\x81\x81\x00\x00\x00\x003"


class SocketClients:
    """Connected clients, which a thread of this object reads. `count` is the number of events with the marker."""

    def __init__(self, marker):
        self.marker, self.count, self.last = marker, 0, None
        self._clients, self._poll, self._is_running = {}, select.epoll(), True
        self._thread = threading.Thread(target=self._run, daemon=True)

    def connect(self, port, token):
        """Connects a client; returns when it is connected to the namespace."""
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall((
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode())
        client.sendall(_frame(b'40{"token":"' + token.encode() + b'"}'))
        received = b""
        while b'40{"sid"' not in received:
            received += client.recv(1 << 16)
        client.setblocking(False)
        self._clients[client.fileno()] = [client, b""]
        self._poll.register(client, select.EPOLLIN)

    def start(self):
        self._thread.start()

    def stop(self):
        self._is_running = False
        self._thread.join()
        for client, _ in self._clients.values():
            client.close()

    def wait(self, count, seconds):
        """Waits for that many events; returns when the last one arrived, or `None` if they did not come in time."""
        end = time.time() + seconds
        while self.count < count and time.time() < end:
            time.sleep(0.02)
        return self.last if self.count >= count else None

    def _run(self):
        while self._is_running:
            for descriptor, _ in self._poll.poll(0.1):
                self._read(descriptor)

    def _read(self, descriptor):
        entry = self._clients[descriptor]
        try:
            data = entry[0].recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(descriptor)
            return
        if b"\x81\x012" in data:
            entry[0].sendall(PONG)
        # A marker that two reads share is counted with the second: the tail is shorter than a marker.
        data = entry[1] + data
        entry[1] = data[len(data) - len(self.marker) + 1:]
        found = data.count(self.marker)
        if found:
            self.count += found
            self.last = time.time()


def _frame(payload):
    """A final text frame from a client (RFC 6455, 5.2), with a mask of zeros."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length)
    return b"\x81" + size + bytes(4) + payload
