"""IRC against the real ngIRCd and InspIRCd, plain and over TLS: what is announced, and how the bot holds out.

Both servers are strict about floods: see irc_server.py.
"""

import re
import unittest

from carillon_test.case import ServerTest
from carillon_test.certificates import Certificates
from carillon_test.events import build
from carillon_test.irc_client import IrcClient
from carillon_test.irc_server import InspIrcd, NgIrcd
from carillon_test.irc_services import IrcServices
from carillon_test.services import service
from carillon_test.waiting import wait_for
from carillon_test.znc import LOGIN as znc_login
from carillon_test.znc import Znc

BELL = "\N{BELL}"


class Irc:
    """What all tests here need; `Server` is the kind."""

    tls = False
    password = None  # of the server

    def setUp(self):
        super().setUp()
        made = self.certificates() if self.tls else None
        self.ca = made.ca if made else None
        self.context = made.client_context() if made else None
        self.server = self.make_server(self._new("ircd"), made)
        self.addCleanup(self.server.close)
        self.server.start()
        self.port = self.server.tls_port if self.tls else self.server.port

    def make_server(self, folder, certificates):
        return self.Server(folder, certificates, password=self.password)

    def person(self, nick, *channels, account=None):
        made = IrcClient(self.port, nick, tls=self.context, account=account, password=self.password)
        self.addCleanup(made.quit)
        for channel in channels:
            made.join(*channel.split())
        return made

    def irc(self, **arguments):
        """The text of a service."""
        values = {
            "host": "localhost" if self.tls else "127.0.0.1", "nick": "bells", "channels": ["#dev"],
            "port": self.port, "lostDelay": 0.3, "failedDelay": 0.5, "notify_events": ["finished"],
            "digestAfter": 10**9,  # the builds of the tests ended in 2023
        }
        if self.tls:
            values.update(useSSL=True, caFile=str(self.ca))
        return service("IRC", **{**values, **arguments})

    def bot(self, **arguments):
        """A Carillon with a bot that has reached the server."""
        made = self.carillon(self.irc(**arguments))
        made.process.wait_for_output(r"connected as")
        return made

    def settled(self, carillon, count, state="delivered", timeout=120):
        def rows():
            found = carillon.deliveries("--limit", 1000)
            return len(found) == count and all(row["state"] == state for row in found)

        wait_for(rows, lambda: f"{count} {state} deliveries: {carillon.deliveries()[-10:]}", timeout)


def announced(number, words, builder="linux", color=""):
    """An announcement as it is said."""
    colored = f"\x03{color}{words}\x0f" if color else words
    return f"Build #{number} of {builder} {colored}"


