"""The bots' `force` and `stop` at CIs other than Buildbot: GitHub, GitLab, Jenkins, Gitea, Forgejo."""

import time
import unittest

from carillon_test.case import ServerTest
from carillon_test.ci_starters import GiteaOrders, GitLabOrders, JenkinsOrders
from carillon_test.github_workflows import GitHubWorkflows
from carillon_test.hooks import deliver, digest
from carillon_test.irc_client import IrcClient
from carillon_test.irc_server import NgIrcd
from carillon_test.services import Source, service
from carillon_test.telegram_fake import TelegramFake
from carillon_test.waiting import wait_for

DONE = "Force build successfully requested."


class Bot:
    """Somebody in a channel who may do everything, and a bot there."""

    def serve(self, source):
        ircd = NgIrcd(self._new("ircd"))
        self.addCleanup(ircd.close)
        ircd.start()
        self.ann = IrcClient(ircd.port, "Ann")
        self.addCleanup(self.ann.quit)
        self.ann.join("#dev")
        bot = service("IRC", host="127.0.0.1", port=ircd.port, nick="bells", channels=["#dev"], useColors=False,
                      authz=Source("{'!': ['ann'], 'notify': True}"))
        carillon = self.carillon(bot, sources=[source])
        self.ann.wait_until_joined("bells", "#dev")
        return carillon

    def ask(self, command, pattern):
        since = self.ann.mark()
        self.ann.say("#dev", f"bells: {command}")
        return self.ann.wait_for_text(pattern, "#dev", "bells", since=since).text

    def announced(self, pattern):
        return self.ann.wait_for_text(pattern, "#dev", "bells").text


class OfGitHub:
    def setUp(self):
        self.github = GitHubWorkflows()
        self.addCleanup(self.github.close)

    def known(self, **arguments):
        """A server that has heard of the workflow."""
        given = {"token": self.github.token, "api": self.github.url, "every": 300, "repos": ["acme/app"], **arguments}
        listed = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
        carillon = self.serve(f"sources.GitHub({self.github.secret!r}{listed})")
        self.tell(carillon, self.github.begin(7))
        self.tell(carillon, self.github.end(7))
        return carillon

    def tell(self, carillon, delivery):
        self.assertEqual(self.github.deliver(carillon, delivery).status, 202)


class GitHubBot(OfGitHub, Bot):
    pass


