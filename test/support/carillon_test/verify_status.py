"""The REST API of Gerrit's verify-status plugin, with what it refuses."""

import base64
import hashlib
import json
import re
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PATH = re.compile(r"/a/changes/([^/]+)/revisions/([^/]+)/verify-status~verifications")
_FIELDS = {
    "value": int, "url": str, "abstain": bool, "rerun": bool, "reporter": str, "comment": str, "category": str,
    "duration": str,
}
_REALM, _NONCE = "Gerrit Code Review", "0a4f113b"


class VerifyStatus:
    """Listens on 127.0.0.1. `rows` is {(change, revision): {uuid: verification}}; `posts` every body taken."""

    def __init__(self, *, user="ann", password="s3cret", digest=False):
        self.user, self.password, self.digest = user, password, digest
        self.rows, self.posts, self.refusals = {}, [], []
        self.lock = threading.Lock()
        owner = self

        class Handler(_Handler):
            plugin = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, change, revision):
        with self.lock:
            return json.loads(json.dumps(self.rows.get((change, revision), {})))

    def may(self, method, path, header):
        """Whether the Authorization header is right."""
        if not self.digest:
            wanted = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return header == f"Basic {wanted}"
        if not (header or "").startswith("Digest "):
            return False
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', header))
        md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
        secret = md5(f"{self.user}:{_REALM}:{self.password}")
        asked = md5(f"{method}:{path}")
        wanted = md5(f"{secret}:{_NONCE}:{given.get('nc')}:{given.get('cnonce')}:auth:{asked}")
        return given.get("username") == self.user and given.get("uri") == path and given.get("response") == wanted

    def challenge(self):
        return f'Digest realm="{_REALM}", qop="auth", nonce="{_NONCE}"' if self.digest else f'Basic realm="{_REALM}"'

    def take(self, key, body):
        """None, or why the body is refused."""
        verifications = body.get("verifications") if isinstance(body, dict) else None
        if not isinstance(verifications, dict):
            return "Missing verifications field"
        if set(body) != {"verifications"}:
            return "unknown fields"
        for name, one in verifications.items():
            if not name or len(name) > 255:
                return "Missing name field"
            if not isinstance(one, dict) or "value" not in one:
                return "Missing value field"
            for field, value in one.items():
                if field not in _FIELDS or type(value) is not _FIELDS[field]:
                    return f"{field}: unknown field or wrong type"
                if isinstance(value, str) and len(value) > 255:
                    return f"{field}: too long"
            if one["value"] not in (-1, 0, 1):
                return "value out of range"
        rows = self.rows.setdefault(key, {})
        for name, one in verifications.items():
            if name in rows:  # only by its UUID is a row found again
                rows[name].update(one, granted=self._now())
            else:
                rows[str(uuid.uuid4())] = {"name": name, **one, "granted": self._now()}
        self.posts.append(body)
        return None

    def _now(self):
        return f"2026-01-01 00:00:{len(self.posts):02d}.000000000"


class _Handler(BaseHTTPRequestHandler):
    plugin = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        key = self._key()
        if key:
            with self.plugin.lock:
                self._answer(200, ")]}'\n" + json.dumps(self.plugin.rows.get(key, {})) + "\n", "application/json")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = self._key()
        if not key:
            return
        with self.plugin.lock:
            if self.headers.get_content_type() != "application/json":
                why = "not JSON"
            else:
                try:
                    why = self.plugin.take(key, json.loads(body))
                except ValueError:
                    why = "Expected JSON"
            if why:
                self.plugin.refusals.append(why)
        self._answer(400, why) if why else self._answer(204)

    def _key(self):
        if not self.plugin.may(self.command, self.path, self.headers.get("Authorization")):
            self._answer(401, "Unauthorized", headers={"WWW-Authenticate": self.plugin.challenge()})
            return None
        match = _PATH.fullmatch(self.path)
        if not match:
            self._answer(404, "Not found")
        return match and match.groups()

    def _answer(self, status, text="", kind="text/plain", headers=None):
        body = text.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", f"{kind}; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass
