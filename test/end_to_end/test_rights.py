"""Who may see and do what: every way of showing who one is, and every way of pretending."""

import subprocess
import unittest
import urllib.parse

from carillon_test.accounts import PASSWORD, account
from carillon_test.carillon import TOKEN, program
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.live import Stream
from carillon_test.oidc_issuer import OidcIssuer, SigningKey
from carillon_test.prometheus import Metrics
from carillon_test.visitor import Visitor, basic, links
from carillon_test.waiting import wait_for

TOKENS = {role: f"token-of-role-{role}-0123456789" for role in ("feeds", "viewer", "operator", "admin")}
ROLES = ["none", *TOKENS]
_CONFIG = """\
from buildbot.plugins import util
from carillon.plugins import sources, www
c = BuildmasterConfig = {}
c['secretsProviders'] = [%(secrets)r]
c['db'] = {'db_url': 'sqlite:///{database}'}
c['www'] = {'port': 'tcp:{port}:interface=%(interface)s', %(www)s}
c['sources'] = [sources.Push(token=%(token)r)]
c['services'] = []
"""
_TOKENS = "'tokens': {" + ", ".join(f"{role!r}: ({role!r}, util.Secret({role!r}))" for role in TOKENS) + "}"


def config(www, interface="127.0.0.1"):
    secrets = {**TOKENS, "oidc": OidcIssuer.secret}
    return _CONFIG % {"www": www, "token": TOKEN, "interface": interface, "secrets": secrets}


class Rights:
    def serve(self, www, **arguments):
        self.server = self.carillon(config=config(www, **arguments))
        self.assertEqual(self.server.ingest(build()).status, 202)
        return self.server

    def with_passwords(self, more=""):
        self.users = self.folder / "users"
        self.users.write_text(account("alice", PASSWORD) + account("bob", PASSWORD))
        roles = "'roles': {'viewer': ['*'], 'operator': ['alice']}"
        return self.serve(f"'auth': www.Passwords({str(self.users)!r}), {roles}, {_TOKENS}{more}")

    def assert_unseen(self, *texts):
        """None of them is in the log."""
        log = self.server.log.read_text()
        for text in texts:
            self.assertNotIn(text, log)


class RolesTest(Rights, ServerTest):
    def visitor(self, role):
        return Visitor(self.server, **({} if role == "none" else {"Authorization": f"Bearer {TOKENS[role]}"}))

    def test_every_page_that_there_is_a_way_to(self):
        """All that the pages lead to, for each role: nobody sees what is not for him, and nothing is missing."""
        self.with_passwords()
        admin, seen, left = self.visitor("admin"), {}, ["/"]
        while left:
            path = left.pop()
            reply = admin.get(path)
            seen[path] = reply.status
            if "html" in reply.headers["Content-Type"]:
                # One page of each kind: a filter more is no other page.
                left += [one for one in links(reply) if one not in seen and one not in left and "?" not in one]
        for path in ("/", "/builds", "/deliveries", "/reporters", "/sources"):
            self.assertIn(path, seen)
        for path, status in seen.items():
            public = path.startswith(("/static/", "/login", "/logout"))
            feed = path.startswith("/badge/") or path.endswith(".atom")
            if not public:
                self.assertIn(status, (200, 303, 405), path)  # /search leads on; 405: where a form leads
            for role in ROLES[:-1]:
                with self.subTest(path=path, role=role):
                    got = self.visitor(role).get(path)
                    if public or role in ("viewer", "operator") and status == 200:
                        self.assertLess(got.status, 500)
                        self.assertIn(got.status, (status, 403) if role != "none" else (status,))
                    elif feed and role == "feeds":
                        self.assertEqual(got.status, status)
                    elif role in ("none", "feeds"):
                        self.assertIn(got.status, (303, 401, 403, 404, 405))
                        self.assertNotIn(b"pass", got.body.lower().replace(b"password", b""))

    def test_roles_of_tokens(self):
        self.with_passwords()
        self.assertEqual(self.visitor("none").get("/builds").headers["Location"], "/login?to=%2Fbuilds")
        self.assertEqual(self.visitor("feeds").get("/builds").status, 403)
        self.assertIn(b"it is for the role viewer", self.visitor("feeds").get("/builds").body)
        for role in ("viewer", "operator", "admin"):
            self.assertEqual(self.visitor(role).get("/builds").status, 200, role)
        wrong = Visitor(self.server, Authorization="Bearer wrong").get("/builds")
        self.assertEqual(wrong.status, 401)
        self.assertIn("Bearer", wrong.headers["WWW-Authenticate"])
        self.assert_unseen(*TOKENS.values())

    def test_a_token_in_an_address_is_for_feeds_only(self):
        self.with_passwords()
        anybody = Visitor(self.server)
        self.assertEqual(anybody.get(f"/builds?token={TOKENS['viewer']}").status, 401)
        self.assertEqual(anybody.get(f"/builds?token={TOKENS['feeds']}").status, 403, "it is known, and no viewer")
        self.assert_unseen(*TOKENS.values())

    def test_guessing_tokens_ends(self):
        self.with_passwords()
        statuses = [Visitor(self.server, Authorization=f"Bearer guess-{i}").get("/builds").status for i in range(40)]
        self.assertEqual(statuses[0], 401)
        self.assertEqual(statuses[-1], 429)
        self.assertLess(len(self.server.log.read_text().splitlines()), 60, "and it is told of seldom")