class GitHubTest(GitHubBot, ServerTest):
    def test_a_workflow_is_started_and_watched(self):
        carillon = self.known()
        self.assertIn("needs a value for: target", self.ask("force build acme/app/CI", "I can't"))
        self.assertIn("must be one of: staging, production",
                      self.ask("force build --props=target=moon acme/app/CI", "I can't"))
        self.assertEqual(self.github.dispatched, [])
        self.assertEqual(self.ask("force build --branch=next --props=target=production,level=1.5 acme/app/CI now!",
                                  "Force build|I can't"), DONE)
        ((ref, inputs),) = self.github.dispatched
        self.assertEqual(ref, "next")
        self.assertEqual(inputs["target"], "production")
        self.assertEqual(inputs["level"], "1.5")
        self.assertRegex(inputs["reason"], "^forced: by Ann.*: now!$")
        self.assertRegex(inputs["requested_by"], "^Ann")
        self.assertEqual(set(inputs), {"target", "level", "reason", "requested_by"})
        self.assertRegex(carillon.process.text(), r"started run-70100\.1 of acme/app.* for Ann")
        # Nobody has subscribed to anything, but whoever forces a build is told of its end; another's is not told.
        self.tell(carillon, self.github.begin(8))
        self.tell(carillon, self.github.end(8, "failure"))
        (begun,) = self.github.started()
        self.tell(carillon, begun)
        self.assertIn("#100", self.ask("status acme/app/CI", "running"))
        self.assertIn("#100", self.ask("watch acme/app/CI", "Watching"))
        self.tell(carillon, self.github.end(100, "failure"))
        self.assertIn("#100", self.announced("acme/app/CI.*failed"))
        self.assertEqual([said for said in self.ann.heard("#dev", "bells") if "#8 " in said.text], [])
        self.assertEqual(self.github.refused, [])

    def test_a_server_that_does_not_say_which_run_it_is(self):
        self.github.tells_runs = False
        carillon = self.known()
        for number in (100, 101):
            self.assertEqual(self.ask("force build --props=target=staging acme/app/CI", "Force build|I can't"), DONE)
            self.tell(carillon, self.github.started()[-1])
            self.tell(carillon, self.github.end(number, "failure"))
            self.announced(f"#{number}.*failed")
        self.assertEqual([text for text in self.github.refused if "permitted" not in text], [])
        self.assertEqual(len(self.github.refused), 1)
        self.assertEqual(len(self.github.dispatched), 2)

    def test_what_github_refuses(self):
        self.known()
        force = "force build --props=target=staging acme/app/CI"
        self.github.files[GitHubWorkflows.workflow, "old"] = "on: push\n"
        self.assertIn("there is no .github/workflows/ci.yml on gone",
                      self.ask("force build --branch=gone --props=target=staging acme/app/CI", "I can't"))
        self.assertIn("no `workflow_dispatch` below `on`",
                      self.ask("force build --branch=old --props=target=staging acme/app/CI", "I can't"))
        self.github.inputs = {"reason": None, "requested_by": None}
        self.assertIn('GitHub refuses it: Unexpected inputs provided: ["target"]', self.ask(force, "I can't"))
        self.github.rights = {"actions:read", "contents:read"}
        self.assertIn("it needs Actions: write", self.ask(force, "I can't"))
        self.github.rights = {"actions:write"}
        self.assertIn("it needs Contents: read", self.ask(force, "I can't"))
        self.github.rights.add("contents:read")
        self.github.files[GitHubWorkflows.workflow, "main"] = "on:\n\tworkflow_dispatch\n"
        self.assertIn(".github/workflows/ci.yml: line 2: ", self.ask(force, "I can't"))
        self.assertEqual(self.github.dispatched, [])

    def test_without_a_token_it_says_what_to_configure(self):
        self.known(token=None, repos=None)
        since = self.ann.mark()
        self.ann.say("#dev", "bells: force build acme/app/CI")
        self.ann.wait_for_text("no force scheduler can start", "#dev", "bells", since=since)
        self.ann.wait_for_text("sources.GitHub needs a token= that may write Actions", "#dev", "bells", since=since)

    def test_a_job_starts_its_workflow(self):
        carillon = self.known(builds="job")
        self.tell(carillon, self.github.job(7, "linux"))
        self.assertEqual(self.ask("force build --props=target=staging acme/app/CI/linux", "Force build|I can't"), DONE)
        self.tell(carillon, self.github.job(100, "linux", "failure"))
        self.assertIn("acme/app/CI/linux", self.announced("linux.*failed"))


