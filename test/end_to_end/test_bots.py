"""People command a real Buildbot over a real IRC server."""


from carillon_test.carillon import watch
from carillon_test.case import ServerTest
from carillon_test.irc_client import IrcClient
from carillon_test.irc_server import NgIrcd
from carillon_test.services import Source, service
from carillon_test.telegram_fake import TelegramFake
from carillon_test.waiting import stays, wait_for

SHA = "a87b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
QUIET = 1.0


class OverIrc:
    def chat(self, buildbot, *, master=None, **arguments):
        """A bot "bells" in #dev, and Ann there, who may do everything; self.carillon_server is the Carillon."""
        server = NgIrcd(self._new("ircd"))
        self.addCleanup(server.close)
        server.start()
        ann = self.person(server, "Ann")
        arguments = {"host": "127.0.0.1", "port": server.port, "nick": "bells", "channels": ["#dev"],
                     "useColors": False, "authz": Source("{'!': ['ann'], 'notify': True}"), **arguments}
        carillon = self.carillon(service("IRC", **arguments), sources=[master or watch(buildbot)])
        carillon.wait_until_following()
        ann.wait_until_joined("bells", "#dev")
        self.server = server
        self.carillon_server = carillon
        return ann

    def person(self, server, nick):
        made = IrcClient(server.port, nick)
        self.addCleanup(made.quit)
        return made.join("#dev")

    def ask(self, person, command, pattern, *, private=False):
        """Says the command; the first answer that matches."""
        since = person.mark()
        if private:
            person.say("bells", command)
            return person.wait_for_text(pattern, None, "bells", since=since).text
        person.say("#dev", f"bells: {command}")
        return person.wait_for_text(pattern, "#dev", "bells", since=since).text


class QuestionsTest(OverIrc, ServerTest):
    def test_list_status_last_and_watch(self):
        buildbot = self.buildbot()
        buildbot.build("fail")
        buildbot.change(comments="Ring <b>\nmore", author="Ann <a@example.org>")
        buildbot.wait_build("pass")
        ann = self.chat(buildbot)
        said = self.ask(ann, "list builders", "builders")
        for name in ("pass", "fail", "slow", "chosen"):
            self.assertIn(name, said)
        self.assertIn("bell-1", self.ask(ann, "list workers", "workers"))
        self.assertIn("Ring <b>", self.ask(ann, "list 1 changes", "Ring"))
        self.assertRegex(self.ask(ann, "last fail", "last build"), r"^fail: last build failed \(.* ago\)")
        self.assertRegex(self.ask(ann, "!status fail", "idle", private=True), r"^fail: idle")
        self.assertIn("no such builder 'nope'", self.ask(ann, "status nope", "nope"))
        self.assertIn("no currently running", self.ask(ann, "watch slow", "running"))
        buildbot.force("slow")
        running = buildbot.wait_running("slow")
        wait_for(lambda: "running" in self.ask(ann, "status slow", "^slow: "), "it runs")
        self.assertIn(f"#{running['number']}", self.ask(ann, "bells, status slow".split(", ", 1)[1], "running"))
        self.ask(ann, "watch slow", "^Watching build #1 of slow")
        since = ann.mark()
        buildbot.release_slow()
        said = ann.wait_for_text("^Build #1 of slow completed successfully", "#dev", "bells", since=since).text
        self.assertIn(buildbot.url, said)

    def test_a_master_that_is_away(self):
        buildbot = self.buildbot()
        ann = self.chat(buildbot)
        buildbot.stop_master()
        self.assertIn("could not ask", self.ask(ann, "status all", "could not"))
        self.assertIn("could not ask", self.ask(ann, "force build pass because", "could not"))


