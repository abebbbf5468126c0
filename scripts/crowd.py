#!/usr/bin/env python3
"""Writers, readers and Socket.IO clients of all transports in one process, to be run by .venv/bin/python3.

Usage: scripts/crowd.py ADDRESS [options]

Prints a line of JSON when all sockets are connected, then writes and reads until a line comes on standard input, or
for --seconds. Afterwards it waits until each socket has the event of each booking that was created, and prints what
failed. Each socket resumes by the cursor of its last event, as the official clients do it. Clients have addresses of
their own (127.0.0.2 and on), so that a proxy that routes by address divides them."""

import argparse
import asyncio
import collections
import datetime
import itertools
import json
import logging
import random
import sys
import time
import uuid

import aiohttp
import socketio

TRANSPORTS = [["polling"], ["polling", "websocket"], ["websocket"]]
# How long events may take to arrive after the last write, in seconds; a loaded machine is slow.
PATIENCE = 90


def emit(**line):
    print(json.dumps(line), flush=True)


def session(number, **arguments):
    """Returns an HTTP client with an address of its own. It keeps one connection."""
    address = f"127.0.0.{2 + number % 250}"
    connector = aiohttp.TCPConnector(local_addr=(address, 0), limit=4)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30), **arguments)


class Crowd:
    """What all clients share."""

    def __init__(self, options, token):
        self.options, self.token = options, token
        self.is_over = asyncio.Event()
        self.requests, self.failed = collections.Counter(), []
        self.created, self.places = [], {}
        self.followers = []

    def place(self, booking):
        """Returns the number of a booking, by the order in which it was heard of."""
        return self.places.setdefault(booking, len(self.places))

    def failure(self, what, reason):
        self.failed.append({"at": time.time(), "what": what, "reason": reason[:200]})

    async def request(self, client, method, path, wanted, **arguments):
        """Sends a request, and notes when it is not answered as wanted. Returns the body, or None."""
        what = f"{method} {path.split('?')[0]}"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with client.request(method, self.options.address + path, headers=headers, **arguments) as response:
                body = await response.json(content_type=None)
                self.requests[f"{response.status}"] += 1
                if response.status == wanted:
                    return body
                self.failure(what, f"{response.status}: {json.dumps(body)}")
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            self.requests["none"] += 1
            self.failure(what, repr(error))
        return None

    async def pause(self, seconds):
        """Waits, but not longer than until the end."""
        try:
            await asyncio.wait_for(self.is_over.wait(), seconds)
        except asyncio.TimeoutError:
            pass


async def write(crowd, number):
    """Creates bookings, one after the other, each for a time of its own."""
    provider, start = str(uuid.uuid4()), datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    async with session(number) as client:
        for minute in itertools.count():
            if crowd.is_over.is_set():
                return
            times = [(start + datetime.timedelta(minutes=minute + end)).strftime("%Y-%m-%dT%H:%M:%SZ") for end in (0, 1)]
            body = {"provider_id": provider, "service_id": str(uuid.uuid4()), "start_time": times[0], "end_time": times[1]}
            booking = await crowd.request(client, "POST", "/bookings", 201, json=body)
            if booking:
                crowd.created.append(booking["id"])
            await crowd.pause(crowd.options.pause)


