"""The simulator's load generator beside wrk: the same requests to the same server, in alternation."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

from . import data
from .common import ROOT, SECRET, log, output, row
from .load import Load
from .servers import Server

CONNECTIONS = 64


def build():
    """Builds the release; returns the path of the simulator."""
    log("Building the simulator")
    subprocess.run(["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "simulator"],
                   check=True, cwd=ROOT, stdout=sys.stderr)
    return output("swift", "build", "-c", "release", "--show-bin-path").strip() + "/simulator"


def children_seconds():
    """The processor time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wrk(load, server, seconds):
    """Returns requests a second, and microseconds of wrk's processor time for each."""
    before = children_seconds()
    rate, *_ = load.drive(server, "get", CONNECTIONS, seconds)
    return rate, (children_seconds() - before) / (rate * seconds) * 1e6


def simulator(path, server, rate, seconds):
    """Offers a rate on as many connections as wrk has. Returns what wrk does."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [path, "load", "--target", server.address, "--mix", "get=1", "--providers", "10", "--rate", str(rate),
             "--duration", f"{seconds}s", "--in-flight", str(CONNECTIONS), "--report", folder],
            env={**os.environ, "JWT_SECRET": SECRET.decode()}, stdout=subprocess.DEVNULL, check=False)
        result = json.load(open(folder + "/load.json"))
    total = next(entry for entry in result["rows"] if entry["name"] == "total")
    return total["answered"] / result["seconds"], result["generator"]["processor_us_per_request"]


def measure(binary, path, rounds, seconds):
    """Prints the rate that each reaches, and its processor time for a request at that rate and at half of it."""
    server = Server(binary)
    load = Load(data.create_by_requests(server), provider_count=10)
    figures = []
    for _ in range(rounds):
        highest, cost = wrk(load, server, seconds)
        # A rate that the server cannot serve: as many requests are in flight at each instant as wrk has connections.
        reached, full = simulator(path, server, 1.5 * highest, seconds)
        _, half = simulator(path, server, 0.5 * highest, seconds)
        figures.append((highest, reached, reached / highest, cost, full, half))
    server.stop()
    row("", "wrk/s", "ours/s", "ratio", "wrk us", "ours us", "at half")
    rates, costs = ["{:.0f}"] * 2, ["{:.1f}"] * 3
    for name, values in [*enumerate(figures, 1), ("median", [statistics.median(each) for each in zip(*figures)])]:
        row(str(name), *(form.format(value) for form, value in zip([*rates, "{:.2f}", *costs], values)))
