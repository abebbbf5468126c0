"""Follows all events with the official Socket.IO client, which reconnects by itself: each CONNECT carries the cursor of the
last event that was received. Prints a line of JSON for each connect, disconnect and event. Arguments: the address, a
token, and the transports (separated by commas). A query of the address is sent with every request.

A line of standard input replaces the token of the next CONNECT. With "-" as token the client is started first, prints the
line "ready", and connects with the token that it then reads."""

import asyncio
import json
import sys
import time

import socketio


def emit(**line):
    print(json.dumps({**line, "at": time.monotonic()}), flush=True)


async def main(address, token, transports):
    client = socketio.AsyncClient()
    state = {"token": token, "after": None}

    @client.event
    async def connect():
        emit(name="connect")

    @client.event
    async def connect_error(reason):
        emit(name="connect_error", reason=str(reason))

    @client.event
    async def disconnect(reason):
        emit(name="disconnect", reason=reason)

    @client.on("*")
    async def receive(name, data):
        if name == "resync":
            state["after"] = data["oldest"]
        else:
            state["after"] = data["event"]["cursor"]
        emit(name=name, id=data.get("id"))

    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def read_tokens():
        while line := await lines.readline():
            state["token"] = line.decode().strip()

    if token == "-":
        emit(name="ready")
        state["token"] = (await lines.readline()).decode().strip()
    reading = asyncio.create_task(read_tokens())
    await client.connect(address, transports=transports.split(","), auth=lambda: dict(state))
    await client.wait()
    reading.cancel()


asyncio.run(main(*sys.argv[1:]))