class Announcing(Irc):
    def test_channels_with_keys_and_people(self):
        ann = self.person("Ann", "#dev", "#secret")
        ann.mode("#secret", "+k", "s3same")
        ann.wait_for(r"MODE #secret \+k")
        carillon = self.bot(
            channels=["#Dev", {"channel": "#secret", "password": "s3same"}], pm_to_nicks=["ann"],
        )
        carillon.ingest([build(1, "linux"), build(2, "linux", 2, state_string="failed 'make'")])
        good = announced(1, "completed successfully", color="03") + ". " + build(1, "linux")["url"]
        bad = announced(2, "failed", color="04") + ": failed 'make' " + build(2, "linux")["url"]
        for place in ("#dev", "#secret", "Ann"):
            self.assertEqual(ann.wait_for_texts(2, place, "bells"), [good, bad])
        self.assertEqual({said.command for said in ann.heard("#dev", "bells")}, {"PRIVMSG"})
        self.settled(carillon, 6)
        self.assertNotIn("s3same", carillon.process.text())

    def test_notices_tags_revisions_and_no_colours(self):
        ann = self.person("Ann", "#dev")
        carillon = self.bot(
            pm_to_nicks=["Ann"], noticeOnChannel=True, useColors=False, useRevisions=True, tags=["loud"],
            notify_events=["started", "problem", "recovery"],
        )
        loud = {"builderid": 7, "name": "linux", "tags": ["loud"], "description": None, "masterids": [1]}
        carillon.ingest(_with(1, loud, 0))
        carillon.ingest(_with(2, {**loud, "builderid": 8, "name": "quiet", "tags": ["quiet"]}, 2))
        carillon.ingest(_with(3, loud, None))
        carillon.ingest(_with(3, loud, 2))
        expected = [
            "Build containing revision(s) [0000000] on linux started.",
            "Build containing revision(s) [0000000] on linux failed: failed",
        ]
        self.assertEqual(ann.wait_for_texts(2, "#dev", "bells"), expected)
        self.assertEqual(ann.wait_for_texts(2, "Ann", "bells"), expected)
        self.assertEqual({said.command for said in ann.heard("#dev", "bells")}, {"NOTICE"})
        self.assertEqual({said.command for said in ann.heard("Ann", "bells")}, {"PRIVMSG"})

    def test_old_news_come_as_a_digest(self):
        ann = self.person("Ann", "#dev")
        carillon = self.bot(digestAfter=600)
        carillon.ingest([build(number, "linux", 2 * (number % 2)) for number in range(1, 21)])
        self.settled(carillon, 20)
        ann.wait_for_text("^Build #20 of linux", "#dev", "bells")
        texts = [said.text for said in ann.heard("#dev", "bells")]
        self.assertLess(len(texts), 15, texts)
        self.assertRegex("\n".join(texts), r"\d+ announcements had to wait since 2023-11-14 22:14 UTC\. Of the builds "
                                           r"\d+ completed successfully, \d+ failed\. The last ones:")
        self.assertTrue(texts[-1].startswith("Build #20 of linux"), texts)
        answers = [row["answer"] for row in carillon.deliveries()]
        self.assertGreater(sum(answer.startswith("in a digest of ") for answer in answers), 10)

    def test_long_and_hostile_text(self):
        ann = self.person("Ann", "#dev")
        carillon = self.bot()
        names = [
            "a\r\nQUIT :gone\r\nb", "nul\0and\x01ACTION\x01", "\x02bold\x0304red\x0f\x16\x1d\x1f",
            "x" * 2000, BELL * 400, "\N{ZERO WIDTH SPACE}" * 3 + "\u202e" + "words " * 200, ": /quit",
        ]
        for number, name in enumerate(names, 1):
            reply = carillon.ingest(build(number, name, 2, state_string=BELL * 300 + "\r\nNICK evil"))
            self.assertEqual(reply.status, 202, reply.body)
        carillon.ingest(build(99, "last"))
        ann.wait_for_text("#99 of last", "#dev", "bells", 120)
        said = ann.heard("#dev", "bells")
        for one in said:
            self.assertLessEqual(one.octets, 512, one)
            self.assertNotRegex(one.text.replace("\x0304failed\x0f", "").replace(
                "\x0303completed successfully\x0f", ""), r"[\x00-\x1f\x7f\u202e]|\\x")
        text = "".join(one.text for one in said)
        self.assertIn("x" * 2000, text)
        self.assertEqual(text.count(BELL * 400), 1)
        self.assertEqual(text.replace(" ", "").count("words" * 200), 1)
        self.assertIn("of a  QUIT :gone  b failed", text.replace("\x0304", "").replace("\x0f", ""))
        self.assertNotIn("evil", " ".join(ann.names("#dev")))
        self.assertEqual(carillon.process.text().count("connected as"), 1)
        self.settled(carillon, len(names) + 1)


def _with(number, builder, results):
    """A build of that builder object; results None: it has begun."""
    made = build(number, builder["name"], results or 0, complete=results is not None)
    return {**made, "builder": builder, "builderid": builder["builderid"], "state_string": "failed"}