class MetricsTest(Rights, ServerTest):
    def test_they_need_a_token_where_not_everybody_reads(self):
        self.with_passwords()
        refused = Visitor(self.server).get("/metrics")
        self.assertEqual(refused.status, 401)
        self.assertIn("Bearer", refused.headers["WWW-Authenticate"])
        self.assertNotIn(b"carillon_", refused.body)
        for shown in (f"Bearer {TOKENS['feeds']}", f"Bearer {TOKENS['viewer']}", basic("x", TOKENS["feeds"]),
                      basic("alice", PASSWORD)):
            reply = Visitor(self.server, Authorization=shown).get("/metrics")
            self.assertEqual(reply.status, 200)
            Metrics(reply.body.decode())
        self.assertEqual(Visitor(self.server, Authorization="Bearer wrong").get("/metrics").status, 401)
        for path in ("/health", "/ready"):
            self.assertEqual(Visitor(self.server).get(path).status, 200, "a probe shows nothing")

    def test_on_the_loopback_they_need_none(self):
        self.serve("")
        self.assertEqual(Visitor(self.server).get("/metrics").status, 200)
        self.assertEqual(Visitor(self.server).get("/metrics", X_Forwarded_For="203.0.113.9").status, 401)
        self.server.configure(config=config("'roles': {'anonymous': 'feeds'}"))
        self.server.restart()
        self.assertEqual(Visitor(self.server).get("/metrics", Host="bell.example.org").status, 200)

    def test_elsewhere_nobody_reads_them(self):
        self.serve("", interface="0.0.0.0")
        self.assertEqual(Visitor(self.server).get("/metrics").status, 401)


class PaceTest(Rights, ServerTest):
    """Who shows nothing asks for 20 pages a second."""

    def visitor(self, address, **headers):
        return Visitor(self.server, X_Forwarded_For=address, **headers)

    def ask_until_refused(self, visitor, path="/builds"):
        """The answer that refuses; None: there was none."""
        for _ in range(2000):
            reply = visitor.get(path)
            if reply.status == 429:
                return reply
            self.assertEqual(reply.status, 200)
        return None

    def test_readers_behind_a_proxy_that_is_listed(self):
        self.users = self.folder / "users"
        self.users.write_text(account("alice"))
        auth = f"www.Passwords({str(self.users)!r}, proxies=['127.0.0.1'])"
        self.serve(f"'auth': {auth}, 'roles': {{'anonymous': 'viewer'}}, 'badges': ['*'], {_TOKENS}")
        crawler = self.visitor("203.0.113.9")
        refused = self.ask_until_refused(crawler)
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        self.assertIn(b"203.0.113.9 asks for too much", refused.body)
        self.assertIn("text/html", refused.headers["Content-Type"])
        refused = self.ask_until_refused(crawler, "/api/v1/builds")
        self.assertIn("asks for too much", refused.json["error"])
        # What others say before the proxy does helps nobody.
        self.assertIsNotNone(self.ask_until_refused(self.visitor("198.51.100.7, 203.0.113.9")))
        self.assertEqual(self.visitor("203.0.113.10").get("/builds").status, 200)
        (sheet,) = {link for link in links(self.visitor("203.0.113.11").get("/")) if link.endswith(".css")}
        for path in (sheet, "/badge/pass.svg", "/health", "/ready", "/robots.txt"):
            replies = [crawler.get(path).status for _ in range(150)]
            self.assertEqual(set(replies), {200}, path)
        self.assertEqual(self.server.ingest(build(2)).status, 202)
        self.assertIsNotNone(self.ask_until_refused(crawler))
        # Who is known does not count.
        wall = self.visitor("203.0.113.9", Authorization=f"Bearer {TOKENS['viewer']}")
        alice = self.visitor("203.0.113.9")
        self.assertIsNotNone(self.ask_until_refused(crawler))
        self.assertEqual(alice.log_in("alice", PASSWORD).status, 303)
        for known in (wall, alice):
            self.assertEqual({known.get("/builds").status for _ in range(300)}, {200})
        told = [line for line in self.server.log.read_text().splitlines() if "asks for more pages" in line]
        self.assertEqual(len(told), 1, "and it is told of once")

    def test_who_works_on_this_machine_may(self):
        self.serve("")
        self.assertIsNone(self.ask_until_refused(Visitor(self.server)))


