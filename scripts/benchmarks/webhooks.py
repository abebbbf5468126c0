"""The row `webhooks` of scripts/bench: deliveries to receivers on this machine.

Throughput: webhooks of both orderings are replayed from before the first of some thousand events, so that nothing but the
deliveries is measured. Latency: bookings are made one after the other, and the time from the answer to the receipt is
taken, for each webhook. The receivers are one process, which answers 204 to everything.
"""

import http.client
import json
import multiprocessing
import socket
import statistics
import time

from .common import log, row, token
from .receivers import serve
from .servers import Server

WEBHOOKS, EVENTS, LATENCIES = 10, 2000, 200
PROVIDER = "11111111-1111-4111-8111-111111111111"


def receive(listener, received, last_at, instants):
    """Answers requests until the process is killed; keeps their number, and the instants of the first ones."""
    def answer(client, _head, _body):
        client.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        now, number = time.monotonic(), received.value
        if number < len(instants):
            instants[number] = now
        last_at.value = now
        received.value = number + 1
        return True

    serve(listener, answer)


class Receivers:
    def __init__(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = listener.getsockname()[1]
        self.received = multiprocessing.Value("q", 0, lock=False)
        self.last_at = multiprocessing.Value("d", 0, lock=False)
        self.instants = multiprocessing.Array("d", WEBHOOKS * LATENCIES, lock=False)
        self.process = multiprocessing.Process(
            target=receive, args=(listener, self.received, self.last_at, self.instants), daemon=True)
        self.process.start()

    def wait(self, count, seconds=120):
        end = time.monotonic() + seconds
        while self.received.value < count:
            if time.monotonic() > end:
                raise SystemExit(f"{self.received.value} of {count} deliveries arrived")
            time.sleep(0.01)

    def reset(self):
        self.received.value = 0


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Authorization": "Bearer " + token("bench", "admin"), "Content-Type": "application/json"}

    def send(self, method, path, **members):
        self.connection.request(method, path, json.dumps(members), self.headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status >= 300:
            raise SystemExit(f"{method} {path}: {response.status} {text}")
        return json.loads(text)

    def book(self, number):
        start, end = (
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(3_800_000_000 + 600 * at)) for at in (number, number + 1))
        self.send("POST", "/bookings", provider_id=PROVIDER, service_id="22222222-2222-4222-8222-222222222222",
                  start_time=start, end_time=end)


def latencies(client, receivers):
    """Returns milliseconds from the answer of a booking to each of its deliveries."""
    measured = []
    for number in range(LATENCIES):
        receivers.reset()
        client.book(number)
        written = time.monotonic()
        receivers.wait(WEBHOOKS)
        measured += [max(0, instant - written) * 1000 for instant in receivers.instants[:WEBHOOKS]]
    return sorted(measured)


def throughput(client, receivers, webhooks, cursor, events):
    """Returns deliveries a second while all webhooks are replayed."""
    receivers.reset()
    begun = time.monotonic()
    for webhook in webhooks:
        client.send("POST", f"/webhooks/{webhook}/replay", after=cursor)
    receivers.wait(events * len(webhooks))
    return events * len(webhooks) / (receivers.last_at.value - begun)


def measure(binary, variables, rounds):
    """Prints the figures."""
    receivers, server = Receivers(), Server(binary, **variables)
    client = Client(server.port)
    url = f"http://127.0.0.1:{receivers.port}/"
    added = [client.send("POST", "/webhooks", url=url, ordering=["booking", "endpoint"][number % 2])
             for number in range(WEBHOOKS)]
    cursor = added[0]["cursor"]
    client.book(1_000_000)  # opens the connections
    receivers.wait(WEBHOOKS)
    measured = latencies(client, receivers)
    log(f"{EVENTS} bookings, for the replays")
    receivers.reset()
    for number in range(EVENTS):
        client.book(10_000 + number)
    receivers.wait(EVENTS * WEBHOOKS)
    events = EVENTS + LATENCIES + 1
    webhooks = [webhook["id"] for webhook in added]
    before = server.cpu_seconds()
    rates = [throughput(client, receivers, webhooks, cursor, events) for _ in range(rounds)]
    cpu = (server.cpu_seconds() - before) * 1e6 / (rounds * events * WEBHOOKS)
    log(f"{WEBHOOKS} webhooks: deliveries a second, CPU microseconds a delivery, milliseconds from the answer to the receipt")
    row("", "deliveries/s", "cpu us", "p50 ms", "p99 ms")
    row("webhooks", f"{statistics.median(rates):.0f}", f"{cpu:.0f}", f"{statistics.median(measured):.2f}",
        f"{measured[int(len(measured) * 0.99)]:.2f}")
    server.stop()
    receivers.process.kill()