class Trouble(Irc):
    def test_a_kick_is_followed_by_a_new_join(self):
        ann = self.person("Ann", "#dev")
        carillon = self.bot()
        ann.wait_until_joined("bells", "#dev")
        since = ann.mark()
        ann.kick("#dev", "bells")
        carillon.ingest(build(1, "linux"))
        ann.wait_until_joined("bells", "#dev", since=since)
        ann.wait_for_text("#1 of linux", "#dev", "bells")
        self.settled(carillon, 1)
        self.assertRegex(carillon.process.text(), "left #dev: kicked by Ann: out")

    def test_a_restarted_server_misses_nothing(self):
        carillon = self.bot(channels=["#dev", "#ops"])
        ann = self.person("Ann", "#dev", "#ops")
        carillon.ingest([build(number, "linux") for number in range(1, 6)])
        ann.wait_for_texts(5, "#dev", "bells")
        self.settled(carillon, 10)
        self.server.kill()
        carillon.ingest([build(number, "linux") for number in range(6, 11)])
        carillon.process.wait_for_output("again in ")
        with carillon.process.paused():  # so Ann is there first
            self.server.restart()
            ann = self.person("Ann", "#dev", "#ops")
        for channel in ("#dev", "#ops"):
            texts = ann.wait_for_texts(5, channel, "bells")[-5:]
            self.assertEqual([_number(text) for text in texts], [6, 7, 8, 9, 10])
        self.settled(carillon, 20)

    def test_a_nick_in_use_is_taken_back(self):
        other = self.person("bells", "#dev")
        ann = self.person("Ann", "#dev")
        carillon = self.carillon(self.irc())
        ann.wait_until_joined("bells_", "#dev")
        ann.say("#dev", "bells_: version")
        ann.wait_for_text("This is Carillon", "#dev", "bells_")
        since = ann.mark()
        other.quit()
        ann.wait_for(r"^:bells_!\S+ NICK :?bells\s*$", since=since)
        ann.say("#dev", "Bells, version")
        ann.wait_for_text("This is Carillon", "#dev", "bells")
        carillon.ingest(build(1, "linux"))
        ann.wait_for_text("#1 of linux", "#dev", "bells")

    def test_a_reload_changes_channels_and_not_the_nick(self):
        ann = self.person("Ann", "#dev", "#more")
        carillon = self.bot()
        ann.wait_until_joined("bells", "#dev")
        since = ann.mark()
        carillon.configure(self.irc(channels=["#dev", "#more"]))
        carillon.reload()
        ann.wait_until_joined("bells", "#more", since=since)
        self.assertEqual(sum(" QUIT " in line for line in ann.lines()[since:]), 1)
        carillon.ingest(build(1, "linux"))
        ann.wait_for_text("#1 of linux", "#more", "bells")
        since = ann.mark()
        self.assertEqual(carillon.stop(), 0)
        ann.wait_for(r"^:bells!\S+ QUIT :.*Carillon is leaving", since=since)

    def test_a_reload_makes_no_bot_forget_who_subscribed(self):
        ann = self.person("Ann", "#dev")
        carillon = self.bot(notify_events=[])
        ann.wait_until_joined("bells", "#dev")
        ann.say("bells", "notify on success")
        ann.wait_for_text("notified: success", nick="bells")
        for number in range(1, 4):
            carillon.configure(self.irc(notify_events=[], channels=["#dev", "#more"][:1 + number % 2]))
            carillon.reload()
            carillon.ingest(build(number, "linux"))  # the new bot has hardly begun
            ann.wait_for_text(f"#{number} of linux", nick="bells")

    def test_who_is_away_and_what_is_closed_holds_up_nobody(self):
        ann = self.person("Ann", "#dev", "#closed")
        ann.mode("#closed", "+k", "s3same")
        ann.wait_for(r"MODE #closed \+k")
        carillon = self.bot(
            channels=["#dev", {"channel": "#closed", "password": "wr0ng"}], pm_to_nicks=["ben"],
        )
        carillon.ingest([build(1, "linux"), build(2, "linux")])
        ann.wait_for_texts(2, "#dev", "bells")

        def told():
            rows = {row["target"].split()[-1]: row for row in carillon.deliveries() if row["answer"]}
            return "401" in rows.get("ben", {}).get("answer", "") and "475" in rows.get("#closed", {}).get("answer", "")

        wait_for(told, lambda: f"both reasons: {carillon.deliveries()}", 120)
        ben = self.person("ben")
        self.assertEqual([_number(text) for text in ben.wait_for_texts(2, nick="bells", timeout=120)], [1, 2])
        shown = carillon.process.text() + repr(carillon.deliveries())
        self.assertNotIn("wr0ng", shown)


def _number(text):
    return int(re.search(r"#(\d+)", text)[1])


class Flood(Irc):
    def test_two_hundred_announcements_in_order_and_complete(self):
        people = [self.person("Ann", "#dev", "#ops"), self.person("Ben")]
        carillon = self.bot(channels=["#dev", "#ops"], pm_to_nicks=["Ann", "Ben"])
        carillon.ingest([build(number, "linux") for number in range(1, 51)])
        for person, place in ((people[0], "#dev"), (people[0], "#ops"), (people[0], "Ann"), (people[1], "Ben")):
            texts = person.wait_for_texts(50, place, "bells", 240)
            self.assertEqual([_number(text) for text in texts], list(range(1, 51)))
        self.settled(carillon, 200)
        self.assertEqual(carillon.process.text().count("connected as"), 1)


class Commands(Irc):
    def test_what_needs_no_master(self):
        ann = self.person("Ann", "#dev")
        ben = self.person("Ben", "#dev")
        self.bot()
        ann.wait_until_joined("bells", "#dev")
        ann.say("#dev", "bells: version")
        ann.wait_for_text("^This is Carillon [0-9.]+ at your service$", "#dev", "bells")
        ben.say("bells", "!help version")
        ben.wait_for_text("^Usage: version", nick="bells")
        ben.say("bells", "sing")
        ben.wait_for_text("I don't get this 'sing'", nick="bells")
        ben.wait_for_text("commands: commands, ", nick="bells")
        ben.say("bells", "force build linux")
        ben.wait_for_text("You shall not pass, Ben!", nick="bells")
        since = ann.mark()
        ann.say("#dev", "\x01ACTION threatens bells\x01")
        ann.wait_for_text("^\x01ACTION hosts a red wedding for Ann\x01$", "#dev", "bells", since=since)
        ann.say("#dev", "bells are ringing")
        ann.send("NOTICE #dev :bells: version", "NOTICE bells :version")
        ann.say("#dev", "BELLS:version")
        ann.wait_for_text("This is Carillon", "#dev", "bells", since=since)
        self.assertEqual(len(ann.heard("#dev", "bells", since)), 2)
        self.assertEqual(ann.heard(nick="bells"), [])

    def test_notify_is_for_operators_and_kept(self):
        ann = self.person("Ann", "#dev")
        ben = self.person("Ben", "#dev")
        carillon = self.bot(notify_events=[])
        ann.wait_until_joined("bells", "#dev")
        ben.say("#dev", "bells: notify on finished")
        ben.wait_for_text("operators", "#dev", "bells")
        ann.say("#dev", "bells: notify on failure")
        ann.wait_for_text("notified: failure", "#dev", "bells")
        ben.say("bells", "notify on success")
        ben.wait_for_text("notified: success", nick="bells")
        ann.mode("#dev", "+o-o", "Ben", "Ann")
        ben.wait_for(r"MODE #dev \+o-o")
        ann.say("#dev", "bells: notify on exception")
        ann.wait_for_text("operators.*Ann", "#dev", "bells")
        since = ann.mark()
        carillon.restart()
        ann.wait_until_joined("bells", "#dev", since=since)
        carillon.ingest([build(1, "linux"), build(2, "linux", 2)])
        self.assertEqual(_number(ann.wait_for_texts(1, "#dev", "bells", since=since)[0]), 2)
        self.assertEqual(_number(ben.wait_for_text("Build", nick="bells").text), 1)
        ben.say("#dev", "bells: notify off")
        ann.wait_for_text("No events are being notified", "#dev", "bells", since=since)
        carillon.restart()
        carillon.ingest([build(3, "linux", 2), build(4, "linux")])
        ben.wait_for_text("#4 of", nick="bells")
        self.assertEqual([s.text for s in ann.heard("#dev", "bells", since) if "#3 of" in s.text], [])

    def test_join_leave_and_mute(self):
        ann = self.person("Ann", "#dev", "#new")
        ann.mode("#new", "+k", "s3same")
        ann.wait_for(r"MODE #new \+k")
        carillon = self.bot(authz={"join": ["ANN"], "leave": True})
        ann.wait_until_joined("bells", "#dev")
        ann.say("bells", "join #new")
        ann.wait_for_text("I cannot join #new: 475", nick="bells")
        ann.say("bells", "join #new s3same")
        ann.wait_for_text(r"I have joined #new\.", nick="bells")
        ann.say("#new", "bells: notify on finished")
        ann.wait_for_text("notified: finished", "#new", "bells")
        since = ann.mark()
        carillon.restart()
        for channel in ("#new", "#dev"):
            ann.wait_until_joined("bells", channel, since=since)
        ann.say("#dev", "bells: mute")
        ann.wait_for_text("Shutting up for now", "#dev", "bells")
        carillon.ingest(build(1, "linux"))
        ann.wait_for_text("#1 of linux", "#new", "bells")
        wait_for(
            lambda: any(row["state"] == "skipped" for row in carillon.deliveries()),
            lambda: f"a skipped delivery: {carillon.deliveries()}",
        )
        ann.say("#dev", "bells: unmute")
        ann.wait_for_text("I'm back", "#dev", "bells")
        ann.say("bells", "leave #NEW")
        ann.wait_for(r"^:bells!\S+ PART :?#new", flags=re.IGNORECASE)
        carillon.ingest(build(2, "linux"))
        ann.wait_for_text("#2 of linux", "#dev", "bells")
        self.assertEqual([s.text for s in ann.heard("#dev", "bells", since) if "#1 of" in s.text], [])
        self.assertEqual([s.text for s in ann.heard("#new", "bells", since) if "#2 of" in s.text], [])