class StreamTest(Rights, ServerTest):
    """What goes on being told ends with the right to hear it."""

    def stream(self, **headers):
        made = Stream(self.server, headers)
        self.addCleanup(made.close)
        self.assertEqual(made.answer.status, 200)
        self.assertEqual(made.next("beat")["data"], "ok")
        return made

    def test_it_ends_with_a_session(self):
        self.with_passwords()
        alice, bob = Visitor(self.server), Visitor(self.server)
        alice.log_in("alice", PASSWORD)
        bob.log_in("bob", PASSWORD)
        streams = [self.stream(Cookie=f"carillon={one.cookies['carillon']}") for one in (alice, bob)]
        self.assertEqual(alice.post("/logout", {"form_token": alice.form_token()}).status, 303)
        self.assertIsNone(streams[0].next("never"))
        self.users.write_text(account("alice"))
        self.assertIsNone(streams[1].next("never"), "the account is gone")

    def test_it_ends_with_a_reload(self):
        self.with_passwords()
        carol = Visitor(self.server)
        self.users.write_text(account("alice") + account("carol"))
        wait_for(lambda: carol.log_in("carol", PASSWORD).status == 303, "the account to be known")
        shown = {"session": {"Cookie": f"carillon={carol.cookies['carillon']}"},
                 "token": {"Authorization": f"Bearer {TOKENS['viewer']}"},
                 "password": {"Authorization": basic("carol", PASSWORD)}}
        streams = {name: self.stream(**headers) for name, headers in shown.items()}
        kept = self.stream(Authorization=f"Bearer {TOKENS['admin']}")
        roles = "'roles': {'viewer': ['alice']}, 'tokens': {'admin': ('admin', util.Secret('admin'))}"
        self.server.configure(config=config(f"'auth': www.Passwords({str(self.users)!r}), {roles}"))
        self.server.reload()
        for name, stream in streams.items():
            self.assertIsNone(stream.next("never"), name)
        self.assertEqual(self.server.ingest(build(2)).status, 202)
        self.assertIsNotNone(kept.next("change"))
        self.assertNotIn("shows a token that is none", self.server.log.read_text(), "nobody has guessed")


class NobodyToldTest(Rights, ServerTest):
    def test_on_the_loopback_all_look_and_nobody_acts(self):
        self.serve("")
        anybody = Visitor(self.server)
        self.assertEqual(anybody.get("/builds").status, 200)
        self.assertEqual(anybody.get("/builds", Host="evil.example.org").status, 401, "a name that leads here")
        self.assertEqual(anybody.get("/builds", X_Forwarded_For="203.0.113.9").status, 401, "a proxy")
        self.assertNotIn("c['www']", self.server.check().stderr)

    def test_elsewhere_nobody_sees_anything(self):
        self.serve("", interface="0.0.0.0")
        anybody = Visitor(self.server)
        for path in ("/", "/builds", "/b/pass/1", "/deliveries", "/reporters", "/sources"):
            reply = anybody.get(path)
            self.assertEqual(reply.status, 401, path)
            self.assertIn(b"&#39;anonymous&#39;", reply.body.replace(b"'", b"&#39;"))
        self.assertEqual(anybody.get("/health").status, 200)
        told = self.server.check()
        self.assertEqual(told.returncode, 0)
        self.assertIn("so nobody may: write 'auth': www.Passwords(...)", told.stderr)

    def test_anonymous_readers_where_the_configuration_says_so(self):
        self.serve("'roles': {'anonymous': 'viewer'}", interface="0.0.0.0")
        self.assertEqual(Visitor(self.server).get("/builds", Host="bell.example.org").status, 200)


