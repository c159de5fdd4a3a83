"""AWS's Signature Version 4 as S3 verifies it, computed from a request as it came."""

import hashlib
import hmac
import re
import urllib.parse

EMPTY = hashlib.sha256(b"").hexdigest()
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


class Refused(Exception):
    """code, message, status, and further members of the answer."""

    def __init__(self, code, message, status=403, **more):
        super().__init__(code)
        self.code, self.message, self.status, self.more = code, message, status, more


def encoded(text, safe=""):
    return urllib.parse.quote(text, safe="-._~" + safe)


def query_of(target):
    """Names and values, decoded, in the order in which they came."""
    pairs = [one.partition("=") for one in target.partition("?")[2].split("&") if one]
    return [(urllib.parse.unquote(name), urllib.parse.unquote(value)) for name, _, value in pairs]


def canonical_request(method, target, headers, signed, payload):
    """headers: names in lower case."""
    path = encoded(urllib.parse.unquote(target.partition("?")[0]), safe="/")
    query = "&".join(f"{name}={value}" for name, value in sorted((encoded(n), encoded(v)) for n, v in query_of(target)))
    lines = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in signed)
    return "\n".join([method, path, query, lines, ";".join(signed), payload])


def signature(secret, date, scope, request):
    """scope: (day, region, service)."""
    key = b"AWS4" + secret.encode()
    for part in [*scope, "aws4_request"]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", date, "/".join([*scope, "aws4_request"]), digest])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def verify(method, target, headers, keys, region):
    """Throws Refused. headers: names in lower case; keys: access key to secret key."""
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if not match:
        raise Refused("AccessDenied", "Access Denied")
    payload = headers.get("x-amz-content-sha256")
    if payload is None:
        raise Refused("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
    date = headers.get("x-amz-date", "")
    if not re.fullmatch(r"\d{8}T\d{6}Z", date) or not date.startswith(match["date"]):
        raise Refused("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    if match["key"] not in keys:
        raise Refused("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    if (match["region"], match["service"]) != (region, "s3"):
        text = f"the region '{match['region']}' is wrong; expecting '{region}'"
        raise Refused("AuthorizationHeaderMalformed", text, 400, Region=region)
    signed = match["signed"].split(";")
    must = {"host", *(name for name in headers if name.startswith("x-amz-"))}
    if signed != sorted(signed) or not must <= set(signed):
        raise Refused("AccessDenied", "There were headers present in the request which were not signed")
    request = canonical_request(method, target, headers, signed, payload)
    scope = (match["date"], match["region"], match["service"])
    if signature(keys[match["key"]], date, scope, request) != match["signature"]:
        text = "The request signature we calculated does not match the signature you provided."
        raise Refused("SignatureDoesNotMatch", text, CanonicalRequest=request)
