#!/usr/bin/env python3
"""Merges the profiles of a test run, prints the covered lines by folder, and writes an HTML report.

Usage: scripts/coverage.py PROFILES BUNDLE     PROFILES: the folder of the .profraw files"""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REPORT = ROOT / "reports" / "coverage"


def tool(name, *arguments):
    """Runs a program of the Swift toolchain, and returns what it printed."""
    beside = pathlib.Path(os.path.realpath(shutil.which("swift"))).parent / name
    program = str(beside) if beside.exists() else name
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, check=True).stdout


def folder(path):
    """Returns the target of a source and the folder in it."""
    parts = path.relative_to(ROOT / "Sources").parts
    return "/".join(parts[: 2 if len(parts) > 2 else 1])


def main():
    data, bundle = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    merged = data / "all.profdata"
    # A process that was killed while it wrote leaves a file that cannot be read; it does not count.
    raw = [str(file) for file in data.glob("*.profraw") if file.stat().st_size > 0]
    tool("llvm-profdata", "merge", "--failure-mode=all", "-sparse", *raw, "-o", str(merged))
    programs = [str(bundle.parent / name) for name in ("BookingsServer", "simulator")]
    objects = [str(bundle), *(f"--object={program}" for program in programs if os.path.exists(program))]
    only = [f"--instr-profile={merged}", "--ignore-filename-regex=/(Tests|checkouts|.build-coverage)/"]

    files = json.loads(tool("llvm-cov", "export", "--summary-only", *objects, *only))["data"][0]["files"]
    folders = collections.defaultdict(lambda: [0, 0])
    for file in files:
        path = pathlib.Path(file["filename"])
        if not path.is_relative_to(ROOT / "Sources"):
            continue
        for name in (folder(path), "all"):
            folders[name][0] += file["summary"]["lines"]["covered"]
            folders[name][1] += file["summary"]["lines"]["count"]
    for name, (covered, count) in sorted(folders.items()):
        print(f"{covered / max(count, 1):7.1%} {covered:7} of {count:6} lines  {name}")
    shutil.rmtree(REPORT, ignore_errors=True)
    tool("llvm-cov", "show", "--format=html", f"--output-dir={REPORT}", *objects, *only)


if __name__ == "__main__":
    main()