class Paces(Irc):
    def test_a_list_goes_out_in_few_full_lines(self):
        ann = self.person("Ann", "#dev")
        self.bot()
        ann.wait_until_joined("bells", "#dev")
        ann.say("bells", "help")
        ann.wait_for_text("watch - announce the completion", nick="bells")
        said = ann.heard(nick="bells")
        self.assertLessEqual(len(said), 4, said)
        for one in said:
            self.assertLessEqual(one.octets, 512, one)
        text = " | ".join(one.text for one in said)
        self.assertIn("force - force a build | hello - say hello | help - ", text)

    def test_many_channels_are_joined_in_few_lines(self):
        channels = [f"#c{number}" for number in range(18)]
        ann = self.person("Ann")
        ann.send("JOIN " + ",".join(channels))  # one by one would be a flood
        ann.join("#key")
        ann.mode("#key", "+k", "s3same")
        ann.wait_for(r"MODE #key \+k")
        carillon = self.bot(channels=[*channels, {"channel": "#key", "password": "s3same"}])
        for channel in (*channels, "#key"):
            ann.wait_until_joined("bells", channel)
        carillon.ingest(build(1, "linux"))
        for channel in (*channels, "#key"):
            ann.wait_for_text("#1 of linux", channel, "bells")
        self.settled(carillon, 19)
        self.assertEqual(carillon.process.text().count("connected as"), 1)


class Colorless(Irc):
    def test_a_channel_that_takes_no_colours(self):
        ann = self.person("Ann", "#dev", "#ops")
        ann.mode("#dev", "+c")
        ann.wait_for(r"MODE #dev :?\+c")
        carillon = self.bot(channels=["#dev", "#ops"])
        carillon.ingest([build(1, "linux"), build(2, "linux")])
        plain = [announced(n, "completed successfully") + ". " + build(n, "linux")["url"] for n in (1, 2)]
        colored = [announced(n, "completed successfully", color="03") + ". " + build(n, "linux")["url"] for n in (1, 2)]
        self.assertEqual(ann.wait_for_texts(2, "#dev", "bells"), plain)
        self.assertEqual(ann.wait_for_texts(2, "#ops", "bells"), colored)
        self.settled(carillon, 4)


