"""A small implementation of the service's basic contract, without a known fault. The servers beside it each change one thing.

Usage: peer.py. It prints its port. JWT_SECRET signs its tokens; a reminder is due LEAD_SECONDS before a booking starts.
"""

import asyncio
import os
import time
import uuid

import socketio
from aiohttp import web

from peer_inputs import Refused, claims_of, parse, read_booking

ACTIVE = "confirmed"


class Peer:
    lead = float(os.environ.get("LEAD_SECONDS", "3"))

    def __init__(self):
        self.bookings = {}
        self.sockets = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*")
        self.sockets.on("connect", self.connected)

    async def store(self, booking):
        """Checks and inserts without a suspension in between."""
        self.check_free(booking)
        self.bookings[booking["id"]] = booking

    def may_read(self, claims, booking):
        return "admin" in claims["roles"] or booking["provider_id"] == claims["sub"]

    def page(self, rows, query, limit):
        """Pages by key: the cursor is the start and id of the last row."""
        number, cursor = int(query.get("page", 1)), query.get("cursor")
        if cursor:
            rows = [row for row in rows if f'{row["start_time"]}/{row["id"]}' > cursor]
        data = rows[(number - 1) * limit : number * limit]
        more = number * limit < len(rows)
        return data, f'{data[-1]["start_time"]}/{data[-1]["id"]}' if data and more else None

    async def remind(self):
        while True:
            await asyncio.sleep(0.02)
            await self.remind_due()

    def check_free(self, booking):
        for other in self.bookings.values():
            if (other["status"] == ACTIVE and other["provider_id"] == booking["provider_id"]
                    and parse(other["start_time"]) < parse(booking["end_time"])
                    and parse(booking["start_time"]) < parse(other["end_time"])):
                raise Refused(409)

    async def remind_due(self):
        for booking in list(self.bookings.values()):
            due = parse(booking["start_time"]) - self.lead
            if booking["status"] == ACTIVE and not booking.get("reminded") and due <= time.time():
                booking["reminded"] = True
                await self.emit("booking.reminder", {"booking_id": booking["id"]}, booking)

    async def emit(self, name, data, booking):
        rooms = [f'provider:{booking["provider_id"]}', f'customer:{booking["customer_id"]}', "admin"]
        await self.sockets.emit(name, data, to=rooms)

    async def connected(self, sid, environ, auth):
        try:
            claims = claims_of((auth or {})["token"])
        except Exception:
            raise socketio.exceptions.ConnectionRefusedError("unauthorized")
        for role in claims["roles"]:
            await self.sockets.enter_room(sid, "admin" if role == "admin" else f'{role}:{claims["sub"]}')

    def shown(self, booking):
        return {name: value for name, value in booking.items() if name != "reminded"}

    def read(self, request, claims):
        booking = self.bookings.get(request.match_info["id"])
        if booking is None or not self.may_read(claims, booking):
            raise Refused(404)
        return booking

    async def create(self, request, claims):
        try:
            body = read_booking(await request.text())
        except Exception:
            raise Refused(400)
        roles = claims["roles"]
        if not roles or roles == ["provider"] and body["provider_id"] != claims["sub"]:
            raise Refused(403)
        booking = {**body, "id": str(uuid.uuid4()), "status": ACTIVE, "customer_id": claims["sub"]}
        await self.store(booking)
        await self.emit("booking.created", self.shown(booking), booking)
        return web.json_response(self.shown(booking), status=201)

    async def get(self, request, claims):
        return web.json_response(self.shown(self.read(request, claims)))

    async def cancel(self, request, claims):
        booking = self.read(request, claims)
        booking["status"] = "cancelled"
        await self.emit("booking.cancelled", self.shown(booking), booking)
        return web.json_response(self.shown(booking))

    async def list(self, request, claims):
        ahead = request.path.endswith("upcoming")
        rows = [row for row in self.bookings.values()
                if row["status"] == ACTIVE and self.may_read(claims, row) and (parse(row["end_time"]) > time.time()) == ahead]
        rows.sort(key=lambda row: (row["start_time"], row["id"]), reverse=not ahead)
        limit = request.query.get("limit", "10")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise Refused(400)
        data, cursor = self.page(rows, request.query, int(limit))
        return web.json_response({"data": [self.shown(row) for row in data],
                                  "meta": {"total": len(rows), "next_cursor": cursor}})

    def route(self, handler):
        async def handle(request):
            try:
                claims = claims_of(request.headers["Authorization"].removeprefix("Bearer "))
            except Exception:
                return web.json_response({}, status=401)
            try:
                return await handler(request, claims)
            except Refused as refused:
                return web.json_response({}, status=refused.status)
        return handle

    async def serve(self):
        app = web.Application(client_max_size=1 << 16)
        self.sockets.attach(app)
        app.router.add_get("/health", lambda request: asyncio.sleep(0, web.json_response({"status": "ok"})))
        for path in ("/bookings/upcoming", "/bookings/past"):
            app.router.add_get(path, self.route(self.list))
        app.router.add_post("/bookings", self.route(self.create))
        app.router.add_get("/bookings/{id}", self.route(self.get))
        app.router.add_post("/bookings/{id}/cancel", self.route(self.cancel))
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await self.remind()


if __name__ == "__main__":
    asyncio.run(Peer().serve())
