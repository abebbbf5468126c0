"""The bookings that are in the database before the load begins."""

import json
import time
import urllib.request

from .common import BOOKINGS, PROVIDERS, identifier, token

# Each provider's bookings begin tomorrow, an hour apart. They were made over the last forty days: most of their events are
# older than the retention of the event log.
FILL = f"""
create temporary table numbered as
  select n, md5('booking' || n)::uuid as id, md5('provider' || n % {PROVIDERS})::uuid as provider,
    (extract(epoch from now())::bigint + 86400 + n / {PROVIDERS} * 3600) * 1000 as start,
    (extract(epoch from now())::bigint - 40 * 86400::bigint * ({BOOKINGS} - n) / {BOOKINGS}) * 1000 as made
  from generate_series(1, {BOOKINGS}) n;
insert into bookings select id, provider, null, md5('service')::uuid, start, start + 1800000, 'confirmed', 1, 1, made, made
  from numbered;
insert into booking_events select n, 'create', made, id, provider, null, md5('service')::uuid, start, start + 1800000,
  'confirmed', 1, 1, made, made, null, null, null, 'bench', 'admin', 'r' || n from numbered;
select setval('event_log_positions', {BOOKINGS});
vacuum analyze;
"""


def create_by_requests(server):
    """Creates a hundred bookings of ten providers by requests; returns their ids. For stores without `psql`."""
    def instant(seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))

    ids = []
    for number in range(100):
        start = time.time() + 86_400 + 600 * number
        body = {"provider_id": identifier("provider", number % 10), "service_id": identifier("service", 1),
                "start_time": instant(start), "end_time": instant(start + 600)}
        request = urllib.request.Request(
            server.address + "/bookings", json.dumps(body).encode(),
            {"Authorization": f"Bearer {token('bench', 'admin')}", "Content-Type": "application/json"})
        ids.append(json.load(urllib.request.urlopen(request))["id"])
    return ids