class DialogueTest(OfGitHub, ServerTest):
    """The same form with buttons."""

    def serve(self, source):
        self.telegram = TelegramFake()
        self.addCleanup(self.telegram.close)
        self.ann = self.telegram.person(12, "Ann", last_name="Smith", username="ann")
        self.place = self.telegram.private(self.ann)
        bot = service("TelegramBot", bot_token=self.telegram.token, baseURL=self.telegram.url, chat_ids=[12],
                      authz=Source("{'!': [12]}"), notify_events=[])
        return self.carillon(bot, sources=[source])

    def newest(self, part, since=0):
        def found():
            return next((m for m in self.telegram.messages(self.place)[since:] if part in m.text), None)

        return wait_for(found, lambda: f"{part!r} in {[m.text for m in self.telegram.messages(self.place)]}")

    def say(self, text, part):
        count = len(self.telegram.messages(self.place))
        self.telegram.say(self.place, self.ann, text)
        return self.newest(part, count)

    def press(self, message, caption, part):
        edits = message.edits
        self.telegram.press(message, next(c for c in message.captions if caption in c), self.ann)
        wait_for(lambda: message.edits > edits and part in message.text, lambda: f"{part!r} in {message}")

    def test_to_the_end(self):
        carillon = self.known()
        form = self.say("/force", "Which builder")
        self.press(form, "acme/app/CI", "about to start a new build on acme/app/CI")
        self.assertNotIn("Start Build", str(form.captions), "where to is missing")
        for shown in ("Reason", "Branch main", "Where to", "dry_run yes", "How loud", "place"):
            self.assertIn(shown, form.text)
        self.assertNotIn("requested_by", form.text)
        self.press(form, "Where to", "Choose the new value for Where to")
        self.press(form, "production", "Where to production")
        self.press(form, "place", "Choose the new value for place")
        self.press(form, "green", "place green")
        self.press(form, "dry_run", "Choose the new value for dry_run")
        self.press(form, "No", "dry_run no")
        count = len(self.telegram.messages(self.place))
        self.telegram.press(form, next(c for c in form.captions if "Start Build" in c), self.ann)
        self.newest("Force build successfully requested", count)
        ((ref, inputs),) = self.github.dispatched
        self.assertEqual(ref, "main")
        self.assertEqual({name: inputs[name] for name in ("target", "place", "dry_run")},
                         {"target": "production", "place": "green", "dry_run": "false"})
        self.assertIn("Ann Smith", inputs["requested_by"])
        self.tell(carillon, self.github.started()[-1])
        self.tell(carillon, self.github.end(100, "failure"))
        self.newest("#100 of acme/app/CI failed", count)
        self.assertEqual(self.telegram.refused, [])

    def test_without_a_token_it_says_what_to_configure(self):
        self.known(token=None, repos=None)
        self.say("/force", "sources.GitHub needs a token= that may write Actions")


class GitLabTest(Bot, ServerTest):
    def setUp(self):
        self.gitlab = GitLabOrders()
        self.addCleanup(self.gitlab.close)

    def known(self, **arguments):
        given = {"token": self.gitlab.token, "url": self.gitlab.url, "every": 300, "projects": ["team/app"], **arguments}
        listed = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
        carillon = self.serve(f"sources.GitLab({self.gitlab.secret!r}{listed})")
        self.gitlab.begin(12)
        self.gitlab.end(12)
        self.assertEqual(self.gitlab.tell(carillon, 12).status, 202)
        return carillon

    def test_a_pipeline_is_started_watched_and_stopped(self):
        carillon = self.known()
        builder = "team/app"
        self.assertIn("must be one of: staging, production", self.ask(f"force build --props=TARGET=x {builder}", "I can't"))
        self.assertEqual(self.ask(f"force build --props=TARGET=production,WHO=you,inputs.level=2 {builder} now",
                                  "Force build|I can't"), DONE)
        ((ref, variables, inputs),) = self.gitlab.dispatched
        self.assertEqual((ref, inputs), ("main", {"level": 2}))
        self.assertEqual((variables["TARGET"], variables["WHO"]), ("production", "you"))
        self.assertRegex(variables["requested_by"], "^Ann")
        self.assertEqual(self.gitlab.tell(carillon, 200).status, 202)
        self.ask(f"stop build {builder} 'it hangs'", "interrupted")
        self.assertEqual(self.gitlab.cancelled, [7200])
        self.assertRegex(carillon.process.text(), "stopped pipeline-7200 of team/app: stopped: by Ann.*it hangs")
        self.gitlab.end(200, "canceled")
        self.assertEqual(self.gitlab.tell(carillon, 200).status, 202)
        self.assertIn("#200", self.announced("team/app.*(cancel|interrupted|killed)"))
        self.assertEqual(self.gitlab.refused, [])

    def test_what_gitlab_refuses(self):
        carillon = self.known()
        self.gitlab.reads_files = False
        self.assertIn("Reference not found", self.ask("force build --branch=gone team/app", "I can't"))
        self.assertEqual(self.ask("force build --branch=next team/app", "Force build|I can't"), DONE)
        self.assertEqual(self.gitlab.dispatched, [("next", {}, {})])
        self.assertEqual(self.gitlab.tell(carillon, 200).status, 202)
        self.gitlab.end(200)
        self.assertIn("has ended already", self.ask("stop build team/app why", "not interrupted"))
        self.gitlab.developer = False
        self.assertIn("needs the scope api and the role Developer", self.ask("force build team/app", "I can't"))
        self.assertIn("needs the scope api and the role Developer", self.ask("stop build team/app why", "not interrupted"))

    def test_without_a_token_it_says_what_to_configure(self):
        self.known(token=None)
        since = self.ann.mark()
        self.ann.say("#dev", "bells: force build team/app")
        self.ann.wait_for_text("sources.GitLab needs a token= with the scope api", "#dev", "bells", since=since)


