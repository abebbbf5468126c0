"""What the parts of scripts/bench share: the data's names, tokens, and output."""

import base64
import functools
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECRET = b"the secret of the benchmarks, long enough"
BOOKINGS, PROVIDERS, CUSTOMERS = 100_000, 1_000, 1_000


def log(message):
    print(f"\033[1m==> {message}\033[0m", file=sys.stderr, flush=True)


def output(*command, **more):
    """Runs a command in the repository's folder; returns what it printed."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, cwd=ROOT, **more).stdout


def row(*cells):
    print("".join(f"{cell:>{width}}" for cell, width in zip(cells, [18] + [12] * 9)), flush=True)


def identifier(kind, number):
    """Returns the UUID of a booking, provider or service of the data."""
    return str(uuid.UUID(hashlib.md5(f"{kind}{number}".encode()).hexdigest()))


@functools.cache
def token(subject, role):
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    claims = {"sub": subject, "roles": [role], "exp": int(time.time()) + 86_400}
    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (signed + b"." + part(hmac.new(SECRET, signed, hashlib.sha256).digest())).decode()


def provider_token(number):
    return token(identifier("provider", number), "provider")
