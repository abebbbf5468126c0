"""Checks whether a slot is free, awaits, and then inserts: bookings that race for a slot are all created."""

import asyncio

from peer import Peer


class CheckThenInsert(Peer):
    async def store(self, booking):
        self.check_free(booking)
        await asyncio.sleep(0.02)
        self.bookings[booking["id"]] = booking


asyncio.run(CheckThenInsert().serve())
