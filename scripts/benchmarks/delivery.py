"""The rows `sockets` of scripts/bench: memory of idle WebSockets, and the delivery of events to all of them.

Each measurement has a server of its own on the embedded store. The clients are raw WebSockets in this process. They share
the machine's processors with the server, so that CPU a frame is the figure to compare.
"""

import json
import select
import socket
import threading
import time

import wire

from .common import log, row

CONNECT = wire.frame(wire.TEXT, b'40{"token":"%s"}' % wire.token("bench", "admin").encode())
EVENT = b'42["booking.created",'


class Crowd:
    """Connected WebSockets. It counts the events that they receive."""

    def __init__(self, address, count):
        self.events, self.first_at, self.tails = 0, None, {}
        self.poll = select.epoll()
        self.sockets = {}
        for begin in range(0, count, 250):
            group = [self._open(address, number) for number in range(begin, min(begin + 250, count))]
            for connection in group:
                # The open packet and the answer to CONNECT.
                received = b""
                while b'40{"sid"' not in received:
                    received += connection.recv(4096)
                connection.setblocking(False)
                self.sockets[connection.fileno()] = connection
                self.tails[connection.fileno()] = b""
                self.poll.register(connection, select.EPOLLIN)

    @staticmethod
    def _open(address, number):
        connection = socket.socket()
        # More addresses than one, since each has some 28,000 ports.
        connection.bind((f"127.0.1.{number % 8 + 1}", 0))
        connection.connect(address)
        connection.sendall(wire.handshake() + CONNECT)
        return connection

    def receive(self, events, seconds=60):
        """Reads until each client has received the events. Returns whether it has."""
        wanted, end = events * len(self.sockets), time.monotonic() + seconds
        while self.events < wanted and time.monotonic() < end:
            for descriptor, _ in self.poll.poll(1, 512):
                data = self.sockets[descriptor].recv(1 << 18)
                if self.first_at is None:
                    self.first_at = time.monotonic()
                data = self.tails[descriptor] + data
                self.events += data.count(EVENT)
                self.tails[descriptor] = data[1 - len(EVENT):]
        return self.events >= wanted

    def close(self):
        for connection in self.sockets.values():
            connection.close()


def book(connection, number):
    """Creates a booking, and returns the instant of the response."""
    start, end = (
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(3_800_000_000 + 600 * at)) for at in (number, number + 1))
    connection.send(wire.request(
        "POST", "/bookings", "Authorization: Bearer " + wire.token("bench", "admin"), "Content-Type: application/json",
        body=json.dumps({"provider_id": wire.PROVIDER, "service_id": "22222222-2222-4222-8222-222222222222",
                         "start_time": start, "end_time": end}).encode()))
    response = connection.response()
    if response is None or response.status != 201:
        raise SystemExit(f"a booking failed: {response}")
    return time.monotonic()


def idle_memory(binary, count):
    """Returns the kilobytes of resident memory for each of `count` idle WebSockets."""
    server = wire.Server(binary)
    Crowd(server.address, 50).close()
    time.sleep(1)
    before = server.resident()
    crowd = Crowd(server.address, count)
    time.sleep(1)
    used = (server.resident() - before) * 1024 / count
    crowd.close()
    server.stop()
    return used


def fan_out(binary, count, events=100):
    """Returns frames a second, microseconds of CPU a frame, and the milliseconds from the response to the write until the
    first client has its frame (the median of ten single writes)."""
    server = wire.Server(binary)
    crowd, writer = Crowd(server.address, count), wire.Connection(server.address)
    delays, number = [], 0
    for _ in range(10):
        crowd.events, crowd.first_at = 0, None
        written_at = [0.0]
        thread = threading.Thread(target=lambda: written_at.__setitem__(0, book(writer, number)))
        thread.start()
        complete = crowd.receive(1)
        thread.join()
        number += 1
        if not complete:
            raise SystemExit(f"{crowd.events} of {count} frames arrived")
        delays.append((crowd.first_at - written_at[0]) * 1000)
    time.sleep(0.5)
    crowd.events = 0
    cpu, begun = server.cpu(), time.monotonic()
    thread = threading.Thread(target=lambda: [book(writer, number + at) for at in range(events)])
    thread.start()
    complete = crowd.receive(events)
    lasted = time.monotonic() - begun
    thread.join()
    cpu = server.cpu() - cpu
    if not complete:
        raise SystemExit(f"{crowd.events} of {count * events} frames arrived")
    crowd.close()
    server.stop()
    return count * events / lasted, cpu * 1e6 / (count * events), sorted(delays)[len(delays) // 2]


def measure(binaries, rounds):
    """Prints the figures of each binary, measured in alternation."""
    wire.raise_descriptors()
    log("Idle WebSockets: kilobytes of resident memory for each")
    row("sockets", *binaries)
    for count in (1000, 2000, 5000, 8000):
        row(count, *(f"{idle_memory(path, count):.1f}" for path in binaries.values()))
    log("A hundred events to all: frames a second, CPU microseconds a frame, milliseconds from the response to the first")
    row("sockets", "", "frames/s", "cpu us", "first ms")
    for count in (1000, 5000):
        figures = {name: [] for name in binaries}
        for _ in range(rounds):
            for name, path in binaries.items():
                figures[name].append(fan_out(path, count))
        for name, measured in figures.items():
            rate, cpu, first = (sorted(column)[len(column) // 2] for column in zip(*measured))
            row(count, name, f"{rate:.0f}", f"{cpu:.2f}", f"{first:.2f}")
