"""Prints every event that a Socket.IO client hears, a line of JSON each. Arguments: the address, a token, and
the transports, comma separated (websocket when left out), and the cursor to resume after."""

import asyncio
import json
import sys
import time

import socketio


def say(**line):
    print(json.dumps(line), flush=True)


async def main(address, token, transports="websocket", after=None):
    client = socketio.AsyncClient(reconnection=False)

    @client.event
    async def connect():
        say(name="connect")

    @client.on("*")
    async def heard(name, data):
        say(name=name, data=data, received_at=time.time())

    await client.connect(address, transports=transports.split(","), auth={"token": token, "after": after})
    await client.wait()


asyncio.run(main(*sys.argv[1:]))