class PasswordsTest(Rights, ServerTest):
    def test_a_person_logs_in_and_out(self):
        self.with_passwords()
        alice = Visitor(self.server)
        self.assertEqual(alice.get("/builds?result=failure").headers["Location"], "/login?to=%2Fbuilds%3Fresult%3Dfailure")
        page = alice.get("/login?to=/builds")
        self.assertEqual(page.status, 200)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        entered = alice.log_in("alice", PASSWORD, "/builds?result=failure")
        self.assertEqual((entered.status, entered.headers["Location"]), (303, "/builds?result=failure"))
        cookie = entered.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Lax", "Path=/"):
            self.assertIn(part, cookie)
        self.assertEqual(alice.get("/builds").status, 200)
        kept = dict(alice.cookies)
        left = alice.post("/logout", {"form_token": alice.form_token()})
        self.assertEqual(left.status, 303)
        self.assertEqual(alice.cookies, {})
        alice.cookies = kept
        self.assertEqual(alice.get("/builds").status, 303, "the session has ended, not only the cookie")
        self.assert_unseen(PASSWORD, *kept.values())

    def test_a_session_lasts_over_a_restart_and_not_over_the_account(self):
        self.with_passwords()
        alice = Visitor(self.server)
        alice.log_in("alice", PASSWORD)
        token = alice.form_token()
        self.server.restart()
        self.assertEqual(alice.get("/builds").status, 200)
        self.assertEqual(alice.form_token(), token, "forms that are open still work")
        self.assertNotIn(next(iter(alice.cookies.values())).encode(), self.server.database.read_bytes())
        self.users.write_text(account("bob", PASSWORD))
        wait_for(lambda: alice.get("/builds").status == 303, "the session to end")
        self.assertEqual(Visitor(self.server, Authorization=basic("bob", PASSWORD)).get("/builds").status, 200)

    def test_basic_for_scripts(self):
        self.with_passwords()
        self.assertEqual(Visitor(self.server, Authorization=basic("alice", PASSWORD)).get("/builds").status, 200)
        for user, password in (("alice", "wrong"), ("nobody", PASSWORD)):
            reply = Visitor(self.server, Authorization=basic(user, password)).get("/builds")
            self.assertEqual(reply.status, 401)
            self.assertIn("Basic", reply.headers["WWW-Authenticate"])

    def test_guessing_passwords_ends(self):
        self.with_passwords()
        guesser = Visitor(self.server)
        replies = [guesser.log_in("alice", f"guess {i}") for i in range(5)]
        self.assertEqual([reply.status for reply in replies], [403] * 5)
        while replies[-1].status == 403 and len(replies) < 20:  # a slow machine gives one more each 12 s
            replies.append(guesser.log_in("alice", f"guess {len(replies)}"))
        self.assertEqual(replies[-1].status, 429)
        self.assertGreater(int(replies[-1].headers["Retry-After"]), 0)
        self.assertEqual(guesser.log_in("alice", PASSWORD).status, 429, "though it is right")
        self.assertEqual(Visitor(self.server, Authorization=basic("bob", "x")).get("/builds").status, 429)
        self.assertIn("shows a wrong password of alice", self.server.log.read_text())
        self.assert_unseen("guess ", PASSWORD)

    def test_a_bad_file_is_refused_with_its_line(self):
        self.with_passwords()
        self.users.write_text(account("alice", PASSWORD) + "bob:$apr1$x$yyyyyyyy\ncarol:in-clear-text\n")
        told = self.server.check()
        self.assertEqual(told.returncode, 1)
        self.assertRegex(told.stderr, r"carillon.cfg:6: www.Passwords\(file=...\): .*users:2: bob: .*hashed with MD5")
        self.assertRegex(told.stderr, r"users:3: carol: .*in clear.*carillon user hash")
        self.assertNotIn("in-clear-text", told.stderr)
        wait_for(lambda: "this account is left out" in self.server.log.read_text(), "the running server to see it")
        self.assertEqual(Visitor(self.server).log_in("alice", PASSWORD).status, 303, "the others are well")