class JenkinsTest(Bot, ServerTest):
    job = "team/app/main"

    def known(self, jenkins, **arguments):
        self.jenkins = jenkins
        self.addCleanup(jenkins.close)
        given = {"auth": (jenkins.user, jenkins.token), "token": jenkins.hook_token, "url": jenkins.url, "every": 300,
                 **arguments}
        listed = ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)
        jenkins.build(self.job, 6)
        carillon = self.serve(f"sources.Jenkins({listed})")
        self.tell(carillon, 6, "FINALIZED", status="SUCCESS")
        return carillon

    def tell(self, carillon, number, phase, **fields):
        answer = self.jenkins.post(carillon, self.jenkins.notification(self.job, number, phase, **fields))
        self.assertEqual(answer.status, 202, answer.body)

    def started(self, carillon, number):
        self.jenkins.begin(self.job, number)
        self.tell(carillon, number, "STARTED")

    def test_a_job_is_started_watched_and_stopped(self):
        carillon = self.known(JenkinsOrders(crumbs=True))
        self.jenkins.parameters[self.job] = [
            {"name": "TARGET", "type": "ChoiceParameterDefinition", "choices": ["staging", "production"],
             "description": "Where to", "defaultParameterValue": {"value": "staging"}},
            {"name": "FAST", "type": "BooleanParameterDefinition", "defaultParameterValue": {"value": False}},
            {"name": "KEY", "type": "PasswordParameterDefinition"},
            {"name": "reason", "type": "StringParameterDefinition"}]
        self.assertIn("must be one of", self.ask(f"force build --props=TARGET=x {self.job}", "I can't"))
        self.assertIn("has no parameter 'KEY'", self.ask(f"force build --props=KEY=x {self.job}", "I can't"))
        self.assertEqual(self.ask(f"force build --props=TARGET=production,FAST=yes {self.job} 'a & b'",
                                  "Force build|I can't"), DONE)
        ((job, given),) = self.jenkins.started
        self.assertEqual((job, given["TARGET"], given["FAST"]), (self.job, "production", "true"))
        self.assertRegex(given["reason"], "^forced: by Ann.*: a & b$")
        self.started(carillon, 7)
        self.ask(f"stop build {self.job} 'it hangs'", "interrupted")
        self.assertEqual(self.jenkins.stopped, [(self.job, 7)])
        self.jenkins.end(self.job, 7, "ABORTED")
        self.tell(carillon, 7, "FINALIZED", status="ABORTED")
        self.assertIn("#7", self.announced(f"{self.job}.*(cancel|interrupted)"))
        self.assertEqual({text.partition(": ")[2] for text in self.jenkins.refused},
                         {"No valid crumb was included in the request"})

    def test_a_job_without_parameters_and_rights(self):
        carillon = self.known(JenkinsOrders())
        self.assertEqual(self.ask(f"force build {self.job} because", "Force build|I can't"), DONE)
        self.assertEqual(self.jenkins.started, [(self.job, None)])
        self.started(carillon, 7)
        self.jenkins.may.clear()
        self.assertIn("Job/Build is needed", self.ask(f"force build {self.job}", "I can't"))
        self.assertIn("Job/Cancel is needed", self.ask(f"stop build {self.job} why", "not interrupted"))
        self.jenkins.end(self.job, 7)
        self.assertIn("has ended already", self.ask(f"stop build {self.job} why", "not interrupted"))
        self.assertEqual(self.jenkins.stopped, [])

    def test_without_auth_it_says_what_to_configure(self):
        self.known(JenkinsOrders(), auth=None)
        since = self.ann.mark()
        self.ann.say("#dev", f"bells: force build {self.job}")
        self.ann.wait_for_text("sources.Jenkins needs auth=", "#dev", "bells", since=since)


