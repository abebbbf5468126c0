"""The rush hour: many reminders due at one instant, in three replicas, while customers are connected and book."""

import http.client
import json
import signal
import statistics
import threading
import time

from .common import identifier, log, output, token
from .servers import Server
from .sockets import SocketClients

REMINDERS, CLIENTS, REPLICAS = 100_000, 100, 3
LEAD = 600_000
CREATES_PER_SECOND = 50

# One booking for each of as many providers, all at one instant, for a hundred customers in turn.
FILL = """
create temporary table rush as select n, md5('rush' || :due || n)::uuid as id, md5('rusher' || :due || n)::uuid as provider,
  'customer ' || n % {clients} as customer from generate_series(1, {reminders}) n;
insert into bookings select id, provider, customer, md5('service')::uuid, :due + {lead}, :due + {lead} + 1800000, 'confirmed', 1,
  1, :now, :now from rush;
insert into booking_events select nextval('event_log_positions'), 'create', :now, id, provider, customer, md5('service')::uuid,
  :due + {lead}, :due + {lead} + 1800000, 'confirmed', 1, 1, :now, :now, null, null, null, 'bench', 'admin', 'r' || n from rush;
insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at) select id, 1, {lead}, :due, :now from rush;
vacuum analyze;
"""


class Creator(threading.Thread):
    """Sends creates to all replicas in turn at a constant rate and keeps how long each took, in milliseconds."""

    def __init__(self, ports, providers):
        super().__init__(daemon=True)
        self.ports, self.providers = ports, providers
        self.latencies, self.failures, self.is_running = [], 0, True
        self.start_time = int(time.time()) + 900 * 86_400

    def run(self):
        workers = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _work(self, number):
        """Each worker sends every fourth request. Latency counts from the instant at which a request was to be sent."""
        due, index = time.time() + number / CREATES_PER_SECOND, number
        while self.is_running:
            time.sleep(max(0, due - time.time()))
            try:
                self._create(index)
                self.latencies.append((time.time() - due) * 1000)
            except (OSError, http.client.HTTPException):
                self.failures += 1
            due, index = due + 4 / CREATES_PER_SECOND, index + 4

    def _create(self, index):
        start = self.start_time + index // len(self.providers) * 600
        body = {"provider_id": self.providers[index % len(self.providers)], "service_id": identifier("service", 1),
                "start_time": _instant(start), "end_time": _instant(start + 600)}
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[index % len(self.ports)], timeout=10)
        connection.request("POST", "/bookings", json.dumps(body), {
            "Authorization": f"Bearer {token(f'customer {index % CLIENTS}', 'customer')}",
            "Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        connection.close()
        if response.status != 201:
            raise http.client.HTTPException(response.status)

    def finish(self):
        self.is_running = False
        self.join()


def _instant(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _recorded(url, due):
    """Returns the number of reminders due at the instant that are recorded, and of those recorded more than once."""
    text = output("psql", "-X", "-A", "-t", "-F", " ", "-d", url, "-c",
                  f"select count(*), count(*) - count(distinct booking_id) from booking_events where due_at = {due}")
    return [int(number) for number in text.split()]


def _insert(url, due):
    sql = FILL.format(clients=CLIENTS, reminders=REMINDERS, lead=LEAD)
    output("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", f"due={due}", "-v", f"now={int(time.time() * 1000)}", "-d", url,
           "-f", "-", input=sql)


def _replica(binary, variables, port=0):
    return Server(binary, **{**variables, "CUSTOMER_ACCESS": "own", "PORT": str(port)})


def _rush(binary, variables, kills):
    """Returns the seconds from the instant to the last record and to the last delivery, and the latencies of creates."""
    url = variables["DATABASE_URL"]
    replicas = [_replica(binary, variables) for _ in range(REPLICAS)]
    due = (int(time.time()) + 30) * 1000
    _insert(url, due)
    clients = SocketClients(b'42["booking.reminder"')
    if not kills:
        for number in range(CLIENTS):
            clients.connect(replicas[number % REPLICAS].port, token(f"customer {number}", "customer"))
        clients.start()
    creator = Creator([replica.port for replica in replicas], [identifier("provider", number) for number in range(1000)])
    time.sleep(max(0, due / 1000 - 1 - time.time()))
    creator.start()
    recorded, delivered = _wait_for_records(url, due, replicas, binary, variables, kills), None
    if not kills:
        delivered = clients.wait(REMINDERS, 60)
        clients.stop()
    creator.finish()
    twice = _recorded(url, due)[1]
    for replica in replicas:
        replica.stop()
    return recorded - due / 1000, delivered and delivered - due / 1000, creator, twice


def _wait_for_records(url, due, replicas, binary, variables, kills):
    """Returns when all reminders were recorded. Meanwhile a replica in turn is killed each second and started again."""
    end, killed, next_kill = time.time() + 180, 0, due / 1000 + 0.5
    while time.time() < end:
        if _recorded(url, due)[0] >= REMINDERS:
            return time.time()
        if kills and time.time() >= next_kill:
            number = killed % REPLICAS
            replicas[number].process.send_signal(signal.SIGKILL)
            replicas[number].process.wait()
            replicas[number] = _replica(binary, variables, replicas[number].port)
            killed, next_kill = killed + 1, next_kill + 1
        time.sleep(0.1)
    raise SystemExit("The reminders were not recorded in three minutes.")


def measure(binary, variables):
    """Prints how long recording and delivery took, and how long creates took meanwhile."""
    for kills in [False, True]:
        log(f"{REMINDERS} reminders of one instant, {REPLICAS} replicas" + (", one killed each second" if kills else ""))
        recorded, delivered, creator, twice = _rush(binary, variables, kills)
        latencies = sorted(creator.latencies)
        slow = latencies[len(latencies) * 99 // 100] if latencies else 0
        print(f"{'with kills' if kills else 'reminders':18}recorded in {recorded:.1f} s, {twice} twice"
              + (f", delivered in {delivered:.1f} s" if delivered else "" if kills else ", not all delivered")
              + f"; {len(latencies)} creates: p50 {statistics.median(latencies or [0]):.0f} ms, p99 {slow:.0f} ms, "
              + f"{creator.failures} failed", flush=True)