class ControlTest(OverIrc, ServerTest):
    def test_force_with_everything_and_stop(self):
        buildbot = self.buildbot()
        ann = self.chat(buildbot, notify_events=["finished"])
        since = ann.mark()
        self.ask(ann, f"force build --branch=dev --revision={SHA} --props=answer=42,color=red "
                      "pass 'because of' \"the tests\"", "^Force build successfully requested")
        done = ann.wait_for_text("^Build #1 of pass completed successfully", "#dev", "bells", since=since)
        self.assertIn(buildbot.url, done.text)
        build = buildbot.wait_build("pass")
        properties = {name: value for name, (value, _) in
                      buildbot.get(f"builds/{build['buildid']}/properties")["properties"][0].items()}
        self.assertEqual((properties["branch"], properties["revision"]), ("dev", SHA))
        self.assertEqual((properties["answer"], properties["color"]), ("42", "red"))
        self.assertIn("Ann", properties["owner"])
        self.assertIn("because of the tests", properties["reason"])
        self.assertIn("Ann", properties["reason"])

        self.ask(ann, "force build slow please", "^Force build")
        build = buildbot.wait_running("slow")
        steps = lambda: buildbot.get(f"builds/{build['buildid']}/steps")["steps"]  # noqa: E731
        wait_for(lambda: [step["name"] for step in steps()][-1:] == ["wait"], lambda: str(steps()))
        since = ann.mark()
        self.ask(ann, "stop build slow 'it hangs'", f"^Build #{build['number']} of slow interrupted")
        ann.wait_for_text(f"^Build #{build['number']} of slow was cancelled", "#dev", "bells", since=since)
        logs = [log for step in steps() for log in buildbot.get(f"steps/{step['stepid']}/logs")["logs"]]
        said = "".join(buildbot.get(f"logs/{log['logid']}/contents")["logchunks"][0]["content"] for log in logs)
        self.assertIn("Ann", said)
        self.assertIn("it hangs", said)
        self.assertIn("no build is currently running", self.ask(ann, "stop build slow again", "running"))

    def test_what_is_refused(self):
        buildbot = self.buildbot()
        ann = self.chat(buildbot)
        eve = self.person(self.server, "Eve")
        for command in ("force build pass x", "stop build pass x", "shutdown now", "join #other"):
            self.assertIn("Eve", self.ask(eve, command, "Eve"))
        self.assertIn("Try 'force build", self.ask(ann, "force", "Try"))
        self.assertIn("no such builder", self.ask(ann, "force build nope why", "nope"))
        self.assertIn("bad", self.ask(ann, "force build --frobnicate=1 pass why", "frobnicate") + "bad")
        self.assertIn("shutdown_command", self.ask(ann, "shutdown check", "shutdown"))
        self.assertEqual(buildbot.builds("pass"), [])

    def test_shutdown_by_the_base_directory(self):
        buildbot = self.buildbot()
        ann = self.chat(buildbot, master=watch(buildbot, basedir=str(buildbot.basedir)))
        self.assertIn("running", self.ask(ann, "shutdown check", "running|shut"))
        buildbot.force("slow")
        buildbot.wait_running("slow")
        self.ask(ann, "shutdown start", "shuts down when")
        self.assertIn("shut", self.ask(ann, "shutdown check", "shut"))
        self.assertTrue(buildbot.master.is_running(), "the build runs on")
        buildbot.release_slow()
        buildbot.master.wait()
        wait_for(lambda: "not running" in self.ask(ann, "shutdown check", "running|shut"), "it is gone")


class EventsTest(OverIrc, ServerTest):
    def test_changes_of_results_and_the_worker(self):
        buildbot = self.buildbot(missing_timeout=1)
        ann = self.chat(buildbot, notify_events=["problem", "recovery", "worker"])
        since = ann.mark()
        for outcome in ("pass", "fail", "fail", "pass"):
            buildbot.build("chosen", outcome=outcome)
        heard = ann.wait_for_texts(2, "#dev", "bells", since=since)
        self.assertRegex(heard[0], "^Build #2 of chosen failed")
        self.assertRegex(heard[1], "^Build #4 of chosen completed successfully")
        since = ann.mark()
        buildbot.stop_worker()
        ann.wait_for_text("^Worker bell-1 is missing", "#dev", "bells", since=since)
        buildbot.start_worker()
        ann.wait_for_text("^Worker bell-1 is back online", "#dev", "bells", since=since)
        stays(lambda: len(ann.heard("#dev", "bells", since)) == 2, "once per outage", QUIET)

    def test_a_restart_of_the_master_is_no_outage_of_its_workers(self):
        buildbot = self.buildbot(missing_timeout=30)
        ann = self.chat(buildbot, notify_events=["worker"])
        since = ann.mark()
        buildbot.restart_master()
        self.carillon_server.wait_until_following()
        stays(lambda: not ann.heard("#dev", "bells", since), "no word of the worker", QUIET)


