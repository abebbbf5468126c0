"""The limits of the store: pgbench with the same SQL on the same data."""

import os
import re
import subprocess
import tempfile
import time

from .common import BOOKINGS, PROVIDERS, log, output, row

COLUMNS = ("id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, "
           "created_at, updated_at")
CONDITION = "provider_id = md5('provider' || :p)::uuid and status not in ('cancelled', 'declined') and end_time > :now and start_time > :now::bigint - 86400000"
SQL = {
    "get": (f"\\set n random(1, {BOOKINGS})\n", f"select {COLUMNS} from bookings where id = md5('booking' || :n)::uuid;\n"),
    "page": (
        f"\\set p random(0, {PROVIDERS - 1})\n",
        f"""select counted.total, counted.changes_at, page.* from (
            select count(*) as total, min(end_time) as changes_at from bookings where {CONDITION}
        ) as counted left join lateral (
            select {COLUMNS} from bookings where {CONDITION} order by start_time, id limit 10
        ) as page on true order by start_time, id;\n"""),
    "create": (
        "\\set n random(1, 2000000000)\n",
        """select * from write_bookings(
            array[gen_random_uuid()], array[gen_random_uuid()], array[null::text], array[gen_random_uuid()],
            array[:now::bigint + :n::int], array[:now::bigint + :n::int + 1000], '{confirmed}', '{1}', '{1}', array[:now::bigint],
            array[:now::bigint], array[null::int], '{create}', '{bench}', '{admin}', '{r}', array[null::text],
            array[null::text], array[null::text], array[null::text], array[null::bytea], array[null::int], array[null::text],
            array[null::text], array[null::text], array[null::bytea], array[null::bigint], '{0}',
            '{1}', '{600000}', array[:now::bigint + :n::int - 600000]);\n"""),
}


def pgbench(url, kind, mode, seconds):
    """Returns statements a second."""
    draw, statement = SQL[kind]
    text = draw + statement
    if mode == "pipelined":
        text = "\\startpipeline\n" + text * 10 + "\\endpipeline\n"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(text)
        script.flush()
        binary = output("bash", "-c", "command -v pgbench || ls /usr/lib/postgresql/*/bin/pgbench | tail -1").strip()
        report = output(binary, "-n", "-f", script.name, "-M", {"simple": "simple"}.get(mode, "prepared"), "-c", "16",
                        "-j", "1", "-T", str(seconds), "-D", f"now={int(time.time() * 1000)}", url,
                        stderr=subprocess.DEVNULL,
                        # As on the server's connections. Otherwise PostgreSQL plans this page anew each time, which takes
                        # longer than reading it.
                        env={**os.environ, "PGOPTIONS": " ".join(f"-c {setting}" for setting in [
                            "plan_cache_mode=force_generic_plan", "enable_bitmapscan=off", "jit=off"])})
    rate = float(re.search(r"tps = ([\d.]+)", report)[1])
    return rate * (10 if mode == "pipelined" else 1)


def measure(url, only, seconds):
    """Prints statements a second; returns those of prepared statements by the kind of request."""
    log("pgbench: 16 connections, the same SQL and data; statements a second")
    row("", "simple", "prepared", "pipelined")
    rows = {"get": {"get", "mixed"}, "page": {"cached", "uncached", "mixed"}, "create": {"create", "mixed"}}
    limits = {}
    for kind in SQL:
        if not rows[kind] & set(only):
            continue
        rates = {mode: pgbench(url, kind, mode, seconds) for mode in ["simple", "prepared", "pipelined"]}
        limits[kind] = rates["prepared"]
        row(kind, *(f"{rate:.0f}" for rate in rates.values()))
    return limits
