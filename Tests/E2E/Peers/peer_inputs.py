"""Reads what clients send to the servers of this folder: instants, tokens and bookings."""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid
from datetime import datetime


def parse(text):
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if instant.tzinfo is None:
        raise ValueError("no offset")
    return instant.timestamp()


def claims_of(token):
    head, body, signature = token.split(".")
    expected = hmac.new(os.environ["JWT_SECRET"].encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    decode = lambda part: base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    claims = json.loads(decode(body))
    if not hmac.compare_digest(expected, decode(signature)) or claims["exp"] < time.time():
        raise ValueError("bad token")
    return claims


def read_booking(text):
    body = json.loads(text)
    uuid.UUID(body["provider_id"])
    if not time.time() < parse(body["start_time"]) < parse(body["end_time"]):
        raise ValueError("no times ahead")
    return body


class Refused(Exception):
    def __init__(self, status):
        self.status = status
