"""scripts/bench --history: the latency of each route with 10,000, 100,000 and 1,000,000 bookings.

Nine of ten bookings lie in the past, with events older than the retention of the event log. The bookings of a day are the
same in each database, and so is what is upcoming within a day: only the length of the history differs. One provider and
one customer have every tenth booking.
"""

import http.client
import json
import os
import statistics
import time
import uuid

from .common import SECRET, identifier, log, output, token
from .servers import Server

SIZES = [10_000, 100_000, 1_000_000]
WARM_UP, REQUESTS = 20, 200
# Seconds between the starts of two bookings.
INTERVAL = 86
BUSY_PROVIDER, BUSY_CUSTOMER = identifier("provider", 0), "customer0"

COLUMNS = """id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at,
  updated_at"""


def fill(size):
    """Returns SQL that makes the bookings: created eight days before their start, or in the last three days, and
    completed at their start if that is past."""
    past = size * 9 // 10
    return f"""
set work_mem = '256MB';
create temporary table numbered as
  select n, n <= {past} as is_past, (extract(epoch from now())::bigint + (n - {past}) * {INTERVAL}) * 1000 as start,
    case when n % 10 = 0 then md5('provider0') else md5('provider' || n % 1000) end::uuid as provider,
    'customer' || case when n % 10 = 1 then 0 else n % 1000 end as customer
  from generate_series(1::bigint, {size}) n;
insert into bookings ({COLUMNS})
select md5('booking' || n)::uuid, provider, customer, md5('service' || n % 10)::uuid, start, start + 80000,
  case when is_past then 'completed' else 'confirmed' end, case when is_past then 2 else 1 end, 1, made, made
from (
  select *, case when is_past then start - 8 * 86400000
    else (extract(epoch from now())::bigint * 1000 - 3 * 86400000 * ({size} - n) / ({size} - {past})) end as made
  from numbered
) made;
insert into booking_events (position, action, occurred_at, booking_id, provider_id, customer_id, service_id, start_time,
  end_time, status, version, times_version, created_at, updated_at, actor_subject, actor_roles, request_id)
select row_number() over (order by created_at, id, step), case step when 1 then 'create' else 'complete' end,
  created_at, id, provider_id, customer_id, service_id, start_time, end_time,
  case step when 1 then 'confirmed' else status end, step, 1, created_at, created_at, 'bench', 'admin', 'r'
from bookings cross join generate_series(1, 2) step where step <= version;
select setval('event_log_positions', (select max(position) from booking_events));
-- As in a service that ran all the time: otherwise the log would be trimmed while routes are measured.
update event_log_floor set floor = (select coalesce(max(position), 0) from booking_events
  where occurred_at < (extract(epoch from now())::bigint - 7 * 86400) * 1000);
vacuum analyze;
"""


