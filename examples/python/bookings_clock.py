"""Bookings on a test clock: starts `simulator serve` and moves its clock. Python's standard library alone."""

import json
import os
import subprocess
import urllib.error
import urllib.request


class BookingsClock:
    """A service of its own, which ends with the process or by `stop`. SIMULATOR names the executable."""
    def __init__(self, at="2030-03-29T06:00:00Z", replicas=1, arguments=()):
        command = [os.environ.get("SIMULATOR", "simulator"), "serve", "--port", "0", "--control", "127.0.0.1:0"]
        command += ["--at", at, "--replicas", str(replicas), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline().split() for _ in range(replicas + 1)]
        *self.addresses, self.control = [address for _, address in lines]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def advance(self, **how):
        """Moves the clock: by="10m", to="2030-03-29T07:00:00Z" or until="next-reminder". Returns the events that followed."""
        return self._control("/clock/advance", how)["events"]

    def fault(self, name, **more):
        # A fault of `simulator list`. It lasts until `repair` or `reset`, if it is not over at once.
        self._control("/faults", {"name": name, **more})

    def repair(self, name):
        self._send("DELETE", f"{self.control}/faults/{name}")

    def reset(self):
        self._control("/reset", {})

    def token(self, sub, *roles, **more):
        return self._control("/tokens", {"sub": sub, "roles": list(roles), **more})["access_token"]

    def send(self, method, path, token, body=None, replica=0, **headers):
        """Sends a request to a replica. Returns the status, the header fields and the JSON of the answer."""
        fields = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self._send(method, self.addresses[replica] + path, body, fields)

    def _control(self, path, body):
        status, _, answer = self._send("POST", self.control + path, body)
        if status != 200:
            raise ValueError(answer["detail"])
        return answer

    def _send(self, method, url, body=None, headers=None):
        fields = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(url, json.dumps(body).encode() if body else None, fields, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, json.loads(error.read() or "null")