class ForgeryTest(Rights, ServerTest):
    def test_forms_of_other_sites(self):
        self.with_passwords()
        alice = Visitor(self.server)
        alice.log_in("alice", PASSWORD)
        token = alice.form_token()
        self.assertNotEqual(token, "")
        other = Visitor(self.server)
        other.log_in("bob", PASSWORD)
        for form, headers in (
            ({"form_token": token}, {"Sec_Fetch_Site": "cross-site"}),
            ({"form_token": token}, {"Sec_Fetch_Site": "same-site"}),
            ({"form_token": token}, {"Sec_Fetch_Site": None, "Origin": "https://evil.example.org"}),
            ({"form_token": token}, {"Sec_Fetch_Site": None, "Origin": "null"}),
            ({"form_token": token}, {"Sec_Fetch_Site": None}),
            ({}, {}),
            ({"form_token": ""}, {}),
            ({"form_token": token[:-1]}, {}),
            ({"form_token": other.form_token()}, {}),
        ):
            with self.subTest(form=form, headers=headers):
                self.assertEqual(alice.post("/logout", form, **headers).status, 403)
        self.assertEqual(alice.get("/logout").status, 405, "GET changes nothing")
        self.assertEqual(alice.get("/builds").status, 200, "still in")
        origin = f"http://127.0.0.1:{self.server.port}"
        self.assertEqual(alice.post("/logout", {"form_token": token}, Sec_Fetch_Site=None, Origin=origin).status, 303)

    def test_nobody_is_logged_in_by_another_site(self):
        self.with_passwords()
        victim = Visitor(self.server)
        form = {"user": "alice", "password": PASSWORD}
        self.assertEqual(victim.post("/login", form, Sec_Fetch_Site="cross-site").status, 403)
        self.assertEqual(victim.cookies, {})

    def test_nobody_is_led_to_another_site(self):
        self.with_passwords()
        for to in ("//evil.example.org", "https://evil.example.org/", "/\\evil.example.org"):
            self.assertEqual(Visitor(self.server).log_in("alice", PASSWORD, to).headers["Location"], "/", to)


class ForwardedTest(Rights, ServerTest):
    def serve_behind(self, proxies):
        how = f"www.ForwardedUser(groups='X-Forwarded-Groups', proxies={proxies})"
        return self.serve(f"'auth': {how}, 'roles': {{'viewer': ['alice'], 'operator': ['group:ci']}}")

    def test_a_proxy_that_is_listed_is_believed(self):
        self.serve_behind(["127.0.0.1"])
        self.assertEqual(Visitor(self.server, X_Forwarded_User="alice").get("/builds").status, 200)
        self.assertEqual(Visitor(self.server, X_Forwarded_User="carol").get("/builds").status, 403)
        group = Visitor(self.server, X_Forwarded_User="carol", X_Forwarded_Groups="x,ci")
        self.assertEqual(group.get("/builds").status, 200)
        self.assertEqual(Visitor(self.server).get("/builds").status, 401)
        self.assertEqual(Visitor(self.server, X_Forwarded_User="mallory, alice").get("/builds").status, 401)

    def test_nobody_else_is(self):
        self.serve_behind(["10.0.0.0/8", "::1"])
        for forwarded in ("127.0.0.1", "10.0.0.1", "for=10.0.0.1"):
            spoofed = Visitor(self.server, X_Forwarded_User="alice", X_Forwarded_Groups="ci", X_Forwarded_For=forwarded)
            self.assertEqual(spoofed.get("/builds").status, 401)

    def test_without_proxies_it_is_an_error(self):
        server = self.carillon(config=config("'auth': www.ForwardedUser()"), start=False)
        told = server.check()
        self.assertEqual(told.returncode, 1)
        self.assertIn("carillon.cfg:6: www.ForwardedUser(proxies=...): is missing", told.stderr)


class OpenIdLogin(Rights):
    kind = "ES256"

    def setUp(self):
        self.server = self.carillon(start=False)
        url = f"http://127.0.0.1:{self.server.port}/"
        self.issuer = OidcIssuer(self._new("issuer"), url + "login/back", self.kind)
        self.addCleanup(self.issuer.close)
        how = (f"www.OpenIDConnect(issuer={self.issuer.issuer!r}, client_id='carillon', "
               "client_secret=util.Secret('oidc'), groups='groups')")
        roles = "'roles': {'viewer': ['*'], 'operator': ['group:ci']}"
        self.server.configure(config=config(f"'url': {url!r}, 'auth': {how}, {roles}"))
        self.server.start()

    def to_issuer(self, visitor, path="/builds"):
        """The address at Carillon to which the issuer sends the visitor back."""
        login = visitor.get(path).headers["Location"]
        away = visitor.get(login)
        self.assertEqual(away.status, 303, away.body)
        with_code = Visitor(self.issuer).get(away.headers["Location"].removeprefix(self.issuer.url[:-1]))
        self.assertEqual(with_code.status, 302, with_code.body)
        return with_code.headers["Location"].removeprefix(self.server.url[:-1])

    def test_the_whole_way(self):
        alice = Visitor(self.server)
        back = self.to_issuer(alice, "/builds?result=failure")
        entered = alice.get(back)
        self.assertEqual((entered.status, entered.headers["Location"]), (303, "/builds?result=failure"), entered.body)
        self.assertEqual(alice.get("/builds").status, 200)
        self.assertIn(b"alice", alice.get("/").body)
        self.assertEqual(list(alice.cookies), ["carillon"], "what was needed on the way is forgotten")
        self.server.restart()
        self.assertEqual(alice.get("/builds").status, 200)
        self.assertEqual(self.issuer.refused, [])
        self.assert_unseen(self.issuer.secret, *self.issuer.issued)


