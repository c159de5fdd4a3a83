"""What people do on the dashboard, in a real browser: through its forms, as those who may; and everybody who may not.

Screenshots stay in build/screenshots ($CARILLON_SCREENSHOTS), for people to look at.
"""

import json
import unittest

from carillon_test.accounts import PASSWORD, passwords
from carillon_test.case import ServerTest
from carillon_test.dashboard import SCREENSHOTS, WINDOWS, Dashboard, ended
from carillon_test.http_sink import Answer
from carillon_test.services import TERSE, http_push, mail
from carillon_test.waiting import stays, wait_for

_LIVE = "document.querySelector('#live').textContent.includes('live')"
# Forms of a page that change something, but for logging out.
_DEEDS = "[...document.querySelectorAll('form[method=post]')].filter(form => !form.classList.contains('who')).length"


def _shows(text, of="main"):
    return f"(document.querySelector({of!r}) || document.body).innerText.includes({text!r})"


class Operated(Dashboard):
    """A dashboard on which alice may act, and bob may look."""

    def serve(self, *builds, status=200, services=""):
        """These builds are reported to a server that answers with that status."""
        self.users = self.folder / "users"
        self.sink = self.http_sink()
        self.sink.default = Answer(status=status)
        people = passwords(self.users, "alice", "bob")
        made = self.carillon(people + http_push(self.sink, name="posts") + services)
        self.report(made, *builds)
        return made

    def report(self, carillon, *builds):
        for one in builds:
            before = len(carillon.deliveries())
            self.post(carillon, one)
            wait_for(lambda before=before: len(carillon.deliveries()) > before and all(
                row["state"] != "waiting" or row["attempts"] for row in carillon.deliveries()), "it to be tried")

    def log_in(self, carillon, user, page="", **window):
        """A tab of somebody who has logged in, in a profile of its own."""
        self.profile = self.browser.context(**window)
        tab = self.browser.tab(self.profile, carillon.url + page)
        self.enter(tab, user)
        tab.wait(f"location.pathname + location.search === {'/' + page!r}")
        return tab

    def enter(self, tab, user, password=PASSWORD):
        tab.wait("location.pathname === '/login'")
        tab.fill("[name=user]", user)
        tab.fill("[name=password]", password)
        tab.click("form.login button")

    def states(self, carillon):
        return {row["id"]: row["state"] for row in carillon.deliveries()}

    def deeds(self, carillon):
        """What the audit log has, oldest first: (who, what, about, reason)."""
        kept = self.log_in(carillon, "alice", "log")
        rows = kept.evaluate("[...document.querySelectorAll('main tbody tr')].map(row => "
                             "[...row.cells].slice(1).map(cell => cell.innerText))")
        kept.close()
        return [tuple(row) for row in reversed(rows)]

    def good(self, tab, name):
        """It shuts nobody out, and people can look at it."""
        tab.screenshot(SCREENSHOTS / f"{name}.png")
        self.assertEqual(tab.axe(), [])
        self.assertLessEqual(tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"), 0)
        self.assertEqual(tab.wrong(), [])


class LoginTest(Operated, ServerTest):
    def test_a_person_logs_in_and_out(self):
        carillon = self.serve(ended(1))
        profile = self.browser.context()
        tab = self.browser.tab(profile, carillon.url + "b/linux?result=success")
        self.enter(tab, "alice", "not-it")
        tab.wait("document.querySelector('[role=alert]')")
        self.assertIn("the name or the password is wrong", tab.text())
        self.good(tab, "login-wrong-light")
        self.assertEqual(self.browser.cookies(profile), [])
        self.enter(tab, "alice")
        tab.wait("location.pathname === '/b/linux'")
        self.assertEqual(tab.evaluate("location.search"), "?result=success")
        self.assertIn("alice", tab.text("form.who"))
        (cookie,) = self.browser.cookies(profile)
        self.assertEqual((cookie["httpOnly"], cookie["sameSite"]), (True, "Lax"))
        self.assertEqual(tab.evaluate("document.cookie"), "", "scripts do not see it")

        other = self.browser.tab(profile, carillon.url + "builds")
        self.assertIn("alice", other.text("form.who"))
        other.wait(_LIVE)
        tab.click("form.who button")
        tab.wait("location.pathname === '/login'")
        self.assertEqual(self.browser.cookies(profile), [])
        other.wait(_shows("You are logged out", "#live"))
        other.screenshot(SCREENSHOTS / "logged-out-light.png")
        self.assertIn("#1", other.text(), "what was shown stays")
        other.click("#live button")
        other.wait("location.pathname === '/login'")
        self.assertEqual(tab.wrong() + other.wrong(), [])

    def test_it_works_without_script(self):
        carillon = self.serve(ended(1))
        tab = self.log_in(carillon, "alice", "builds", script=False)
        self.assertIn("#1", tab.text())
        tab.click("form.who button")
        tab.wait("location.pathname === '/login'")

    def test_a_session_ends_with_its_account(self):
        carillon = self.serve(ended(1))
        tab = self.log_in(carillon, "alice", "builds")
        tab.wait(_LIVE)
        bob = self.log_in(carillon, "bob", "builds")
        bob.wait(_LIVE)
        self.users.write_text("".join(line for line in self.users.read_text().splitlines(True) if line[:4] == "bob:"))
        tab.wait(_shows("You are logged out", "#live"))
        self.post(carillon, ended(2))
        bob.wait(_shows("#2"))
        self.assertNotIn("#2", tab.text())


class DeliveriesTest(Operated, ServerTest):
    def test_one_is_sent_again_or_never(self):
        carillon = self.serve(ended(1), ended(2), status=404)
        self.assertEqual(self.states(carillon), {1: "dead", 2: "dead"})
        tab = self.log_in(carillon, "alice", "deliveries/1")
        self.good(tab, "delivery-operator-light")
        self.sink.default = Answer()
        tab.fill("form[action$='/resend'] [name=reason]", "the hook is back")
        tab.click("form[action$='/resend'] button")
        tab.wait(_shows("resend asked for by alice: the hook is back"))
        tab.wait(_shows("✓ delivered"))
        self.assertEqual(tab.evaluate("location.pathname"), "/deliveries/1")
        tab.goto(carillon.url + "deliveries/2")
        tab.fill("form[action$='/drop'] [name=reason]", "too late")
        tab.click("form[action$='/drop'] button")
        tab.wait(_shows("dropped by alice: too late"))
        self.assertEqual(self.states(carillon), {1: "delivered", 2: "dropped"})
        self.assertEqual(self.deeds(carillon), [("alice", "resend", "delivery 1", "the hook is back"),
                                                ("alice", "drop", "delivery 2", "too late")])

    def test_those_that_are_ticked(self):
        carillon = self.serve(*(ended(number) for number in range(1, 4)), status=404)
        tab = self.log_in(carillon, "alice", "deliveries")
        self.good(tab, "deliveries-operator-light")
        tab.click("[name='id.1']")
        tab.click("[name='id.3']")
        tab.fill("main [name=reason]", "nobody reads them")
        tab.click("button[value=drop]")
        tab.wait(_shows("2 reports are dropped."))
        self.good(tab, "done-light")
        self.assertEqual(self.states(carillon), {1: "dropped", 2: "dead", 3: "dropped"})
        self.sink.default = Answer()
        tab.goto(carillon.url + "deliveries?state=dropped")
        tab.click("[name='id.3']")
        tab.click("button[value=resend]")
        tab.wait(_shows("1 report is due now."))
        wait_for(lambda: self.states(carillon)[3] == "delivered", "it to be sent")
        tab.goto(carillon.url + "deliveries")
        tab.click("button[value=drop]")
        tab.wait(_shows("No delivery was chosen."))
        self.assertEqual(self.states(carillon), {1: "dropped", 2: "dead", 3: "delivered"})
        self.assertEqual(self.deeds(carillon), [("alice", "drop", "2 reports", "nobody reads them"),
                                                ("alice", "resend", "1 report", "")])
        phone = self.log_in(carillon, "alice", "deliveries", **WINDOWS["phone"])
        self.good(phone, "deliveries-operator-phone")

    def test_all_that_match_are_those_that_were_seen(self):
        carillon = self.serve(ended(1), ended(2), ended(1, "mac"), status=404)
        tab = self.log_in(carillon, "alice", "deliveries?state=dead&builder=linux")
        tab.click("main a[href*='deliveries/all']")
        tab.wait(_shows("All that match: 2 reports"))
        self.good(tab, "deliveries-all-light")
        self.report(carillon, ended(3))
        tab.click("button[value=drop]")
        tab.wait(_shows("There are 3 by now, and 2 were seen: look again."))
        self.assertEqual(set(self.states(carillon).values()), {"dead"}, "nothing was changed")
        tab.goto(carillon.url + "deliveries/all?state=dead&builder=linux&since=24h")
        tab.fill("main [name=reason]", "moved away")
        tab.click("button[value=drop]")
        tab.wait(_shows("3 reports are dropped."))
        self.assertEqual(sorted(self.states(carillon).values()), ["dead", "dropped", "dropped", "dropped"])
        self.assertEqual(self.deeds(carillon), [("alice", "drop", "3 reports", "moved away")])
        for odd in ("", "?state=delivered", "?state=odd"):
            self.assertEqual(tab.goto(carillon.url + "deliveries/all" + odd), 400, odd)


class ReportersTest(Operated, ServerTest):
    def test_one_is_paused_goes_on_and_is_tried(self):
        carillon = self.serve(ended(1))
        tab = self.log_in(carillon, "alice", "reporters/posts")
        self.good(tab, "reporter-operator-light")
        tab.fill("form[action$='/pause'] [name=reason]", "they move")
        tab.fill("form[action$='/pause'] [name=until]", "2h")
        tab.click("form[action$='/pause'] button")
        tab.wait(_shows("posts is paused until"))
        tab.click("main a")
        tab.wait("location.pathname === '/reporters/posts'")
        self.assertIn("they move", tab.text())
        self.post(carillon, ended(2))
        tab.wait(_shows("1 waiting"))
        stays(lambda: len(self.sink.received()) == 1, "nothing is sent", 1)
        tab.click("form[action$='/go'] button")
        tab.wait(_shows("posts goes on."))
        self.sink.wait_for(2)
        tab.goto(carillon.url + "reporters/posts")
        tab.click("form[action$='/test'] button")
        tab.wait(_shows("what was answered stands below"))
        self.assertIn("delivered", tab.text())
        self.good(tab, "test-send-light")
        self.sink.wait_for(3)
        self.assertEqual([deed[:2] for deed in self.deeds(carillon)],
                         [("alice", "pause"), ("alice", "go"), ("alice", "test-send")])


class SilencesTest(Operated, ServerTest):
    def test_one_is_tried_begun_and_ended(self):
        smtp = self.smtp_sink()
        carillon = self.serve(ended(1, "linux", 2), ended(1, "mac", 2),
                              services=mail(smtp, name="mails", messageFormatter=TERSE))
        smtp.wait_for(2)
        carillon.settled(4)
        tab = self.log_in(carillon, "alice", "b/linux/1")
        tab.click("main a[href*='silences/new']")
        tab.wait("location.pathname === '/silences/new'")
        self.assertEqual(tab.evaluate("document.querySelector('main [name=builder]').value"), "linux")
        tab.click("main form button:not([name])")
        tab.wait("document.querySelector('main [role=alert]')")
        self.good(tab, "silence-wrong-light")
        tab.fill("main [name=builder]", "lin*")
        tab.choose("main [name=for]", "4h")
        tab.fill("main [name=why]", "moving the disk")
        tab.click("main button[name=preview]")
        tab.wait("document.querySelector('main [role=status]')")
        self.assertIn("this would have held back 1 of 4 reports: mails 1", tab.text())
        self.assertNotIn("token", tab.evaluate("location.search"))
        self.assertEqual(tab.evaluate("[...document.querySelectorAll('main [name=builder], main [name=for], main "
                                      "[name=why]')].map(field => field.value)"), ["lin*", "4h", "moving the disk"])
        self.good(tab, "silence-preview-light")
        tab.click("main form button:not([name])")
        tab.wait("location.pathname === '/silences/1'")
        self.assertIn("running", tab.text())
        self.post(carillon, ended(2, "linux", 2))
        self.post(carillon, ended(2, "mac", 2))
        self.assertEqual([sent.subject for sent in smtp.wait_for(3)][2], "mac/2=2")
        tab.wait(_shows("1: mails 1"))
        self.good(tab, "silence-running-light")
        tab.click("form[action$='/end'] button")
        tab.wait(_shows("ended by"))
        self.assertIn("alice", tab.text())
        self.post(carillon, ended(3, "linux", 2))
        self.assertIn("linux/3=2", [sent.subject for sent in smtp.wait_for(5)])
        self.assertEqual([deed[:3] for deed in self.deeds(carillon)],
                         [("alice", "silence", "silence 1"), ("alice", "end", "silence 1")])


class ForgeryTest(Operated, ServerTest):
    """Nobody else's page, and nobody else's rights."""

    PAGES = ("", "deliveries", "deliveries?state=dead", "deliveries/1", "reporters/posts", "silences", "b/linux/1")

    def setUp(self):
        super().setUp()
        self.server = self.serve(ended(1), status=404)
        self.targets = {
            "deliveries/1/resend": {}, "deliveries/1/drop": {}, "deliveries": {"id.1": "on", "deed": "drop"},
            "reporters/posts/pause": {"until": "1h", "reason": "x"}, "reporters/posts/test": {},
            "silences": {"builder": "*", "for": "1h", "why": "x"}, "reload": {},
        }

    def assert_nothing_has_changed(self):
        self.assertEqual(self.states(self.server), {1: "dead"})
        self.assertEqual(len(self.sink.received()), 1)
        self.assertEqual(self.deeds(self.server), [])

    def form(self, target, fields, token):
        hidden = "".join(f'<input type="hidden" name="{name}" value="{value}">'
                         for name, value in {**fields, "form_token": token}.items())
        return f'<form method="post" action="{self.server.url}{target}">{hidden}<button>x</button></form>'

    def test_a_viewer_sees_no_buttons_and_his_own_form_is_refused(self):
        alice = self.log_in(self.server, "alice")
        tab = self.log_in(self.server, "bob")
        for page in self.PAGES:
            with self.subTest(page=page):
                self.assertEqual(tab.goto(self.server.url + page), 200)
                self.assertEqual(tab.evaluate(_DEEDS), 0)
                self.assertEqual(tab.evaluate("document.querySelectorAll('main [type=checkbox]').length"), 0)
                alice.goto(self.server.url + page)
        self.assertGreater(alice.evaluate("document.querySelectorAll('main a[href*=\"silences/new\"]').length"), 0)
        for page in ("log", "config", "silences/new", "deliveries/all?state=dead"):
            self.assertEqual(tab.goto(self.server.url + page), 403, page)
        tab.goto(self.server.url + "deliveries")
        token = tab.evaluate("document.querySelector('form.who [name=form_token]').value")
        self.assertNotEqual(token, "")
        for target, fields in self.targets.items():
            body = json.dumps({**fields, "form_token": token})
            status = tab.evaluate(f"fetch('/{target}', {{method: 'POST', body: new URLSearchParams({body})}})"
                                  ".then(answer => answer.status)")
            self.assertEqual(status, 403, target)
        self.assert_nothing_has_changed()

    def test_a_page_of_another_origin(self):
        """It is in the same browser as the operator; a port is no border for a cookie, a name is."""
        tab = self.log_in(self.server, "alice", "deliveries")
        token = tab.evaluate("document.querySelector('main [name=form_token]').value")
        evil = self.http_sink()
        targets = {**self.targets, "logout": {}, "login": {"user": "bob", "password": PASSWORD}}
        self.assertTrue(self.browser.cookies(self.profile))
        for host, told in (("127.0.0.1", "sent by a page of another site"), ("localhost", None)):
            for target, fields in targets.items():
                for known in (token, ""):
                    with self.subTest(host=host, target=target, token=bool(known)):
                        evil.default = Answer(headers={"Content-Type": "text/html"},
                                              body=self.form(target, fields, known).encode())
                        tab.goto(f"http://{host}:{evil.port}/")
                        tab.click("button")
                        tab.wait(f"location.origin === {self.server.url[:-1]!r} && document.readyState === 'complete'")
                        text = tab.text("body")
                        wrong = ("sent by a page of another site", "without showing who it is", "may not do this")
                        self.assertTrue(any(one in text for one in ([told] if told and target != "reload" else wrong)),
                                        text)
        # What scripts of it send, and pictures that are none.
        evil.default = Answer(headers={"Content-Type": "text/html"}, body=b"<title>elsewhere</title>")
        for host in ("127.0.0.1", "localhost"):
            tab.goto(f"http://{host}:{evil.port}/")
            for target, fields in targets.items():
                body = json.dumps({**fields, "form_token": token})
                for mode in ("no-cors", "cors"):
                    told = tab.evaluate(
                        f"fetch('{self.server.url}{target}', {{method: 'POST', mode: '{mode}', credentials: 'include', "
                        f"body: new URLSearchParams({body})}}).then(answer => answer.type, error => 'refused')")
                    self.assertEqual(told, "opaque" if mode == "no-cors" else "refused", "it may not even read it")
            tab.evaluate(f"new Promise(done => {{ const picture = new Image(); picture.onerror = done; "
                         f"picture.src = '{self.server.url}logout'; }}).then(() => 1)")
        tab.goto(self.server.url + "deliveries")
        self.assertIn("alice", tab.text("form.who"), "the session lives")
        self.assert_nothing_has_changed()


if __name__ == "__main__":
    unittest.main()
