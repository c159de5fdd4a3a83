"""GerritStatusPush against a real SSH server, GerritVerifyStatusPush against a strict plugin."""

import unittest

from carillon_test import gerrit_command
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.gerrit_ssh import GerritSsh
from carillon_test.services import Source, service
from carillon_test.verify_status import VerifyStatus
from carillon_test.waiting import stays, wait_for

REVISION = "0123456789abcdef0123456789abcdef01234567"
PROJECT = "tools/it's \"odd\" $(id) `id` \\ ; & | \N{BELL} \u00e4"
MESSAGE = "it's \"so\"\n\n\ttab  two spaces  $(id) `id` ${HOME} \\ \\' \\n ''' \"\"\" & ; | < > ( ) ! # ~ * ? % @ \n" \
          "\N{BELL} \u00e4\u4e2d --x=y 'end"
QUIET = 1.5

# As the manual shows them: how callbacks look in the files of users.
CALLBACKS = '''
def review_cb(builderName, build, result, master, arg):
    if result == util.RETRY:
        return dict()
    message = "Finished on %s\\n" % builderName
    message += "Result: %s\\n" % util.Results[result].upper()
    if arg:
        message += "More at\\n" + build['url'] + "\\n"
    return dict(message=message, labels={'Verified': 1 if result == util.SUCCESS else -1})

def start_cb(builderName, build, arg):
    return dict(message="Started on %s\\nSee %s%s" % (builderName, arg, build['properties']['branch'][0]))

def summary_cb(buildInfoList, results, status, arg):
    good = bool(buildInfoList)
    texts = []
    for info in buildInfoList:
        texts.append("%(name)s %(resultText)s (%(text)s)" % info + (" - " + info['url'] if info.get('url') else "."))
        good = good and info['result'] == util.SUCCESS
    texts.append("%s %s" % (results, arg))
    return dict(message='\\n\\n'.join(texts), labels={'Verified': 1 if good else -1})

async def old_cb(builderName, build, result, master, arg):
    return "old style", 1, -1

def raising_cb(builderName, build, result, master, arg):
    raise KeyError("no such bell")

def odd_cb(builderName, build, result, master, arg):
    return dict(message=arg['message'], labels={'Verified': -1})
'''


def gerrit_properties(project="bell", **more):
    """What GerritChangeSource and the Gerrit step leave behind."""
    values = {
        "branch": "main", "event.change.id": "I1", "event.change.project": project, "event.change.number": 42,
        "event.patchSet.number": 3, "event.patchSet.revision": REVISION, **more,
    }
    return {name: [value, "Change"] for name, value in values.items()}


def gerrit_build(number=1, builder="pass", results=0, project="bell", **fields):
    return build(number, builder, results, properties=gerrit_properties(project), **fields)


def in_buildset(made, bsid):
    made["buildset"]["bsid"] = bsid
    made["buildrequest"]["buildsetid"] = bsid
    return made


def complete(bsid, results=0):
    return {"k": f"buildsets/{bsid}/complete", "m": {"bsid": bsid, "results": results, "complete": True}}


class SplitterTest(unittest.TestCase):
    """The server's side of the tests is right by itself."""

    def test_it_splits_as_gerrit_does(self):
        for double_quotes in (False, True):
            for line, words in {
                "a  b\tc ": ["a", "b", "c"], "'a b' c": ["a b", "c"], r"a\ b": ["a b"], r"'a\b'": ["a\\b"],
                r"'it'\''s'": ["it's"], "a'b'c": ["abc"], "'' a": ["a"], "'a\"b'": ['a"b'], "'a\nb'": ["a\nb"],
            }.items():
                self.assertEqual(gerrit_command.split(line, double_quotes), words, line)
        self.assertEqual(gerrit_command.split('"a b" c', True), ["a b", "c"])
        self.assertEqual(gerrit_command.unfold(["--a=b=c", "-x=y", "d=e", "--f"]), ["--a", "b=c", "-x=y", "d=e", "--f"])

    def test_it_refuses_what_gerrit_refuses(self):
        settings = {"version": "2.16", "projects": ["p"], "labels": {"Verified": 1}}
        good = ["--project", "p", "--label", "Verified=1", "beef"]
        self.assertEqual(gerrit_command.review(list(good), settings)["labels"], {"Verified": 1})
        for words in (
            ["--project", "p"], good + ["cafe"], ["--project", "q", "beef"], good + ["--wrong"], good + ["--verified", "1"],
            ["--project", "p", "--label", "Own=1", "beef"], ["--project", "p", "--label", "Verified=2", "beef"],
            ["--project", "p", "--notify", "SOME", "beef"], ["--project", "p", "--message", "--x=y", "beef"],
        ):
            with self.assertRaises(gerrit_command.Refused, msg=words):
                gerrit_command.review(words, settings)