class WithServices(Irc):
    sasl = True

    def make_server(self, folder, certificates):
        return InspIrcd(folder, certificates, services=True, sasl=self.sasl)

    def services(self):
        accounts = {"bells": "s3same", "Annie": "an0ther", "bob": "th1rd"}
        made = IrcServices(self.server.services_port, accounts)
        self.addCleanup(made.close)
        return made


class Accounts(WithServices):
    def test_sasl_and_accounts_for_commands(self):
        services = self.services()
        # Ann was there before the bot, and Bob comes later: tags tell of both.
        ann = self.person("Ann", "#dev", account=("Annie", "an0ther"))
        carillon = self.bot(password="s3same", authz={"version": ["account:ANNIE"], "source": ["Ann"]})
        ann.wait_until_joined("bells", "#dev")
        self.assertEqual(services.logins, [("sasl", "Annie"), ("sasl", "bells")])
        bob = self.person("bob", "#dev", account=("bob", "th1rd"))
        eve = self.person("eve", "#dev")
        for nobody in (bob, eve):
            nobody.say("bells", "version")
            nobody.wait_for_text("You shall not pass", nick="bells")
        ann.say("#dev", "bells: version")
        ann.wait_for_text("This is Carillon", "#dev", "bells")
        # The nick is not the account: who takes it over may do what the nick may, and no more.
        ann.rename("Ann2")
        eve.rename("Ann")
        eve.say("#dev", "bells: version")
        eve.wait_for_text("You shall not pass, Ann!", "#dev", "bells")
        since = ann.mark()
        ann.say("bells", "version")
        ann.wait_for_text("This is Carillon", "Ann2", "bells", since=since)
        shown = carillon.process.text() + repr(carillon.deliveries())
        self.assertNotIn("s3same", shown)

    def test_a_wrong_password_is_told_and_the_bot_comes_all_the_same(self):
        services = self.services()
        carillon = self.bot(password="wr0ng")
        carillon.process.wait_for_output("SASL login refused")
        ann = self.person("Ann", "#dev")
        carillon.ingest(build(1, "linux"))
        ann.wait_for_text("#1 of linux", "#dev", "bells")
        self.assertIn(("sasl", "bells"), services.refused)
        self.assertNotIn("wr0ng", carillon.process.text() + repr(carillon.deliveries()))


class NickServ(WithServices):
    sasl = False

    def test_the_bot_identifies_itself_under_any_nick(self):
        services = self.services()
        other = self.person("bells", "#dev")
        carillon = self.bot(password="s3same")

        def logged_in(*all_of_them):
            wait_for(lambda: services.logins == list(all_of_them), lambda: f"the logins: {services.logins}")

        logged_in(("identify", "bells"))
        other.wait_until_joined("bells_", "#dev")
        other.quit()
        logged_in(("identify", "bells"), ("identify", "bells"))
        self.assertNotIn("s3same", carillon.process.text())


class Password(Irc):
    password = "l3tmein"

    def test_the_bot_shows_it(self):
        ann = self.person("Ann", "#dev")
        for number, arguments in enumerate(({"password": "l3tmein"}, {"serverPassword": "l3tmein", "password": "s3same"})):
            since = ann.mark()
            carillon = self.bot(**arguments)
            carillon.ingest(build(number, "linux"))
            ann.wait_for_text(f"#{number} of linux", "#dev", "bells", since=since)
            self.assertNotIn("l3tmein", carillon.process.text() + repr(carillon.deliveries()))
            self.assertEqual(carillon.stop(), 0)

    def test_a_wrong_one_is_told(self):
        carillon = self.carillon(self.irc(serverPassword="wr0ng"))
        carillon.process.wait_for_output("refused: |closed by the server: .*[Dd]enied")
        self.assertNotRegex(carillon.process.text(), "wr0ng|connected as")


class Verifying(Irc):
    tls = True

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        carillon = self.carillon(self.irc(caFile=None))
        carillon.process.wait_for_output("TLS: the certificate is not accepted")
        self.assertNotIn("connected as", carillon.process.text())
        carillon.configure(self.irc(caFile=None, verify=False))
        carillon.reload()
        carillon.process.wait_for_output("connected as bells")

    def test_a_certificate_of_another_host_is_refused(self):
        made = Certificates(self._new("elsewhere"), "DNS:elsewhere.example")
        other = self.Server(self._new("ircd"), made)
        self.addCleanup(other.close)
        other.start()
        carillon = self.carillon(self.irc(port=other.tls_port, caFile=str(made.ca)))
        carillon.process.wait_for_output("TLS: the certificate is not accepted: hostname mismatch")


