"""Pages by offset: what changes in front of a page shifts the next one."""

import asyncio

from peer import Peer


class OffsetPages(Peer):
    def page(self, rows, query, limit):
        offset = int(query.get("cursor", (int(query.get("page", 1)) - 1) * limit))
        more = offset + limit < len(rows)
        return rows[offset : offset + limit], str(offset + limit) if more else None


asyncio.run(OffsetPages().serve())
