"""A stand-in for S3 that is as strict: signatures, digests, parts, ranges, pages. It can be told to fail."""

import dataclasses
import hashlib
import itertools
import json
import re
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from carillon_test.s3_signature import Refused, query_of, verify

LEAST_PART = 5 << 20
MOST_SKEW = 900  # seconds
REGION = "eu-central-1"
ACCESS_KEY = "AKIACARILLONEXAMPLE"
SECRET_KEY = "s3cret/of+the=bucket/0123456789abcdefghij"
BUCKET = "logs"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclasses.dataclass
class Fault:
    """What happens instead of an answer to requests that match, so many times (-1: ever)."""

    how: str  # a status, "hang", "close" (before any answer), "half" (in its middle), "lost" (it is done, but not answered), "nonsense"
    method: str = ""
    target: str = ""  # a regular expression
    times: int = -1
    code: str = "InternalError"


@dataclasses.dataclass
class _Upload:
    bucket: str
    key: str
    begun: float
    parts: dict = dataclasses.field(default_factory=dict)


class S3Fake:
    """`refused`: the codes of what it did not like. `calls`: "METHOD target", in order."""

    def __init__(self, page=1000):
        self.keys = {ACCESS_KEY: SECRET_KEY}
        self.objects = {BUCKET: {}}  # bucket to key to (body, etag)
        self.uploads = {}
        self.faults, self.calls, self.refused = [], [], []
        self.connections = set()
        self.skew = 0  # seconds that the clock here is ahead
        self.page = page
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._server = None
        self._port = 0
        self.start()

    def start(self):
        fake = self

        class Handler(_Handler):
            s3 = fake

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def handle_error(self, request, client_address):
                pass

        self._closed.clear()
        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Away; start() brings it back at the same address, with all it has."""
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    close = stop

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def configured(self, prefix="", **more):
        """What c['spool'] says of it."""
        spool = {"s3": f"{self.url}/{BUCKET}{prefix}", "region": REGION, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
        return f"c['spool'] = {({**spool, **more})!r}\n"

    def names(self):
        with self._lock:
            return sorted(self.objects[BUCKET])

    def body(self, key):
        with self._lock:
            return self.objects[BUCKET][key][0]

    def now(self):
        return time.time() + self.skew

    def fault_of(self, method, target):
        with self._lock:
            for fault in self.faults:
                if fault.method in ("", method) and re.search(fault.target, target) and fault.times != 0:
                    fault.times -= 1
                    return fault
        return None

    def answer(self, method, target, headers, body):
        """(status, headers, body). Throws Refused."""
        verify(method, target, headers, self.keys, REGION)
        then = time.mktime(time.strptime(headers["x-amz-date"] + " UTC", "%Y%m%dT%H%M%SZ %Z")) - time.timezone
        if abs(then - self.now()) > MOST_SKEW:
            raise Refused("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
        if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            raise Refused("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", 400)
        bucket, _, key = urllib.parse.unquote(target.partition("?")[0]).lstrip("/").partition("/")
        with self._lock:
            if bucket not in self.objects:
                raise Refused("NoSuchBucket", "The specified bucket does not exist", 404)
            query = dict(query_of(target))
            verb = (method, "object" if key else "bucket", *sorted(set(query) & {"uploads", "uploadId", "partNumber", "list-type"}))
            work = _VERBS.get(verb)
            if work is None:
                raise Refused("NotImplemented", "A header you provided implies functionality that is not implemented", 501)
            return work(self, bucket, key, query, headers, body)

    def _put(self, bucket, key, query, headers, body):
        if headers.get("if-none-match") == "*" and key in self.objects[bucket]:
            raise Refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.objects[bucket][key] = (body, etag)
        return 200, {"ETag": etag}, b""

    def _get(self, bucket, key, query, headers, body):
        if key not in self.objects[bucket]:
            raise Refused("NoSuchKey", "The specified key does not exist.", 404)
        whole, etag = self.objects[bucket][key]
        if headers.get("if-match", etag) != etag:
            raise Refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("range", ""))
        if not wanted:
            return 200, {"ETag": etag}, whole
        first, last = int(wanted[1]), min(int(wanted[2]), len(whole) - 1)
        if first >= len(whole) or first > last:
            raise Refused("InvalidRange", "The requested range is not satisfiable", 416)
        return 206, {"ETag": etag, "Content-Range": f"bytes {first}-{last}/{len(whole)}"}, whole[first:last + 1]

    def _delete(self, bucket, key, query, headers, body):
        self.objects[bucket].pop(key, None)
        return 204, {}, b""

    def _list(self, bucket, key, query, headers, body):
        if query["list-type"] != "2":
            raise Refused("InvalidArgument", "list-type", 400)
        most = min(int(query.get("max-keys", 1000)), self.page)
        prefix, after = query.get("prefix", ""), query.get("continuation-token", "")
        found = [name for name in sorted(self.objects[bucket]) if name.startswith(prefix) and name > after.removeprefix("after ")]
        text = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{escape(self.objects[bucket][name][1], {chr(34): '&quot;'})}</ETag><Size>{len(self.objects[bucket][name][0])}</Size></Contents>"
            for name in found[:most]
        )
        cut = len(found) > most
        if cut:
            text += f"<NextContinuationToken>after {escape(found[most - 1])}</NextContinuationToken>"
        return _document("ListBucketResult", f"<IsTruncated>{str(cut).lower()}</IsTruncated>{text}")

    def _begin(self, bucket, key, query, headers, body):
        number = f"up+load/{next(self._numbers)}=="  # a client has to encode it
        self.uploads[number] = _Upload(bucket, key, self.now())
        return _document("InitiateMultipartUploadResult", f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><UploadId>{number}</UploadId>")

    def _upload(self, bucket, key, query):
        upload = self.uploads.get(query["uploadId"])
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise Refused("NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid.", 404)
        return upload

    def _part(self, bucket, key, query, headers, body):
        upload, number = self._upload(bucket, key, query), int(query["partNumber"])
        if not 1 <= number <= 10_000:
            raise Refused("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", 400)
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        upload.parts[number] = (body, etag)
        return 200, {"ETag": etag}, b""

    def _complete(self, bucket, key, query, headers, body):
        upload = self._upload(bucket, key, query)
        try:
            root = ElementTree.fromstring(body)
            wanted = [(int(part.find("{*}PartNumber").text), part.find("{*}ETag").text) for part in root.findall("{*}Part")]
        except (ElementTree.ParseError, AttributeError, ValueError):
            raise Refused("MalformedXML", "The XML you provided was not well-formed", 400) from None
        if not wanted or wanted != sorted(wanted):
            raise Refused("InvalidPartOrder", "The list of parts was not in ascending order.", 400)
        if any(upload.parts.get(number, (b"", ""))[1] != etag for number, etag in wanted):
            raise Refused("InvalidPart", "One or more of the specified parts could not be found.", 400)
        bodies = [upload.parts[number][0] for number, _ in wanted]
        if any(len(one) < LEAST_PART for one in bodies[:-1]):
            raise Refused("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400)
        digests = b"".join(bytes.fromhex(etag.strip('"')) for _, etag in wanted)
        etag = f'"{hashlib.md5(digests).hexdigest()}-{len(wanted)}"'
        self.objects[bucket][key] = (b"".join(bodies), etag)
        del self.uploads[query["uploadId"]]
        return _document("CompleteMultipartUploadResult", f"<Key>{escape(key)}</Key><ETag>{escape(etag)}</ETag>")

    def _abort(self, bucket, key, query, headers, body):
        self._upload(bucket, key, query)
        del self.uploads[query["uploadId"]]
        return 204, {}, b""

    def _list_uploads(self, bucket, key, query, headers, body):
        after = (query.get("key-marker", ""), query.get("upload-id-marker", ""))
        found = sorted(
            (one.key, number, one.begun) for number, one in self.uploads.items()
            if one.bucket == bucket and one.key.startswith(query.get("prefix", "")) and (one.key, number) > after
        )
        text = "".join(
            f"<Upload><Key>{escape(name)}</Key><UploadId>{number}</UploadId>"
            f"<Initiated>{time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(begun))}</Initiated></Upload>"
            for name, number, begun in found[:self.page]
        )
        cut = len(found) > self.page
        if cut:
            name, number, _ = found[self.page - 1]
            text += f"<NextKeyMarker>{escape(name)}</NextKeyMarker><NextUploadIdMarker>{number}</NextUploadIdMarker>"
        return _document("ListMultipartUploadsResult", f"<IsTruncated>{str(cut).lower()}</IsTruncated>{text}")

    def control(self, wish):
        """What a test in another process asks for: its answer as JSON."""
        with self._lock:
            for fault in wish.get("faults", []):
                self.faults.append(Fault(**fault))
            if wish.get("mend"):
                self.faults.clear()
            if "page" in wish:
                self.page = wish["page"]
            for upload in self.uploads.values():
                upload.begun -= wish.get("older", 0)
            self.skew += wish.get("skew", 0)
            if "secret" in wish:
                self.keys[ACCESS_KEY] = wish["secret"]
            return {"calls": self.calls, "refused": self.refused, "uploads": len(self.uploads),
                    "keys": [f"{bucket}/{key}" for bucket in self.objects for key in sorted(self.objects[bucket])]}

    def hang(self):
        self._closed.wait(600)


_VERBS = {
    ("PUT", "object"): S3Fake._put,
    ("GET", "object"): S3Fake._get,
    ("DELETE", "object"): S3Fake._delete,
    ("GET", "bucket", "list-type"): S3Fake._list,
    ("GET", "bucket", "uploads"): S3Fake._list_uploads,
    ("POST", "object", "uploads"): S3Fake._begin,
    ("PUT", "object", "partNumber", "uploadId"): S3Fake._part,
    ("POST", "object", "uploadId"): S3Fake._complete,
    ("DELETE", "object", "uploadId"): S3Fake._abort,
}


def _document(name, text):
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{_NAMESPACE}">{text}</{name}>'
    return 200, {"Content-Type": "application/xml"}, whole.encode()


def _error(code, message, **more):
    members = {"Code": code, "Message": message, **more, "RequestId": "4442587FB7D0A2F9"}
    return "<Error>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items()) + "</Error>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.s3.connections.add(self.connection)

    def finish(self):
        self.s3.connections.discard(self.connection)
        super().finish()

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) != length:
            return
        if self.path == "/control":
            self._send(200, {}, json.dumps(self.s3.control(json.loads(body))).encode())
            return
        self.s3.calls.append(f"{self.command} {self.path}")
        fault = self.s3.fault_of(self.command, self.path)
        if fault is None or fault.how in ("lost", "half"):
            status, headers, answer = self._answer(body)
        elif fault.how == "nonsense":
            status, headers, answer = 200, {}, b"\x00\xff<html><p>Welcome to the hotel"
        elif fault.how.isdigit():
            status, headers, answer = int(fault.how), {}, _error(fault.code, "Please try again.").encode()
        if fault is not None and fault.how == "hang":
            self.s3.hang()
        if fault is not None and fault.how in ("hang", "close", "lost"):
            self.close_connection = True
            return
        self._send(status, headers, answer, half=fault is not None and fault.how == "half")

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET

    def _answer(self, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            return self.s3.answer(self.command, self.path, headers, body)
        except Refused as refused:
            self.s3.refused.append(refused.code)
            return refused.status, {"Content-Type": "application/xml"}, _error(refused.code, refused.message, **refused.more).encode()

    def _send(self, status, headers, answer, half=False):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(answer) + (1000 if half else 0)))
        self.end_headers()
        self.wfile.write(answer[:len(answer) // 2] if half else answer)
        if half:
            self.close_connection = True


if __name__ == "__main__":
    SERVER = S3Fake()
    print(SERVER.url, flush=True)
    sys.stdin.read()  # until the other end is gone
