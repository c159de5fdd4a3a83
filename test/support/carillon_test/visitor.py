"""Somebody who uses the dashboard: with cookies, one request at a time, and no redirect followed by itself."""

import base64
import http.client
import re
import urllib.parse

from carillon_test.carillon import Reply
from carillon_test.waiting import PATIENCE


class Visitor:
    """`headers` go with each request; cookies are kept as a browser keeps them (but for their age)."""

    def __init__(self, carillon, **headers):
        self.port = carillon.port
        self.cookies = {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def ask(self, method, path, form=None, **headers):
        """form: a dict, posted as a browser does."""
        sent = {"Host": f"127.0.0.1:{self.port}", **self.headers}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {name: value for name, value in sent.items() if value is not None})
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        for cookie in reply.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return reply

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, form=None, **headers):
        """From a form of the server's own pages, unless the headers say otherwise."""
        return self.ask("POST", path, form or {}, **{"Sec_Fetch_Site": "same-origin", **headers})

    def log_in(self, user, password, to="/"):
        return self.post("/login", {"user": user, "password": password, "to": to})

    def form_token(self, path="/"):
        found = re.search(rb'name="form_token" value="([^"]+)"', self.get(path).body)
        return found[1].decode() if found else ""


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def links(reply):
    """The addresses that a page leads to, without those of other servers."""
    found = re.findall(r'(?:href|src|action)="([^"]*)"', reply.body.decode())
    return {address.replace("&amp;", "&") for address in found if address.startswith("/")}
