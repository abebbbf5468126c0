"""The row `webhook-failover` of scripts/bench: three replicas, one killed every five seconds, and fifty receivers.

Ten receivers answer every fifth delivery with 500, never, or by closing the connection. Each receiver's events, without
copies, must be those of its filter in the log, and those of a booking in the log's order. Latency is taken from the instant
of an event to its receipt, for the healthy receivers; while a killed replica's leases hold, its webhooks wait.
"""

import calendar
import collections
import http.client
import json
import multiprocessing
import random
import signal
import socket
import threading
import time

from .common import identifier, log, row, token
from .receivers import serve
from .servers import Server

REPLICAS, PROVIDERS, OF_ALL, BAD = 3, 40, 10, 10
EVENTS, RATE, KILL_EVERY = 10_000, 150, 5


def receive(listener, pipe):
    """Records deliveries until the records are asked for through the pipe."""
    records, chance, state = [], random.Random(1), {"heals": False}

    def answer(client, head, body):
        number = int(head.split(b" ")[1][1:])
        fails = number < BAD and not state["heals"] and chance.random() < 0.2
        event = head.split(b"webhook-id:")[1].split(b"\r\n")[0].strip().decode()
        records.append((number, event, time.time(), not fails, body))
        if not fails:
            client.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        elif number % 3 == 0:
            client.send(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
        return not fails or number % 3 != 1

    def command(message):
        state["heals"] = message == "heal"
        if message == "records":
            pipe.send(records)
        return message == "records"

    serve(listener, answer, pipe, command)


class Client:
    """Sends each request until a replica answers it."""

    def __init__(self, replicas):
        self.replicas, self.number, self.connection = replicas, random.randrange(REPLICAS), None

    def send(self, method, path, caller, key=None, **members):
        headers = {"Authorization": "Bearer " + token(*caller), "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        for _ in range(200):
            try:
                if self.connection is None:
                    port = self.replicas[self.number % REPLICAS].port
                    self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                self.connection.request(method, path, json.dumps(members) if members else None, headers)
                response = self.connection.getresponse()
                text = response.read()
                if response.status < 300:
                    return json.loads(text)
                if response.status < 500:
                    raise SystemExit(f"{method} {path}: {response.status} {text}")
            except (OSError, http.client.HTTPException):
                pass
            self.connection, self.number = None, self.number + 1
            time.sleep(0.05)
        raise SystemExit(f"{method} {path} was not answered")


ADMIN = ("bench", "admin")


def _book(replicas, begun, number):
    client = Client(replicas)
    for index in range(number, EVENTS, 8):
        time.sleep(max(0, begun + index / RATE - time.time()))
        start = 3_800_000_000 + int(begun) % 1000 * 200_000 + index // PROVIDERS * 600
        client.send("POST", "/bookings", (f"customer {index % 100}", "customer"), f"failover-{begun}-{index}",
                    provider_id=identifier("provider", index % PROVIDERS), service_id=identifier("service", 1), start_time=_instant(start),
                    end_time=_instant(start + 600))


def _instant(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _add_webhooks(client, port):
    """Adds a webhook for each provider, the first ones with receivers that fail, and some for all of them."""
    webhooks = []
    for number in range(PROVIDERS + OF_ALL):
        caller = (identifier("provider", number), "provider") if number < PROVIDERS else ADMIN
        ordering = "endpoint" if number >= BAD and number % 2 else "booking"
        added = client.send("POST", "/webhooks", caller, url=f"http://127.0.0.1:{port}/{number}", ordering=ordering)
        webhooks.append((added["id"], ordering))
    return webhooks


def _kill_in_turn(replicas, binary, variables, stopped):
    killed = 0
    while not stopped.wait(KILL_EVERY):
        number = killed % REPLICAS
        replicas[number].process.send_signal(signal.SIGKILL)
        replicas[number].process.wait()
        replicas[number] = Server(binary, **variables, PORT=str(replicas[number].port))
        killed += 1


def _wait_until_delivered(client, webhooks, pipe):
    """Lets the receivers accept everything, and the failed deliveries begin again, as their owners would."""
    pipe.send("heal")
    end = time.time() + 120
    for webhook, _ in webhooks[:BAD]:
        client.send("PATCH", f"/webhooks/{webhook}", ADMIN, state="active")
    while any(client.send("GET", f"/webhooks/{webhook}", ADMIN)["lag"] for webhook, _ in webhooks):
        if time.time() > end:
            raise SystemExit("Not everything was delivered in two minutes.")
        time.sleep(1)


def _read_log(client, cursor):
    events = []
    while True:
        page = client.send("GET", f"/events?limit=100&after={cursor}", ADMIN)
        if not page["data"]:
            return events
        events += page["data"]
        cursor = page["meta"]["next"]


def _faults(records, events, webhooks):
    """Returns the numbers of lost events, of events in a wrong order, and of copies."""
    received, copies, lost, disordered = collections.defaultdict(dict), 0, 0, 0
    for number, event, _, accepted, _ in records:
        copies += accepted and event in received[number]
        if accepted:
            received[number].setdefault(event, len(received[number]))
    for number, (_, ordering) in enumerate(webhooks):
        own = [event["data"] for event in events
               if number >= PROVIDERS or event["data"]["provider_id"] == identifier("provider", number)]
        last = {}
        for data in own:
            place = received[number].get(data["event"]["id"])
            group = "" if ordering == "endpoint" else data["id"]
            lost += place is None
            disordered += place is not None and place < last.get(group, -1)
            last[group] = place if place is not None else last.get(group, -1)
    return lost, disordered, copies


def _load(replicas, binary, variables, kills):
    """Makes the bookings, and meanwhile kills replicas if it is to."""
    begun, stopped = time.time() + 1, threading.Event()
    workers = [threading.Thread(target=_book, args=(replicas, begun, number)) for number in range(8)]
    killer = threading.Thread(target=_kill_in_turn, args=(replicas, binary, variables, stopped))
    for worker in workers + ([killer] if kills else []):
        worker.start()
    for worker in workers:
        worker.join()
    stopped.set()
    if kills:
        killer.join()


def _print_latencies(name, records, begun, ended):
    """Prints the milliseconds from the instants of events to their first receipts by healthy receivers."""
    first = {}
    for number, event, at, _, body in records:
        if number >= BAD and begun <= at < ended:
            first.setdefault((number, event), (at, body))
    late = sorted(at * 1000 - _milliseconds(json.loads(body)["data"]["event"]["occurred_at"]) for at, body in first.values())
    row(name, len(late), f"{late[len(late) // 2]:.0f}", f"{late[int(len(late) * 0.95)]:.0f}",
        f"{late[int(len(late) * 0.99)]:.0f}", f"{late[-1]:.0f}")


def _milliseconds(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 1000 + int(text[20:23])


def measure(binary, variables):
    """Prints the figures; ends with an error when an event was lost or came in a wrong order."""
    variables = {**variables, "CUSTOMER_ACCESS": "own"}
    replicas = [Server(binary, **variables, PORT="0") for _ in range(REPLICAS)]
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    pipe, other = multiprocessing.Pipe()
    receivers = multiprocessing.Process(target=receive, args=(listener, other), daemon=True)
    receivers.start()
    client = Client(replicas)
    webhooks = _add_webhooks(client, listener.getsockname()[1])
    cursor = client.send("GET", f"/webhooks/{webhooks[-1][0]}", ADMIN)["cursor"]
    instants = [time.time()]
    for kills in [False, True]:
        log(f"{EVENTS} events, {len(webhooks)} webhooks, {REPLICAS} replicas" + (", one killed every 5 s" if kills else ""))
        pipe.send("fail")
        _load(replicas, binary, variables, kills)
        _wait_until_delivered(client, webhooks, pipe)
        instants.append(time.time())
    events = _read_log(client, cursor)
    pipe.send("records")
    records = pipe.recv()
    row("", "deliveries", "p50 ms", "p95 ms", "p99 ms", "max ms")
    for name, begun, ended in zip(["healthy", "with kills"], instants, instants[1:]):
        _print_latencies(name, records, begun, ended)
    lost, disordered, copies = _faults(records, events, webhooks)
    print(f"{len(events)} events, {len(records)} requests: {lost} lost, {disordered} in a wrong order, {copies} copies")
    for replica in replicas:
        replica.stop()
    if lost or disordered:
        raise SystemExit("The deliveries were not complete and in order.")
