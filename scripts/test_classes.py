#!/usr/bin/env python3
"""Runs the test classes of a built test bundle in several processes side by side, those that take longest first.

Usage: scripts/test_classes.py BUNDLE [--target UnitTests | --target E2ETests] [--record]

Ports, folders and databases of the tests are their own, so that classes of different processes do not meet. A class
that takes long has a process to itself; the others share one with classes of the same target. Classes that measure
time run at the end, alone. The output of a process
is printed whole when it ends; the last lines have the totals of all. Tests/durations.txt says how long each class
took; --record writes it anew."""

import argparse
import itertools
import pathlib
import re
import subprocess
import sys
import time

import jobs

DURATIONS = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "durations.txt"
# Classes are put together up to this many seconds; the first end-to-end test of a process starts PostgreSQL.
TOGETHER = 30
# Classes that measure time themselves. They run after the others, and one at a time.
ALONE = {"E2ETests.LoadTests"}
# What a class is taken for that is not in the file.
UNKNOWN = {"UnitTests": 0.2, "E2ETests": 5}


def listed(bundle, *arguments):
    """Returns the tests that the bundle has, as TARGET.CLASS/TEST."""
    output = subprocess.run([bundle, *arguments, "--list-tests"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line for line in output.splitlines() if re.match(r"\w+\.\w+/", line)]


def durations():
    """Returns the seconds that each class took when the file was written."""
    if not DURATIONS.exists():
        return {}
    lines = [line.split() for line in DURATIONS.read_text().splitlines() if line and not line.startswith("#")]
    return {name: float(seconds) for seconds, name in lines}


def groups(classes, known):
    """Returns lists of classes of one target, those that take longest first."""
    full, open_groups = [], {}
    for name in classes:
        target = name.split(".")[0]
        seconds = known.get(name, UNKNOWN.get(target, 1))
        if seconds >= TOGETHER:
            full.append((seconds, [name]))
            continue
        total, names = open_groups.get(target, (0, []))
        if names and total + seconds > TOGETHER:
            full.append((total, names))
            total, names = 0, []
        open_groups[target] = (total + seconds, names + [name])
    full += open_groups.values()
    return [names for _, names in sorted(full, key=lambda group: -group[0])]


class Totals:
    """What all processes reported together."""

    def __init__(self):
        self.executed = self.failures = self.unexpected = self.swift_testing = 0
        self.failed, self.seconds = [], {}

    def add(self, job):
        """Reads the output of a process."""
        suites = re.findall(r"^Test Suite '(.*?)' (?:passed|failed) at .*\n\t Executed (\d+) tests?, with (\d+) "
                            r"failures? \((\d+) unexpected\) in ([\d.]+)", job.output, re.M)
        for name, executed, failures, unexpected, seconds in suites:
            if name in ("Selected tests", "All tests"):
                self.executed += int(executed)
                self.failures += int(failures)
                self.unexpected += int(unexpected)
            elif not name.endswith(".xctest"):
                # Classes of both targets may have the same name; those of a process are of one target.
                self.seconds[f"{job.name.split('.')[0]}.{name}"] = float(seconds)
        self.swift_testing += sum(map(int, re.findall(r"Test run with (\d+) tests?", job.output)))
        self.failed += re.findall(r"^Test Case '(.*?)' failed", job.output, re.M)
        self.failed += re.findall(r"^.*Test (\".*\"|\S+\(\)) failed after", job.output, re.M)
        if job.status != 0 and not suites_ended(job):
            started = re.findall(r"^Test Case '(.*?)' started", job.output, re.M)
            self.failed.append(f"{started[-1] if started else job.name}: the process ended with {job.status}")


def suites_ended(job):
    """Whether the process came to its last line, so that it names what failed."""
    return re.search(r"^Test Suite 'Selected tests' |Test run with ", job.output, re.M) is not None


def record(totals):
    """Writes the durations of the classes that took a second or more."""
    lines = sorted((-seconds, name) for name, seconds in totals.seconds.items() if seconds >= 1)
    text = "".join(f"{-seconds:.0f} {name}\n" for seconds, name in lines)
    DURATIONS.write_text("# Seconds that a test class took, by which scripts/test orders them (scripts/test --record).\n" + text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle")
    parser.add_argument("--target", help="UnitTests or E2ETests (default: both)")
    parser.add_argument("--width", type=int, default=min(jobs.processors(), 4), help="processes (default: %(default)s)")
    parser.add_argument("--record", action="store_true", help="write Tests/durations.txt")
    options = parser.parse_args()
    jobs.stop_jobs_when_stopped()
    wanted = (options.target or "") + "."
    classes = sorted({test.split("/")[0] for test in listed(options.bundle) if wanted == "." or test.startswith(wanted)})
    together = [name for name in classes if name not in ALONE]
    work = [jobs.Job(" ".join(names), [options.bundle, ",".join(names)]) for names in groups(together, durations())]
    alone = [jobs.Job(name, [options.bundle, name]) for name in classes if name in ALONE]
    if options.target != "E2ETests" and listed(options.bundle, "--testing-library", "swift-testing"):
        work.append(jobs.Job("Swift Testing", [options.bundle, "--testing-library", "swift-testing"]))

    begun, totals, status = time.monotonic(), Totals(), 0
    for job in itertools.chain(jobs.run(work, options.width), jobs.run(alone, 1)):
        print(f"==> {job.name}: {job.seconds:.0f} s\n{job.output}", end="", flush=True)
        totals.add(job)
        status = status or int(job.status != 0)
    if options.record:
        record(totals)
    took = time.monotonic() - begun
    print("\nThe classes that took longest: " + ", ".join(
        f"{name} {seconds:.0f} s" for name, seconds in sorted(totals.seconds.items(), key=lambda item: -item[1])[:12]))
    for name in totals.failed:
        print(f"Failed: {name}")
    print(f"Swift Testing: {totals.swift_testing} tests")
    print(f"Test Suite 'All tests' {'failed' if status else 'passed'}\n\t Executed {totals.executed} tests, "
          f"with {totals.failures} failures ({totals.unexpected} unexpected) in {took:.3f} seconds")
    sys.exit(status)


if __name__ == "__main__":
    main()
