"""Deliveries of CIs' hooks to Carillon."""

import hashlib
import hmac
import json


def deliver(server, path, body, headers=None):
    """POST of JSON (or of bytes as they are) to a hook; the Reply."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return server.request("POST", path, data, {"Content-Type": "application/json", **(headers or {})})


def digest(secret, body):
    """HMAC-SHA256 in hexadecimal, of what deliver() sends."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