class DialogueTest(ServerTest):
    """The force dialogue over Telegram's strict stand-in, against the real Buildbot."""

    def chat(self, buildbot, **arguments):
        telegram = TelegramFake()
        self.addCleanup(telegram.close)
        self.telegram = telegram
        self.ann = telegram.person(12, "Ann", last_name="Smith", username="ann")
        self.place = telegram.private(self.ann)
        arguments = {"bot_token": telegram.token, "bot_username": telegram.username, "baseURL": telegram.url,
                     "chat_ids": [12], "authz": Source("{'!': [12]}"), "notify_events": ["finished"], **arguments}
        self.bot = self.carillon(service("TelegramBot", **arguments), sources=[watch(buildbot)])
        self.bot.wait_until_following()
        return telegram

    def say(self, text, part):
        """Ann's message; the bot's next one that has this in its text."""
        count = len(self.telegram.messages(self.place))
        self.telegram.say(self.place, self.ann, text)
        return self.newest(part, count)

    def newest(self, part, since=0):
        def found():
            return next((m for m in self.telegram.messages(self.place)[since:] if part in m.text), None)

        return wait_for(found, lambda: f"{part!r} in {[m.text for m in self.telegram.messages(self.place)]}")

    def press(self, message, caption, part):
        """The message once it was edited so that it has this in its text."""
        edits = message.edits
        caption = next(c for c in message.captions if caption in c)
        self.telegram.press(message, caption, self.ann)
        wait_for(lambda: message.edits > edits and part in message.text, lambda: f"{part!r} in {message}")
        return message

    def test_every_kind_of_parameter_to_the_end(self):
        buildbot = self.buildbot()
        telegram = self.chat(buildbot)
        form = self.say("/force", "Which force scheduler")
        self.press(form, "Release by hand", "Which builder")
        self.press(form, "chosen", "about to start a new build on chosen")
        self.assertNotIn("Start Build", str(form.captions), "two values are missing")
        lines = [line.strip() for line in form.text.splitlines()]
        self.assertEqual(lines[lines.index("Deployment") + 1], "Where nowhere")
        for hidden in ("hidden", "origin", "unseen"):
            self.assertNotIn(hidden, form.text)

        def answer(caption, text, part):
            nonlocal form
            button = next((c for c in form.captions if caption in c), None)
            self.assertIsNotNone(button, (caption, form.captions, form.text))
            count = len(telegram.messages(self.place))
            telegram.press(form, button, self.ann)
            self.newest(caption, count)
            form = self.say(text, part)

        answer("Version", "1.2", "1.2")
        self.bot.wait_until_answered().kill9()  # buttons and the dialogue are kept
        self.bot.start()
        answer("Why", "for <b> & \N{BELL} 'show'", "\N{BELL}")
        answer("Jobs", "many", "'Jobs' must be a whole number, not 'many'\n\nEnter the new value for Jobs")
        form = self.say("4", "Jobs 4")  # the question was asked again
        self.press(form, "Clean build", "Choose the new value for Clean build")
        self.press(form, "Yes", "Clean build yes")
        self.press(form, "Compiler", "Choose the new value for Compiler")
        self.press(form, "clang", "Compiler clang")
        self.press(form, "Targets", "Choose the new value for Targets")
        self.press(form, "arm", "Choose the new value for Targets")
        self.press(form, "Done", "Targets x86, arm")
        self.press(form, "Where", "Choose the new value for Where")
        self.press(form, "staging", "Where staging")
        count = len(telegram.messages(self.place))
        telegram.press(form, next(c for c in form.captions if "Start Build" in c), self.ann)
        self.newest("Force build successfully requested", count)
        self.newest("Build #1 of chosen completed successfully", count)
        build = buildbot.wait_build("chosen")
        properties = {name: value for name, (value, _) in
                      buildbot.get(f"builds/{build['buildid']}/properties")["properties"][0].items()}
        self.assertEqual(
            {name: properties[name] for name in ("version", "jobs", "clean", "compiler", "origin", "mirror")},
            {"version": "1.2", "jobs": 4, "clean": True, "compiler": "clang", "origin": "by hand",
             "mirror": "north"})
        self.assertEqual(sorted(properties["targets"]), ["arm", "x86"])
        self.assertEqual(properties["deploy"]["where"], "staging")
        self.assertIn("for <b> & \N{BELL} 'show'", properties["reason"])
        self.assertIn("Ann Smith (@ann)", properties["reason"])
        self.assertEqual(telegram.refused, [])

    def test_the_master_refuses_and_nay_leaves(self):
        buildbot = self.buildbot()
        telegram = self.chat(buildbot)
        form = self.say("/force dialogue chosen version=abc 'reason=why not'", "about to start")
        self.press(form, "Start Build", "I can't")
        self.assertIn("version", form.text.lower())
        count = len(telegram.messages(self.place))
        telegram.press(form, next(c for c in form.captions if "Version" in c), self.ann)
        self.newest("Version", count)
        self.say("/nay", "Never mind")
        self.say("2.0", "Say what?")
        self.assertEqual(buildbot.builds("chosen"), [])
        self.assertEqual(telegram.refused, [])

    def test_stop_and_watch_by_buttons(self):
        buildbot = self.buildbot()
        telegram = self.chat(buildbot, notify_events=[])
        buildbot.force("slow")
        buildbot.wait_running("slow")
        question = self.say("/watch", "Which builder")
        count = len(telegram.messages(self.place))
        telegram.press(question, next(c for c in question.captions if "slow" in c), self.ann)
        self.newest("Watching build #1 of slow", count)
        question = self.say("/stop", "Select builder")
        count = len(telegram.messages(self.place))
        telegram.press(question, next(c for c in question.captions if "slow" in c), self.ann)
        self.newest("reason", count)
        self.say("it hangs", "Build #1 of slow interrupted")
        self.newest("Build #1 of slow was cancelled")
        self.assertEqual(buildbot.wait_build("slow")["results"], 6)
        self.assertEqual(telegram.refused, [])