class Database:
    """A database of one size with a server that caches no page."""

    def __init__(self, size, base, redis, binary):
        self.size = size
        self.url = base.rsplit("/", 1)[0] + f"/history{size}"
        environment = {"DATABASE_URL": self.url, "REDIS_URL": redis, "CUSTOMER_ACCESS": "own", "CACHE_TTL_SECONDS": "0"}
        output("psql", "-X", "-q", "-d", base, "-c", f"create database history{size}")
        output(binary, "migrate",
               env={**os.environ, **environment, "APP_ENV": "test", "JWT_SECRET": SECRET.decode()})
        output("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-f", "-", input=fill(size))
        self.server = Server(binary, **environment)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port)

    def send(self, method, path, bearer, body=None, expected=200):
        """Returns the body and the milliseconds that the request took."""
        headers = {"Authorization": f"Bearer {bearer}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        begin = time.perf_counter()
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self.connection.getresponse()
        text = response.read()
        elapsed = (time.perf_counter() - begin) * 1000
        if response.status != expected:
            raise SystemExit(f"{method} {path}: {response.status} {text.decode()}")
        return json.loads(text), elapsed


def instant(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Routes:
    """The requests that are measured on one database."""

    def __init__(self, database):
        self.database = database
        self.admin = token("bench", "admin")
        self.made = 0
        self.first_start = time.time() + 3000 * 86_400
        new_provider = token(str(uuid.uuid4()), "provider")
        self.end = self.cursor(new_provider, 10)
        self.beginning = self.cursor(self.admin, 100)
        self.provider = token(BUSY_PROVIDER, "provider")
        self.customer = token(BUSY_CUSTOMER, "customer")

    def cursor(self, bearer, limit):
        return self.database.send("GET", f"/events?limit={limit}", bearer)[0]["meta"]["next"]

    def get(self, path, bearer):
        return lambda: self.database.send("GET", path, bearer)[1]

    def body(self, number):
        start = self.first_start + number * 600
        return {"provider_id": BUSY_PROVIDER, "service_id": identifier("service", 1), "customer_id": BUSY_CUSTOMER,
                "start_time": instant(start), "end_time": instant(start + 600)}

    def create(self):
        self.made += 1
        return self.database.send("POST", "/bookings", self.admin, self.body(self.made), expected=201)

    def refuse(self):
        if self.made == 0:
            self.create()
        return self.database.send("POST", "/bookings", self.admin, self.body(1), expected=409)[1]

    def cancel(self):
        booking = self.create()[0]
        return self.database.send("POST", f"/bookings/{booking['id']}/cancel", self.admin, {})[1]

    def all(self):
        past = identifier("booking", self.database.size // 2)
        callers = [("provider", self.provider), ("customer", self.customer), ("admin", self.admin)]
        lists = {"upcoming": "/bookings/upcoming?limit=10", "past": "/bookings/past?limit=10", "all": "/bookings?limit=10"}
        return {
            "get": self.get(f"/bookings/{past}", self.admin),
            **{f"{caller} {name}": self.get(path, bearer) for caller, bearer in callers
               for name, path in lists.items()},
            "feed from a cursor": self.get(f"/events?limit=10&after={self.beginning}", self.admin),
            "feed from the beginning": self.get("/events?limit=10", self.admin),
            "provider's feed": self.get("/events?limit=10", self.provider),
            "feed at the end": self.get(f"/events?limit=10&after={self.end}", self.admin),
            "history": self.get(f"/bookings/{past}/history", self.admin),
            "create": lambda: self.create()[1],
            "cancel": self.cancel,
            "refused create": self.refuse,
        }


def count_long_lists(databases, routes):
    """Requests every list, and waits until the owners of long ones are counted, as they are after their first lists."""
    for _ in range(2):
        for measured in routes:
            for name in measured:
                if name.split()[0] in ["provider", "customer", "admin"]:
                    measured[name]()
        time.sleep(0.5)
        while any(_is_counting(database.url) for database in databases):
            time.sleep(0.5)


def _is_counting(url):
    sql = "select count(*) from pg_stat_activity where state <> 'idle' and query like '%count_owner%' and pid <> pg_backend_pid()"
    return output("psql", "-X", "-A", "-t", "-d", url, "-c", sql).strip() != "0"


def run(services, binary):
    """Measures each route on the databases in turn, and prints the medians and the ratio of the largest to the smallest."""
    databases = []
    for size in SIZES:
        log(f"Inserting {size} bookings")
        databases.append(Database(size, services["DATABASE_URL"], services["REDIS_URL"], binary))
    routes = [Routes(database).all() for database in databases]
    log("Counting the bookings of those who have many")
    count_long_lists(databases, routes)
    log("Medians in milliseconds of one request after the other, and the ratio of the largest to the smallest database")
    print(f"{'':26}" + "".join(f"{size:>12,}" for size in SIZES) + f"{'ratio':>10}")
    for name in routes[0]:
        times = [[] for _ in databases]
        for number in range(WARM_UP + REQUESTS):
            for index, measured in enumerate(routes):
                elapsed = measured[name]()
                if number >= WARM_UP:
                    times[index].append(elapsed)
        medians = [statistics.median(values) for values in times]
        print(f"{name:26}" + "".join(f"{median:12.2f}" for median in medians)
              + f"{medians[-1] / medians[0]:10.2f}", flush=True)
    for database in databases:
        database.server.stop()