class OpenIdTest(OpenIdLogin, ServerTest):
    def test_what_came_from_elsewhere_is_not_taken(self):
        alice, mallory = Visitor(self.server), Visitor(self.server)
        back = self.to_issuer(alice)
        self.assertEqual(mallory.get(back).status, 403, "another browser")
        self.to_issuer(mallory)
        self.assertEqual(mallory.get(back).status, 403, "another login")
        path, _, query = back.partition("?")
        fields = dict(urllib.parse.parse_qsl(query))
        for wrong in ({"state": "x"}, {"iss": "https://evil.example.org/"}, {"code": "x"}):
            reply = alice.get(path + "?" + urllib.parse.urlencode({**fields, **wrong}))
            self.assertEqual(reply.status, 403, wrong)
        self.assertEqual(alice.get("/builds").status, 303)

    def test_two_tabs_log_in_at_once(self):
        alice = Visitor(self.server)
        first = self.to_issuer(alice, "/builds?result=failure")
        second = self.to_issuer(alice, "/deliveries")
        for back, place in ((first, "/builds?result=failure"), (second, "/deliveries")):
            entered = alice.get(back)
            self.assertEqual((entered.status, entered.headers["Location"]), (303, place), entered.body)
        self.assertEqual(list(alice.cookies), ["carillon"])
        self.assertEqual(alice.get(first).status, 403, "a code is taken once")

    def test_tokens_that_are_not_right(self):
        changes = (
            lambda claims: claims.update(aud="other"),
            lambda claims: claims.update(iss="https://evil.example.org/"),
            lambda claims: claims.update(nonce="other"),
            lambda claims: claims.update(exp=claims["iat"] - 100),
            lambda claims: claims.pop("preferred_username"),
        )
        for change in changes:
            self.issuer.change = change
            alice = Visitor(self.server)
            self.assertEqual(alice.get(self.to_issuer(alice)).status, 403)
            self.assertEqual(alice.get("/builds").status, 303)
        self.issuer.change = lambda claims: None
        good, self.issuer.key = self.issuer.key, SigningKey(self.folder, self.kind, "key1")
        alice = Visitor(self.server)
        refused = alice.get(self.to_issuer(alice))
        self.assertEqual(refused.status, 403)
        self.assertIn(b"signature is not that of its issuer", refused.body)
        self.issuer.key = good
        alice = Visitor(self.server)
        self.assertEqual(alice.get(self.to_issuer(alice)).status, 303)

    def test_an_issuer_that_is_away(self):
        self.issuer.script(500)
        reply = Visitor(self.server).get("/login")
        self.assertEqual(reply.status, 403)
        self.assertIn(b"cannot be used", reply.body)


class RsaOpenIdTest(OpenIdLogin, ServerTest):
    kind = "RS256"


class CommandsTest(Rights, ServerTest):
    def test_a_token_and_its_line(self):
        made = self.carillon(start=False).cli("token", "new", "--role", "viewer", "--name", "wall")
        self.assertEqual(made.returncode, 0)
        self.assertRegex(made.stdout, r"^[\w-]{43}\n$")
        self.assertIn("'wall': ('viewer', util.Secret('wall')),", made.stderr)

    def test_passwords_that_are_none(self):
        for name, password, told in (("alice", "", "the password is empty"), ("al:ice", "x", "is not a name"),
                                     ("alice", "x" * 600, "too long")):
            done = subprocess.run([str(program()), "user", "hash", name], input=password + "\n", capture_output=True,
                                  text=True, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn(told, done.stderr)


if __name__ == "__main__":
    unittest.main()
