"""Shows and changes every booking for everybody who has a token."""

import asyncio

from peer import Peer


class NoOwnership(Peer):
    def may_read(self, claims, booking):
        return True


asyncio.run(NoOwnership().serve())