class PluginTest(unittest.TestCase):
    """The fake plugin refuses what the real one refuses."""

    def test_it_refuses(self):
        plugin = VerifyStatus()
        self.addCleanup(plugin.close)
        for body in ({"name": "linux", "value": 1}, {"verifications": {"a": {}}}, {"verifications": {"a": {"value": "1"}}},
                     {"verifications": {"a": {"value": 2}}}, {"verifications": {"a": {"value": 1, "name": "a"}}},
                     {"verifications": {"a": {"value": 1, "comment": "x" * 256}}}, {"verifications": []}):
            self.assertTrue(plugin.take(("1", "1"), body), body)
        self.assertFalse(plugin.take(("1", "1"), {"verifications": {"a": {"value": 1}}}))
        self.assertFalse(plugin.take(("1", "1"), {"verifications": {"a": {"value": 1}}}))
        self.assertEqual(len(plugin.of("1", "1")), 2, "by name each post is a row")
        self.assertFalse(plugin.may("GET", "/", None))
        self.assertFalse(plugin.may("GET", "/", "Basic YW5uOndyb25n"))


class ReviewTest(ServerTest):
    def gerrit(self, **arguments):
        made = GerritSsh(self._new("gerrit"), **arguments)
        self.addCleanup(made.close)
        return made.start()

    def states(self, carillon):
        return sorted(row["state"] for row in carillon.deliveries())

    def settled(self, carillon, *states):
        wait_for(lambda: self.states(carillon) == sorted(states), lambda: str(carillon.deliveries()), 120)

    def test_callbacks_of_the_manual(self):
        gerrit = self.gerrit()
        carillon = self.carillon(CALLBACKS + service("GerritStatusPush", **gerrit.arguments(
            reviewCB=Source("review_cb"), startCB=Source("start_cb"), summaryCB=Source("summary_cb"),
            reviewArg=True, startArg="http://x/", summaryArg=[1, "two"], notify="OWNER")))
        carillon.ingest([
            in_buildset(gerrit_build(1, "linux", complete=False), 7),
            in_buildset(gerrit_build(1, "linux"), 7),
            in_buildset(gerrit_build(1, "windows", 2, state_string="failed 'make'"), 7),
            complete(7, 2),
        ])
        # builds of one builder are reported in order, others beside them
        order = ("Started on", "Finished on linux", "Finished on windows", "linux succeeded")
        place = lambda one: [one["message"].startswith(head) for head in order].index(True)  # noqa: E731
        reviews = sorted(gerrit.wait_for(4), key=place)
        url = build(1, "linux")["url"]
        self.assertEqual(reviews[0]["message"], "Started on linux\nSee http://x/main")
        self.assertEqual(reviews[0]["labels"], {})
        self.assertEqual(reviews[1]["message"], f"Finished on linux\nResult: SUCCESS\nMore at\n{url}\n")
        self.assertEqual(reviews[1]["labels"], {"Verified": 1})
        self.assertIn("Result: FAILURE", reviews[2]["message"])
        self.assertEqual(
            reviews[3]["message"],
            f"linux succeeded (build successful) - {url}\n\n"
            f"windows failed (failed 'make') - {build(1, 'windows')['url']}\n\nfailure [1, 'two']",
        )
        self.assertEqual(reviews[3]["labels"], {"Verified": -1})
        for one in reviews:
            self.assertEqual(
                (one["project"], one["revision"], one["notify"], one["tag"]),
                ("bell", REVISION, "OWNER", "autogenerated:carillon"),
            )
        words = [one["words"] for one in gerrit.commands()]
        self.assertEqual(words.count(["gerrit", "version"]), 1, words)

    def test_an_object_and_the_master_reach_the_callback(self):
        gerrit = self.gerrit()
        carillon = self.carillon("""
class Site:
    def __init__(self, text):
        self.text = text
    def words(self):
        return self.text

def with_site(builderName, build, result, master, arg):
    return {'message': "%s, %s, %s" % (arg.words(), builderName, callable(master.data.get))}
""" + service("GerritStatusPush", **gerrit.arguments(
            reviewCB=Source("with_site"), reviewArg=Source("Site('an object')"))))
        carillon.ingest(gerrit_build(1, "linux"))
        (review,) = gerrit.wait_for(1)
        self.assertEqual(review["message"], "an object, linux, True")
        self.assertEqual([row["note"] for row in carillon.settled(1)], [""])

    def test_every_character_arrives(self):
        for double_quotes in (True, False):
            gerrit = self.gerrit(projects=[PROJECT], double_quotes=double_quotes)
            carillon = self.carillon(CALLBACKS + service("GerritStatusPush", **gerrit.arguments(
                reviewCB=Source("odd_cb"), reviewArg={"message": MESSAGE}, name="odd"))
                + service("GerritStatusPush", **gerrit.arguments(
                    reviewCB=Source("odd_cb"), reviewArg={"message": "--x=y"}, name="dashes")))
            carillon.ingest(gerrit_build(1, project=PROJECT))
            reviews = gerrit.wait_for(2)
            self.assertEqual(sorted(one["message"] for one in reviews), sorted([MESSAGE, "--x=y"]))
            for one in reviews:
                self.assertEqual((one["project"], one["labels"]), (PROJECT, {"Verified": -1}))

    def test_without_callbacks_there_is_one_summary(self):
        gerrit = self.gerrit()
        carillon = self.carillon(service("GerritStatusPush", **gerrit.arguments(builders=["linux", "mac"])))
        carillon.ingest([
            in_buildset(gerrit_build(1, "linux"), 7), in_buildset(gerrit_build(1, "mac"), 7),
            in_buildset(gerrit_build(1, "other", 2), 7), complete(7, 2),
        ])
        (review,) = gerrit.wait_for(1)
        self.assertEqual(review["labels"], {"Verified": 1})
        self.assertNotIn("other", review["message"])
        for builder in ("linux", "mac"):
            self.assertIn(f"Builder {builder} succeeded (build successful) - {build(1, builder)['url']}", review["message"])
        stays(lambda: len(gerrit.reviews()) == 1, "one review", QUIET)

    def test_an_old_gerrit(self):
        gerrit = self.gerrit(version="2.5.4", double_quotes=False)
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("old_cb"))))
        carillon.ingest(gerrit_build(1))
        (review,) = gerrit.wait_for(1)
        self.assertEqual(review["labels"], {"Verified": 1, "Code-Review": -1})
        self.assertIn("--verified", gerrit.commands()[-1]["words"])
        self.assertIsNone(review["tag"])
        wait_for(lambda: "old_cb" in carillon.process.text() or "reviewCB returns" in carillon.process.text(),
                 carillon.process.tail)

    def test_a_version_that_fails_loses_nothing(self):
        gerrit = self.gerrit()
        gerrit.script("fail", "internal")
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("review_cb"))))
        carillon.ingest(gerrit_build(1))
        gerrit.wait_for(1, timeout=120)
        self.assertEqual([one["words"][1] for one in gerrit.commands()][:3], ["version"] * 3)
        self.settled(carillon, "delivered")

    def test_refusals_are_final_and_failures_are_not(self):
        gerrit = self.gerrit()
        gerrit.script("ok", "internal", "ok", "refuse")  # version, review, query, review
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("review_cb"))))
        carillon.ingest(gerrit_build(1))
        self.settled(carillon, "dead")
        self.assertEqual(gerrit.reviews(), [])
        (row,) = carillon.deliveries()
        self.assertIn("you may not review", str(row))

    def test_what_hangs_is_ended_and_tried_again(self):
        gerrit = self.gerrit()
        gerrit.script("hang")
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("review_cb"), timeout=10)))
        carillon.ingest(gerrit_build(1))
        gerrit.wait_for(1, timeout=120)
        self.settled(carillon, "delivered")

    def test_a_crash_leaves_no_ssh_behind(self):
        gerrit = self.gerrit()
        gerrit.script("hang")
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("review_cb"))))
        carillon.ingest(gerrit_build(1))
        wait_for(gerrit.commands, "the command that hangs")
        self.assertEqual(len(gerrit.clients()), 1)
        carillon.kill9()
        wait_for(lambda: not gerrit.clients(), lambda: str(gerrit.clients()))
        carillon.start()
        gerrit.wait_for(1)

    def test_a_review_whose_answer_was_lost_is_not_sent_twice(self):
        gerrit = self.gerrit()
        gerrit.script("ok", "late")
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("review_cb"), timeout=10)))
        carillon.ingest(gerrit_build(1))
        gerrit.wait_for(1)
        self.settled(carillon, "delivered")
        self.assertEqual(len(gerrit.reviews()), 1)
        self.assertIn("query", [one["words"][1] for one in gerrit.commands()])

    def test_a_server_that_is_down_gets_it_later(self):
        gerrit = self.gerrit()
        gerrit.stop()
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("review_cb"))))
        carillon.ingest(gerrit_build(1))
        wait_for(lambda: any(row["attempts"] for row in carillon.deliveries()), "a try")
        gerrit.start()
        gerrit.wait_for(1, timeout=120)

    def test_an_unknown_host_key_never_hangs_and_is_never_trusted(self):
        gerrit = self.gerrit()
        options = ["UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"]
        arguments = {**gerrit.arguments(reviewCB=Source("review_cb")), "ssh_options": options}
        carillon = self.carillon(CALLBACKS + service("GerritStatusPush", **arguments))
        carillon.ingest(gerrit_build(1))
        wait_for(lambda: "Host key verification failed" in str(carillon.deliveries()),
                 lambda: str(carillon.deliveries()))
        self.assertEqual(gerrit.commands(), [])
        self.assertEqual(self.states(carillon), ["waiting"])

    def test_a_callback_that_raises_is_named_and_the_review_goes_out(self):
        gerrit = self.gerrit()
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("raising_cb"))))
        carillon.ingest(gerrit_build(1, results=2))
        (review,) = gerrit.wait_for(1)
        self.assertIn("Builder pass failed", review["message"])
        self.assertEqual(review["labels"], {"Verified": -1})
        carillon.settled(1)
        told = carillon.cli("explain", "--config", carillon.config, "pass/1").stdout
        self.assertRegex(told, r"carillon\.cfg:\d+: KeyError: 'no such bell'")

    def test_repo_downloads_get_a_review_each(self):
        gerrit = self.gerrit(projects=["bell", "rope"])
        carillon = self.carillon(service("GerritStatusPush", **gerrit.arguments()))
        made = build(1, properties={
            "repo_downloads": [["bell 1/2", "rope 3/4"], "Repo"],
            "repo_downloaded": [f"1/2 {REVISION} 3/4 beefbeef ", "Repo"],
        })
        carillon.ingest([in_buildset(made, 7), complete(7)])
        reviews = gerrit.wait_for(2)
        self.assertEqual(
            sorted((one["project"], one["revision"]) for one in reviews), [("bell", REVISION), ("rope", "beefbeef")]
        )

    def test_a_build_of_no_change_is_kept_with_the_reason(self):
        gerrit = self.gerrit()
        carillon = self.carillon(CALLBACKS + service(
            "GerritStatusPush", **gerrit.arguments(reviewCB=Source("review_cb"))))
        carillon.ingest(build(1))
        self.settled(carillon, "skipped")
        self.assertIn("no change of Gerrit", str(carillon.deliveries()))
        self.assertEqual(gerrit.commands(), [])

    def test_check_finds_nothing_wrong(self):
        gerrit = self.gerrit()
        carillon = self.carillon(CALLBACKS + service("GerritStatusPush", **gerrit.arguments(
            reviewCB=Source("review_cb"), startCB=Source("start_cb"), summaryCB=Source("summary_cb"),
            startArg="x")), start=False)
        done = carillon.check()
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual(gerrit.commands(), [])


