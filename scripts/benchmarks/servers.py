"""The processes that are measured: the service, and the yardstick in Go."""

import atexit
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from .common import ROOT, SECRET, log, output


class MeasuredProcess:
    """A process that listens on a port of 127.0.0.1."""

    def __init__(self, binary, variables, **more):
        environment = {"JWT_SECRET": SECRET.decode(), "PATH": os.environ["PATH"], **variables}
        self.process = subprocess.Popen([binary], env=environment, **more)
        atexit.register(self.process.kill)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self):
        """Returns the resident memory that is the process's own, and that which holds pages of its executable."""
        status = open(f"/proc/{self.process.pid}/status").read()
        return [int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024 for name in ["RssAnon", "RssFile"]]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Server(MeasuredProcess):
    """The service, in a folder of its own."""

    def __init__(self, binary, **variables):
        variables = {"PORT": "0", "APP_ENV": "test", "LOG_FORMAT": "json", **variables}
        super().__init__(
            binary, variables, cwd=tempfile.mkdtemp(prefix="bookings-bench-"), stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            entry = json.loads(line)
            if entry["message"] == "Listening.":
                self.port = int(entry["port"])
                # A pipe that is not read fills up, and the server waits with it.
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return
        sys.exit("The server did not start.")


class Yardstick(MeasuredProcess):
    """The same routes in Go; see scripts/yardstick."""

    def __init__(self, binary, **variables):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__(binary, {"PORT": str(self.port), "CACHE_TTL_SECONDS": "30", **variables})
        for _ in range(200):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit("The yardstick did not start.")


def build_server():
    """Builds the release; returns the path of the server."""
    log("Building the release (the first time takes 10 to 15 minutes on two cores)")
    subprocess.run(["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "BookingsServer"],
                   check=True, cwd=ROOT, stdout=sys.stderr)
    return output("swift", "build", "-c", "release", "--show-bin-path").strip() + "/BookingsServer"


def build_yardstick():
    """Builds the yardstick with Debian's packages; returns its path."""
    log("Building the yardstick")
    output("bash", "-c", "source scripts/lib; need_packages golang-go golang-github-jackc-pgx-v4-dev "
           "golang-github-go-chi-chi-dev golang-github-gomodule-redigo-dev golang-github-golang-jwt-jwt-dev")
    binary = tempfile.mkdtemp(prefix="bookings-yardstick-") + "/yardstick"
    subprocess.run(["go", "build", "-o", binary, "."], check=True, cwd=ROOT + "/scripts/yardstick",
                   env={**os.environ, "GOPATH": "/usr/share/gocode", "GO111MODULE": "off"})
    return binary