class GiteaTest(Bot, ServerTest):
    secret = "gitea-hush"

    def known(self, gitea, name):
        self.gitea = gitea
        self.addCleanup(gitea.close)
        self.name = name
        carillon = self.serve(f"sources.{name}({self.secret!r}, url={gitea.url!r}, token={gitea.token!r}, "
                              "every=300, repos=['acme/bells'])")
        self.ended(carillon, 1)
        return carillon

    def tell(self, carillon, body, event="workflow_run"):
        headers = {"X-Gitea-Event": event, "X-Gitea-Signature": digest(self.secret, body)}
        answer = deliver(carillon, f"hook/{self.name.lower()}", body, headers)
        self.assertEqual(answer.status, 202, answer.body)

    def ended(self, carillon, ident):
        if self.name == "Forgejo":
            run = self.gitea.forgejo_run(ident, int(time.time()))
            self.tell(carillon, {"action": "failure", "run": run, "last_run": None, "prior_status": "running"},
                      "action_run_failure")
        else:
            self.tell(carillon, self.gitea.body_of(self.gitea.run(ident, int(time.time()), run_attempt=1)))

    def test_gitea_starts_and_stops(self):
        carillon = self.known(GiteaOrders(), "Gitea")
        builder = "acme/bells/Peal"
        self.assertIn("needs a value for: target", self.ask(f"force build {builder}", "I can't"))
        self.assertEqual(self.ask(f"force build --props=target=x {builder}", "Force build|I can't"), DONE)
        self.assertEqual(self.gitea.dispatched, [("main", {"target": "x"})])
        run = self.gitea.begun(501, run_attempt=1)
        self.gitea.runs.append(run)
        self.tell(carillon, self.gitea.body_of(run, "in_progress"))
        self.ask(f"stop build {builder} why", "interrupted")
        self.assertEqual(self.gitea.cancelled, [501])
        self.ended(carillon, 501)
        self.announced("#501.*failed")

    def test_one_that_cannot_stop_says_so(self):
        carillon = self.known(GiteaOrders(cancels=False), "Gitea")
        run = self.gitea.begun(2, run_attempt=1)
        self.gitea.runs.append(run)
        self.tell(carillon, self.gitea.body_of(run, "in_progress"))
        self.assertIn("this server's API cannot stop runs", self.ask("stop build acme/bells/Peal why", "not interrupted"))

    def test_forgejo_starts(self):
        carillon = self.known(GiteaOrders(forgejo=True), "Forgejo")
        self.assertEqual(self.ask("force build --props=target=x acme/bells/peal", "Force build|I can't"), DONE)
        self.assertEqual(self.gitea.dispatched, [("main", {"target": "x"})])
        self.ended(carillon, 501)
        self.announced("#501.*failed")


if __name__ == "__main__":
    unittest.main()