class VerifyTest(ServerTest):
    def plugin(self, **arguments):
        made = VerifyStatus(**arguments)
        self.addCleanup(made.close)
        return made

    def test_one_row_per_name_also_after_a_restart(self):
        plugin = self.plugin()
        services = service(
            "GerritVerifyStatusPush", baseURL=plugin.url, auth=("ann", "s3cret"), category="gate", abstain=True,
            verification_name=Source('util.Interpolate("job %(prop:buildername)s")'),
            endDescription=Source('util.Interpolate("ended on %(prop:branch)s")'))
        carillon = self.carillon(services)
        made = lambda **more: gerrit_build(1, "linux", 2, **more)  # noqa: E731
        for count, one in enumerate((made(complete=False), made()), 1):
            one["properties"]["buildername"] = ["linux", "Builder"]
            carillon.ingest(one)
            # A start that waits until after its end would be superseded.
            wait_for(lambda: len(plugin.posts) == count, lambda: f"{plugin.posts} {plugin.refusals}")  # noqa: B023
            carillon.restart()
        ((_, row),) = plugin.of("42", "3").items()
        row.pop("granted")
        self.assertEqual(row, {
            "name": "job linux", "value": -1, "comment": "ended on main", "category": "gate", "abstain": True,
            "reporter": "buildbot", "duration": "1m 0s", "url": made()["url"],
        })
        first = plugin.posts[0]["verifications"]["job linux"]
        self.assertEqual((first["value"], first["comment"], first["duration"]), (0, "Build started.", "pending"))
        self.assertEqual(plugin.refusals, [])
        self.assertNotIn("s3cret", carillon.process.text() + str(carillon.deliveries()))

    def test_digest_and_the_list_of_the_user(self):
        plugin = self.plugin(digest=True)
        carillon = self.carillon(
            "import requests.auth\n" + service(
                "GerritVerifyStatusPush", baseURL=plugin.url,
                auth=Source("requests.auth.HTTPDigestAuth('ann', 's3cret')")))
        made = build(1, "linux", properties={
            "gerrit_changes": [[{"change_id": "a/b~main~I1", "revision_id": REVISION},
                                {"change_id": 7, "revision_id": 1}], "Build"]})
        carillon.ingest(made)
        wait_for(lambda: len(plugin.posts) == 2, lambda: f"{plugin.posts} {plugin.refusals}")
        self.assertEqual(sorted(plugin.rows), [("7", "1"), ("a%2Fb~main~I1", REVISION)])
        self.assertNotIn("s3cret", carillon.process.text() + str(carillon.deliveries()))

    def test_a_wrong_password_is_final(self):
        plugin = self.plugin()
        carillon = self.carillon(service("GerritVerifyStatusPush", baseURL=plugin.url, auth=("ann", "wrong")))
        carillon.ingest(gerrit_build(1))
        wait_for(lambda: [row["state"] for row in carillon.deliveries()] == ["dead"],
                 lambda: str(carillon.deliveries()))
        self.assertEqual(plugin.posts, [])


if __name__ == "__main__":
    unittest.main()