async def read(crowd, number):
    """Reads lists, bookings and pages of events."""
    async with session(number) as client:
        for turn in itertools.count():
            if crowd.is_over.is_set():
                return
            booking = random.choice(crowd.created) if crowd.created else None
            paths = ["/bookings/upcoming?limit=10", "/bookings?limit=5", "/events?limit=10", "/bookings/past?limit=10"]
            path = f"/bookings/{booking}" if booking and turn % 2 else paths[turn // 2 % len(paths)]
            await crowd.request(client, "GET", path, 200)
            await crowd.pause(crowd.options.pause / 4)


class Follower:
    """A client that is to receive the event of each booking once, however often it is away."""

    def __init__(self, crowd, number):
        self.crowd, self.number, self.transports = crowd, number, TRANSPORTS[number % len(TRANSPORTS)]
        self.after, self.counts, self.client = None, bytearray(), None
        self.connects = self.resyncs = 0
        self.connected = asyncio.Event()

    def receive(self, name, data):
        if name == "resync":
            self.resyncs += 1
            return
        self.after = data["event"]["cursor"]
        place = self.crowd.place(data["id"])
        if place >= len(self.counts):
            self.counts.extend(bytes(place + 256 - len(self.counts)))
        self.counts[place] = min(self.counts[place] + 1, 255)

    def lacks(self):
        """Returns how many bookings' events it does not have."""
        places = self.crowd.places
        return sum(self.count(places.get(booking)) == 0 for booking in self.crowd.created)

    def count(self, place):
        return self.counts[place] if place is not None and place < len(self.counts) else 0

    async def stay(self, seconds):
        """Is connected for this time, or to the end without one; the client reconnects by itself."""
        async with session(self.number) as http:
            self.client = client = socketio.AsyncClient(http_session=http, reconnection_delay_max=2)

            @client.event
            async def connect():
                self.connects += 1
                self.connected.set()

            # One that has left may still be about to come back.
            client.on("*", lambda name, data: self.receive(name, data) if client is self.client else None)
            auth = lambda: {"token": self.crowd.token, "after": self.after}  # noqa: E731
            await client.connect(self.crowd.options.address, transports=self.transports, auth=auth, retry=True)
            try:
                await (asyncio.sleep(seconds) if seconds else asyncio.Event().wait())
            finally:
                await asyncio.shield(self.leave(client))

    async def leave(self, client):
        """Ends the client, also while it reconnects, which `disconnect` alone would let go on."""
        self.client, client.reconnection = None, False
        try:
            async with asyncio.timeout(10):
                await client.shutdown()
                # The attempt that was in progress may have succeeded.
                if client.connected:
                    await client.disconnect()
        except (asyncio.TimeoutError, socketio.exceptions.SocketIOError):
            pass

    async def run(self):
        """Follows to the end. With --stay it goes and comes back all the time until the writers have ended."""
        crowd, stay = self.crowd, self.crowd.options.stay
        while True:
            going = stay and not crowd.is_over.is_set()
            try:
                await self.stay(random.uniform(0.5, 1.5) * stay if going else None)
            except (socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError) as error:
                if not going:
                    crowd.failure("socket", repr(error))
            await asyncio.sleep(random.uniform(0, 1))


async def connect_all(crowd):
    """Starts the followers, some at a time, and returns their tasks when all have been connected."""
    tasks = []
    for first in range(0, crowd.options.sockets, 25):
        some = [Follower(crowd, number) for number in range(first, min(first + 25, crowd.options.sockets))]
        crowd.followers += some
        tasks += [asyncio.create_task(follower.run()) for follower in some]
        await asyncio.wait_for(asyncio.gather(*(follower.connected.wait() for follower in some)), PATIENCE)
    return tasks


async def until_told(options):
    """Returns after --seconds, or when a line or the end comes on standard input."""
    if options.seconds:
        await asyncio.sleep(options.seconds)
        return
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await lines.readline()


async def everything_arrived(crowd):
    end = time.monotonic() + PATIENCE
    while any(follower.lacks() for follower in crowd.followers) and time.monotonic() < end:
        await asyncio.sleep(0.5)


def summary(crowd):
    """Returns what is to be judged, and what shows that something was done at all."""
    by_transport = collections.Counter()
    for follower in crowd.followers:
        by_transport["+".join(follower.transports)] += follower.lacks()
    return {
        "requests": dict(crowd.requests), "failed": crowd.failed, "created": len(crowd.created),
        "sockets": len(crowd.followers), "connects": sum(follower.connects for follower in crowd.followers),
        "missed": dict(by_transport), "resyncs": sum(follower.resyncs for follower in crowd.followers),
        "twice": sum(count > 1 for follower in crowd.followers for count in follower.counts),
    }


async def main(options):
    async with aiohttp.ClientSession() as client:
        body = {"sub": "crowd", "roles": ["admin"], "ttl_seconds": 86400}
        async with client.post(options.address + "/auth/token", json=body) as response:
            token = (await response.json())["access_token"]
    crowd = Crowd(options, token)
    followers = await connect_all(crowd)
    emit(ready=True)
    work = [asyncio.create_task(write(crowd, number)) for number in range(options.writers)]
    work += [asyncio.create_task(read(crowd, options.writers + number)) for number in range(options.readers)]
    await until_told(options)
    crowd.is_over.set()
    await asyncio.gather(*work)
    await everything_arrived(crowd)
    for follower in followers:
        follower.cancel()
    await asyncio.gather(*followers, return_exceptions=True)
    emit(**summary(crowd))


if __name__ == "__main__":
    # The client reports each connection that it loses; what counts here is what it missed.
    for library in ("engineio.client", "socketio.client"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--sockets", type=int, default=200, help="Socket.IO clients (default: %(default)s)")
    parser.add_argument("--writers", type=int, default=4, help="(default: %(default)s)")
    parser.add_argument("--readers", type=int, default=4, help="(default: %(default)s)")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two bookings of a writer (default: %(default)s)")
    parser.add_argument("--stay", type=float, help="seconds after which a socket goes and comes back (default: it stays)")
    parser.add_argument("--seconds", type=float, help="how long (default: until a line comes on standard input)")
    asyncio.run(main(parser.parse_args()))
