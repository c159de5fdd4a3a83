"""A strict issuer of OpenID Connect: code flow with PKCE; all that it does not like is in `refused`."""

import base64
import hashlib
import json
import secrets
import subprocess
import time
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.http_sink import Answer, HttpSink

_HALF = 32  # bytes of a number of ES256


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]} failed:\n{done.stderr.decode()}")
    return done.stdout


class SigningKey:
    """Made by the openssl command. kind: "RS256" or "ES256"."""

    def __init__(self, folder, kind, name):
        self.kind, self.name = kind, name
        self.path = folder / f"{name}.pem"
        how = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == "RS256" else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        _openssl("genpkey", "-algorithm", *how, "-out", self.path)

    def jwk(self):
        made = {"kid": self.name, "use": "sig", "alg": self.kind}
        if self.kind == "RS256":
            modulus = _openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().partition("=")[2]
            return {**made, "kty": "RSA", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}
        point = _openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-2 * _HALF:]
        return {**made, "kty": "EC", "crv": "P-256", "x": encoded(point[:_HALF]), "y": encoded(point[_HALF:])}

    def token(self, claims):
        parts = [{"alg": self.kind, "kid": self.name, "typ": "JWT"}, claims]
        text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        made = _openssl("dgst", "-sha256", "-sign", self.path, data=text.encode())
        return f"{text}.{encoded(made if self.kind == 'RS256' else _side_by_side(made))}"


def _side_by_side(der):
    """The two numbers of a signature in DER, as JWS wants them."""
    numbers, at = [], 2
    for _ in range(2):
        size = der[at + 1]
        numbers.append(der[at + 2:at + 2 + size].lstrip(b"\0").rjust(_HALF, b"\0"))
        at += 2 + size
    return b"".join(numbers)


class OidcIssuer(HttpSink):
    """`person`: the claims of whoever logs in next; `change`: a function on the claims of a token before it is signed."""

    client = "carillon"
    secret = "secret/of the client&0123456789"

    def __init__(self, folder, back, kind="ES256"):
        self.back = back
        self.key = SigningKey(folder, kind, "key1")
        self.person = {"preferred_username": "alice", "groups": ["ci"]}
        self.change = lambda claims: None
        self.codes = {}
        self.issued = []  # codes and tokens: nobody may show them
        self.refused = []
        super().__init__()

    @property
    def issuer(self):
        return self.url

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            try:
                path, _, query = request.path.partition("?")
                return self._answer(request, path, query)
            except Refusal as error:
                self.refused.append(f"{request.method} {path}: {error.text}")
                body = json.dumps({"error": "invalid_request", "error_description": error.text}).encode()
                return Answer(error.status, {"Content-Type": "application/json"}, body)

    def _answer(self, request, path, query):
        if (request.method, path) == ("GET", "/.well-known/openid-configuration"):
            return _json({
                "issuer": self.issuer, "authorization_endpoint": self.url + "auth", "token_endpoint": self.url + "token",
                "jwks_uri": self.url + "keys", "response_types_supported": ["code"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            })
        if (request.method, path) == ("GET", "/keys"):
            return _json({"keys": [{"kty": "oct", "kid": "other"}, self.key.jwk()]})
        if (request.method, path) == ("GET", "/auth"):
            return self._authorize(_fields(query))
        if (request.method, path) == ("POST", "/token"):
            return self._redeem(request)
        raise Refusal(404, "there is nothing")

    def _authorize(self, asked):
        expected = {"response_type": "code", "client_id": self.client, "redirect_uri": self.back,
                    "code_challenge_method": "S256"}
        for name, value in expected.items():
            if asked.pop(name, None) != value:
                raise Refusal(400, f"{name} must be {value}")
        if "openid" not in asked.pop("scope", "").split():
            raise Refusal(400, "the scope must hold openid")
        for name in ("state", "nonce", "code_challenge"):
            if len(asked.get(name, "")) < 22:
                raise Refusal(400, f"{name} is too short")
        code = secrets.token_urlsafe(24)
        self.codes[code] = (asked["nonce"], asked["code_challenge"])
        self.issued.append(code)
        back = urllib.parse.urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return Answer(302, {"Location": f"{self.back}?{back}"}, b"")

    def _redeem(self, request):
        shown = ":".join(urllib.parse.quote(part, safe="") for part in (self.client, self.secret))
        if request.headers.get("Authorization") != "Basic " + base64.b64encode(shown.encode()).decode():
            raise Refusal(401, "the client shows a wrong secret")
        if request.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            raise Refusal(400, "no form")
        asked = _fields(request.body.decode())
        if asked.get("grant_type") != "authorization_code" or asked.get("redirect_uri") != self.back:
            raise Refusal(400, "grant_type or redirect_uri is wrong")
        nonce, challenge = self.codes.pop(asked.get("code"), (None, None))
        if nonce is None:
            raise Refusal(400, "the code is unknown or used")
        if encoded(hashlib.sha256(asked.get("code_verifier", "").encode()).digest()) != challenge:
            raise Refusal(400, "the code_verifier is wrong")
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client, "sub": "7", "nonce": nonce, "iat": now, "exp": now + 300, **self.person}
        self.change(claims)
        token = self.key.token(claims)
        self.issued.append(token)
        return _json({"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "id_token": token})


def _fields(text):
    return dict(urllib.parse.parse_qsl(text, strict_parsing=True))


def _json(value):
    return Answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())
