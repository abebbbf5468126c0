#!/usr/bin/env python3
"""Runs commands, several at a time, in the order given.

Usage: scripts/jobs.py [--width N] < COMMANDS       one shell command a line

Each command writes to a file of its own, which is printed whole when the command ends, so that lines of different
commands never mix. Ends with 1 if a command failed, after all of them have ended."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

# How long one command may take, in seconds. One that hangs is killed, so that the others are still reported.
LIMIT = 1200


@dataclass
class Job:
    """A command with the name under which it is reported, and what came of it."""

    name: str
    command: list[str]
    status: int = -1
    output: str = ""
    seconds: float = 0


def run(jobs, width):
    """Runs the jobs, `width` at a time, and yields each one when it has ended."""
    waiting, ended, changed = list(jobs), [], threading.Condition()

    def work():
        while True:
            with changed:
                if not waiting:
                    return
                job = waiting.pop(0)
            execute(job)
            with changed:
                ended.append(job)
                changed.notify()

    for _ in range(width):
        threading.Thread(target=work, daemon=True).start()
    for _ in jobs:
        with changed:
            changed.wait_for(lambda: ended)
            job = ended.pop(0)
        yield job


running = set()


def execute(job):
    """Runs one job in a process group of its own, which is killed when it exceeds the limit."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as file:
        process = subprocess.Popen(
            job.command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        running.add(process.pid)
        try:
            job.status = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            job.status = process.wait()
            file.write(f"\n{job.name}: killed after {LIMIT} s\n".encode())
        running.discard(process.pid)
        file.seek(0)
        job.output = file.read().decode(errors="replace")
    job.seconds = time.monotonic() - begun


def end_with(number, _):
    """Ends what runs, and then this process."""
    for group in list(running):
        os.killpg(group, signal.SIGTERM)
    sys.exit(128 + number)


def stop_jobs_when_stopped():
    """Jobs are in process groups of their own: an interrupt from the terminal reaches them only through this process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_with)


def processors():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=processors(), help="commands at a time (default: %(default)s)")
    options = parser.parse_args()
    lines = [line for line in sys.stdin.read().splitlines() if line]
    stop_jobs_when_stopped()
    failed = []
    for job in run([Job(line, ["bash", "-euo", "pipefail", "-c", line]) for line in lines], options.width):
        print(f"==> {job.name}: {job.seconds:.0f} s\n{job.output}", end="", flush=True)
        if job.status != 0:
            failed.append(f"{job.name}: ended with exit status {job.status}")
    for line in failed:
        print(line, file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
