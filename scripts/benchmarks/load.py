"""Loads a server with wrk."""

import itertools
import os
import re
import sys
import tempfile
import time

from .common import CUSTOMERS, PROVIDERS, identifier, output, provider_token, token

UNITS = {"us": 0.001, "ms": 1, "s": 1000}
seeds = itertools.count(1)


class Load:
    """Requests for these bookings, by all providers and customers."""

    def __init__(self, ids, provider_count=PROVIDERS):
        self.ids = ids
        self.providers = [identifier("provider", number) for number in range(provider_count)]
        self.first_slot = int(time.time()) // 86_400 * 86_400 + 2 * 365 * 86_400

    def data(self):
        tables = {
            "ids": self.ids, "providers": self.providers,
            "provider_tokens": [provider_token(number) for number in range(len(self.providers))],
            "customer_tokens": [token(f"customer {number}", "customer") for number in range(CUSTOMERS)],
        }
        lists = ", ".join(f"{name} = {{{','.join(repr(item) for item in items)}}}" for name, items in tables.items())
        return (f"return {{{lists}, admin = {token('bench', 'admin')!r}, seed = {next(seeds)}, "
                f"first_slot = {self.first_slot}}}")

    def drive(self, server, kind, connections, seconds):
        """Returns requests a second, p50 and p99 in milliseconds, and CPU milliseconds for 1,000 requests."""
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as data:
            data.write(self.data())
            data.flush()
            before = server.cpu_seconds()
            text = output("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
                          os.path.dirname(__file__) + "/load.lua", server.address, "--", kind, data.name)
            cpu = server.cpu_seconds() - before
        if "Non-2xx" in text:
            sys.exit(f"{kind}: some responses were errors\n{text}")
        total = int(re.search(r"(\d+) requests in", text)[1])
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
        return rate, percentile(text, 50), percentile(text, 99), cpu * 1e6 / total


def percentile(text, name):
    value, scale = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * UNITS[scale]
