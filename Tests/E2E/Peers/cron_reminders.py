"""Looks for due reminders every four seconds, as a cron job does: most of them are late."""

import asyncio

from peer import Peer


class CronReminders(Peer):
    async def remind(self):
        while True:
            await asyncio.sleep(4)
            await self.remind_due()


asyncio.run(CronReminders().serve())
