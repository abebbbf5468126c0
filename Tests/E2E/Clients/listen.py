"""Prints every event that the official Socket.IO client receives, as a line of JSON. Arguments: the address, a token, the
transports (separated by commas; default: websocket), and the cursor to resume after."""

import asyncio
import json
import sys
import time

import socketio


def emit(**event):
    print(json.dumps(event), flush=True)


async def main(address, token, transports="websocket", after=None):
    client = socketio.AsyncClient(reconnection=False, ssl_verify=False)

    @client.event
    async def connect():
        emit(name="connect")

    @client.on("*")
    async def receive(name, data):
        emit(name=name, data=data, received_at=time.time())

    await client.connect(address, transports=transports.split(","), auth={"token": token, "after": after})
    await client.wait()


asyncio.run(main(*sys.argv[1:]))