class NgIrcdAnnouncingTest(Announcing, ServerTest):
    Server = NgIrcd


class InspIrcdAnnouncingTest(Announcing, ServerTest):
    Server = InspIrcd
    tls = True


class NgIrcdTroubleTest(Trouble, ServerTest):
    Server = NgIrcd
    tls = True


class InspIrcdTroubleTest(Trouble, ServerTest):
    Server = InspIrcd


class NgIrcdFloodTest(Flood, ServerTest):
    Server = NgIrcd


class InspIrcdFloodTest(Flood, ServerTest):
    Server = InspIrcd
    tls = True


class NgIrcdCommandsTest(Commands, ServerTest):
    Server = NgIrcd
    tls = True


class InspIrcdCommandsTest(Commands, ServerTest):
    Server = InspIrcd


class NgIrcdPacesTest(Paces, ServerTest):
    Server = NgIrcd


class InspIrcdPacesTest(Paces, ServerTest):
    Server = InspIrcd


class InspIrcdColorlessTest(Colorless, ServerTest):
    Server = InspIrcd


class NgIrcdPasswordTest(Password, ServerTest):
    Server = NgIrcd


class InspIrcdPasswordTest(Password, ServerTest):
    Server = InspIrcd


class NgIrcdBouncerTest(Irc, ServerTest):
    """ZNC has a password, and stays in the channels when the bot is away."""

    Server = NgIrcd

    def test_announces_through_znc(self):
        znc = Znc(self._new("znc"), self.port, "bells")
        self.addCleanup(znc.close)
        ann = self.person("Ann", "#dev")
        carillon = self.bot(port=znc.port, password=znc_login)
        ann.wait_until_joined("bells", "#dev")
        carillon.ingest(build(1, "linux"))
        ann.wait_for_text("#1 of linux", "#dev", "bells")
        ann.say("#dev", "bells: version")
        ann.wait_for_text("This is Carillon", "#dev", "bells")
        self.settled(carillon, 1)
        self.assertNotIn(znc_login, carillon.process.text())

    def test_a_wrong_password_is_told(self):
        znc = Znc(self._new("znc"), self.port, "bells")
        self.addCleanup(znc.close)
        carillon = self.carillon(self.irc(port=znc.port, password="owner/test:wr0ng"))
        carillon.process.wait_for_output(r"irc 127.0.0.1:\d+: .*(464|[Ii]nvalid [Pp]assword)")
        self.assertNotIn("wr0ng", carillon.process.text())


class InspIrcdForwardingTest(Irc, ServerTest):
    """A full channel may send who comes to another one (470)."""

    def make_server(self, folder, certificates):
        return InspIrcd(folder, certificates, modules=["redirect"])

    def test_the_bot_leaves_where_it_was_forwarded_to(self):
        ann = self.person("Ann", "#dev", "#full", "#other")
        ann.mode("#full", "+lL", "1", "#other")
        ann.wait_for(r" MODE #full ")
        carillon = self.bot(channels=["#dev", "#full"])
        ann.wait_until_joined("bells", "#other")
        ann.wait_for(r"^:bells!\S+ PART :?#other")
        carillon.process.wait_for_output("cannot join #full")
        ann.wait_until_joined("bells", "#dev")
        carillon.ingest(build(1, "linux"))
        ann.wait_for_text("#1 of linux", "#dev", "bells")
        self.assertEqual(ann.heard("#other", "bells"), [])


class InspIrcdAccountsTest(Accounts, ServerTest):
    Server = InspIrcd


class InspIrcdNickServTest(NickServ, ServerTest):
    Server = InspIrcd


class NgIrcdVerifyingTest(Verifying, ServerTest):
    Server = NgIrcd


if __name__ == "__main__":
    unittest.main()
