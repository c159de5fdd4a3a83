"""HipChat, Zulip, Pushover, Pushjet and Slack against strict stand-ins."""

import json
import unittest
import urllib.error
import urllib.parse
import urllib.request

from carillon_test.case import ServerTest
from carillon_test.chat_fakes import HipChatFake, PushjetFake, PushoverFake, SlackFake, ZulipFake
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.services import call, service
from carillon_test.waiting import PATIENCE, stays, wait_for

QUIET = 1.0
BELLS = "\N{BELL}" * 50000
NAMES = "<b> & \N{BELL}"


def fake(test, kind):
    made = kind()
    test.addCleanup(made.close)
    return made


def shown(carillon):
    """Everything that a person gets to see."""
    return carillon.process.text() + json.dumps(carillon.deliveries())


def formatter(text, kind="plain"):
    return call("reporters.MessageFormatter", template=text, template_type=kind)


class HipChatTest(ServerTest):
    def test_user_and_room(self):
        chat = fake(self, HipChatFake)
        services = service(
            "HipchatStatusPush", auth_token=chat.token, endpoint=chat.url,
            builder_room_map={"linux": "a room/7"}, builder_user_map={"linux": "ann+x@example.org"},
        )
        carillon = self.carillon(services)
        carillon.ingest([build(1, "linux", complete=False), build(1, "linux", 2), build(1, "other")])
        messages = chat.wait_for_messages(4)
        url = build(1, "linux")["url"]
        for to in (("room", "a room/7"), ("user", "ann+x@example.org")):
            self.assertEqual(
                [body for *who, body in messages if tuple(who) == to],
                [{"message": f"Buildbot started build linux here: {url}"},
                 {"message": f"Buildbot finished build linux with result failure here: {url}"}],
            )
        states = sorted(row["state"] for row in carillon.settled(5))
        self.assertEqual(states, ["delivered"] * 4 + ["skipped"], "nobody is told of the other builder")
        self.assertNotIn(chat.token, shown(carillon))

    def test_the_subclass_of_the_manual(self):
        chat = fake(self, HipChatFake)
        services = f"""
from buildbot.reporters.hipchat import HipChatStatusPush
class MyHipchatStatusPush(HipChatStatusPush):
    name = "MyHipchatStatusPush"

    # send all messages to the same room
    def getRecipientList(self, build, event_name):
        return {{
            'room_id_or_name': 'AllBuildNotifications'
        }}

    # only send notifications on finished events
    def getMessage(self, build, event_name):
        event_messages = {{
            'finished': 'Build finished.'
        }}
        return event_messages.get(event_name, '')

    # color notifications based on the build result
    # and alert room on build failure
    def getExtraParams(self, build, event_name):
        result = {{}}
        if event_name == 'finished':
            result['color'] = 'green' if build['results'] == 0 else 'red'
            result['notify'] = (build['results'] != 0)
        return result
c['services'].append(MyHipchatStatusPush({chat.token!r}, endpoint={chat.url!r}))
"""
        carillon = self.carillon(services)
        carillon.ingest([build(1, "linux", complete=False), build(1, "linux"), build(2, "linux", 2)])
        got = [(kind, room, body["color"], body["notify"]) for kind, room, body in chat.wait_for_messages(2)]
        self.assertEqual(
            sorted(got), [("room", "AllBuildNotifications", "green", False),
                          ("room", "AllBuildNotifications", "red", True)]
        )
        stays(lambda: len(chat.requests) == 2, "no message about the start", QUIET)
        rows = carillon.settled(3)
        self.assertEqual({row["reporter"] for row in rows}, {"MyHipchatStatusPush"})
        self.assertEqual([row["note"] for row in rows if row["state"] == "skipped"], ["the message is empty"])

    def test_methods_that_fail_and_texts_that_are_long(self):
        chat = fake(self, HipChatFake)
        services = f"""
from twisted.internet import defer
class Raises(reporters.HipChatStatusPush):
    def getMessage(self, build, event_name):
        raise ValueError('no such bell')
    def getExtraParams(self, build, event_name):
        return {{'color': 'blue', 'notify': True}}
class Later(reporters.HipChatStatusPush):
    @defer.inlineCallbacks
    def getMessage(self, build, event_name):
        base = yield super().getMessage(build, event_name)
        defer.returnValue(base + build['properties']['text'][0])
    async def getExtraParams(self, build, event_name):
        return {{'message_format': 'text'}}
for cls in (Raises, Later):
    c['services'].append(cls({chat.token!r}, {chat.url!r}, {{{NAMES!r}: cls.__name__}}, name=cls.__name__,
                             wantProperties=True))
"""
        carillon = self.carillon(services)
        carillon.ingest(build(1, NAMES, properties={"text": [BELLS, "x"]}))
        rooms = {room: body for _, room, body in chat.wait_for_messages(2)}
        self.assertEqual(rooms["Raises"]["message"],
                         f"Buildbot finished build {NAMES} with result success here: {build(1, NAMES)['url']}")
        self.assertEqual((rooms["Raises"]["notify"], "color" in rooms["Raises"]), (True, False))
        self.assertEqual(len(rooms["Later"]["message"]), 10000)
        notes = " ".join(str(row) for row in carillon.settled(2))
        told = notes + carillon.cli("explain", "--config", carillon.config, f"{NAMES}/1").stdout
        self.assertIn("no such bell", told)
        self.assertIn("blue", told)


class ZulipTest(ServerTest):
    def push(self, chat, **arguments):
        return service("ZulipStatusPush", **{"endpoint": chat.url, "token": chat.key, **arguments})

    def test_start_and_end(self):
        chat = fake(self, ZulipFake)
        carillon = self.carillon(self.push(chat, stream="builds & co", builders=["linux"]))
        carillon.ingest([build(1, "linux", complete=False), build(1, "linux", 4), build(1, "other")])
        (_, started), (stream, finished) = chat.wait_for_messages(2)
        self.assertEqual(stream, "builds & co")
        common = {"buildid": build(1, "linux")["buildid"], "buildername": "linux",
                  "url": build(1, "linux")["url"], "project": "bell"}
        self.assertEqual(started, {"event": "new", "timestamp": 1700000000, **common})
        self.assertEqual(finished, {"event": "finished", "timestamp": 1700000060, "results": 4, **common})
        carillon.settled(2)
        self.assertNotIn(chat.key, shown(carillon))

    def test_no_stream_no_project_and_strange_names(self):
        chat = fake(self, ZulipFake)
        carillon = self.carillon(self.push(chat))
        event = build(1, NAMES)
        event["buildset"]["sourcestamps"] = []
        carillon.ingest(event)
        ((stream, body),) = chat.wait_for_messages(1)
        self.assertEqual((stream, body["project"], body["buildername"]), (None, "", NAMES))

    def test_the_pause_of_the_body_is_waited_for(self):
        chat = fake(self, ZulipFake)
        slow = {"result": "error", "msg": "API usage exceeded rate limit", "retry-after": 1.2,
                "code": "RATE_LIMIT_HIT"}
        chat.script(Answer(429, body=json.dumps(slow).encode()))
        carillon = self.carillon(self.push(chat))
        carillon.ingest(build(1))
        first, second = chat.wait_for(2)
        self.assertGreaterEqual(second.at - first.at, 1.9)
        chat.wait_for_messages(1)

    def test_a_wrong_key_is_a_dead_letter(self):
        chat = fake(self, ZulipFake)
        carillon = self.carillon(self.push(chat, token="wr0ng-key"))
        carillon.ingest(build(1))
        (row,) = carillon.settled(1)
        self.assertEqual(row["state"], "dead")
        self.assertIn("401", str(row))
        self.assertNotIn("wr0ng-key", shown(carillon))

    def test_the_manuals_example_loads(self):
        services = service("ZulipStatusPush", endpoint="your-organization@zulipchat.com",
                           token="private-token", stream="stream_to_post_in")
        done = self.carillon(services, start=False).check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("https://your-organization.zulipchat.com", done.stderr + done.stdout)


class PushoverTest(ServerTest):
    def push(self, chat, **arguments):
        keys = {"user_key": chat.user, "api_token": chat.token, "base_url": chat.url}
        return service("PushoverNotifier", **{**keys, **arguments})

    def test_priorities_and_links(self):
        chat = fake(self, PushoverFake)
        carillon = self.carillon(self.push(
            chat, mode="all", priorities={"passing": -1, "failing": 2},
            otherParams={"retry": 60, "expire": 3600, "sound": "bike"},
        ))
        carillon.ingest([build(1, "linux"), build(1, "mac", 2), build(1, "win", 4), build(1, "bsd", 3)])
        got = {m["title"].split()[-1]: m for m in chat.wait_for_messages(3)}
        self.assertEqual({name: m.get("priority") for name, m in got.items()},
                         {"linux": -1, "mac": 2, "win": None})
        self.assertEqual((got["mac"]["retry"], got["mac"]["expire"], got["mac"]["sound"]), (60, 3600, "bike"))
        self.assertEqual((got["mac"]["url"], got["mac"]["url_title"]),
                         (build(1, "mac")["url"], "build #1 of mac"))
        carillon.settled(3)
        for secret in (chat.user, chat.token):
            self.assertNotIn(secret, shown(carillon))

    def test_long_texts_html_and_nothing_at_all(self):
        chat = fake(self, PushoverFake)
        services = self.push(chat, name="long", messageFormatter=formatter(BELLS), subject=BELLS)
        services += self.push(chat, name="html", messageFormatter=formatter("<b>x</b>", "html"), subject="html")
        services += self.push(chat, name="cut", messageFormatter=formatter("<b>" + "x" * 2000, "html"), subject="cut")
        services += self.push(chat, name="empty", messageFormatter=formatter(" "), subject="empty")
        carillon = self.carillon(services)
        carillon.ingest(build(1, NAMES))
        got = {m["title"]: m for m in chat.wait_for_messages(4)}
        self.assertEqual(len(got[BELLS[:249] + "\u2026"]["message"]), 1024)
        self.assertEqual((got["html"]["message"], got["html"]["html"]), ("<b>x</b>", 1))
        self.assertEqual(got["cut"]["message"], "x" * 1023 + "\u2026")
        self.assertNotIn("html", got["cut"])
        self.assertEqual(got["empty"]["message"], "empty")

    def test_an_emergency_without_retry_does_not_load(self):
        chat = fake(self, PushoverFake)
        carillon = self.carillon(self.push(chat, priorities={"failing": 2}), start=False)
        done = carillon.check()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("PushoverNotifier(otherParams=...)", done.stderr)

    def test_an_error_of_the_server_is_not_tried_again_at_once(self):
        chat = fake(self, PushoverFake)
        chat.script(500)
        carillon = self.carillon(self.push(chat))
        carillon.ingest(build(1))
        first, second = chat.wait_for(2)
        self.assertGreaterEqual(second.at - first.at, 4.9)
        chat.wait_for_messages(1)

    def test_a_wrong_user_is_a_dead_letter(self):
        chat = fake(self, PushoverFake)
        carillon = self.carillon(self.push(chat, user_key="1234"))
        carillon.ingest(build(1))
        (row,) = carillon.settled(1)
        self.assertEqual(row["state"], "dead")
        self.assertIn("user identifier is invalid", str(row))


class PushjetTest(ServerTest):
    def push(self, chat, **arguments):
        return service("PushjetNotifier", **{"secret": chat.secret, "base_url": chat.url, **arguments})

    def test_levels_and_links(self):
        chat = fake(self, PushjetFake)
        carillon = self.carillon(self.push(chat, levels={"passing": 0, "failing": 5}, subject=NAMES,
                                           messageFormatter=formatter("a&b=c \N{BELL}")))
        carillon.ingest([build(1), build(2, results=2), build(3, results=1)])
        got = sorted(chat.wait_for_messages(3), key=lambda m: m["link"])
        self.assertEqual([m.get("level") for m in got], ["1", "5", None])
        self.assertEqual(got[0], {"message": "a&b=c \N{BELL}", "title": NAMES, "level": "1",
                                  "link": build(1)["url"]})
        carillon.settled(3)
        self.assertNotIn(chat.secret, shown(carillon))

    def test_html_long_titles_and_other_secrets(self):
        chat = fake(self, PushjetFake)
        services = self.push(chat, name="html", messageFormatter=formatter("<b>x</b> &lt;", "html"), subject=BELLS)
        services += self.push(chat, name="wrong", secret="x" * 32)
        carillon = self.carillon(services)
        carillon.ingest(build(1))
        (got,) = chat.wait_for_messages(1)
        self.assertEqual((got["message"], got["title"]), ("x <", BELLS[:254] + "\u2026"))
        states = {row["reporter"]: row["state"] for row in carillon.settled(2)}
        self.assertEqual(states, {"html": "delivered", "wrong": "dead"})


class SlackTest(ServerTest):
    def test_messages(self):
        chat = fake(self, SlackFake)
        services = service("SlackStatusPush", serverUrl=chat.webhook, channel="#builds",
                           messageFormatter=formatter("{{ buildername }}: <!channel> {{ build_url }}"))
        carillon = self.carillon(services)
        carillon.ingest(build(1, NAMES, 2))
        self.assertEqual(chat.wait_for_messages(1),
                         [("#builds", f"{NAMES}: <!channel> {build(1, NAMES)['url']}")])
        carillon.settled(1)
        self.assertNotIn("s3cretWebhookKey", shown(carillon))

    def test_what_slack_refuses(self):
        chat = fake(self, SlackFake)
        services = service("SlackStatusPush", name="long", serverUrl=chat.webhook,
                           messageFormatter=formatter("&" * 50000))
        services += service("SlackStatusPush", name="channel", serverUrl=chat.webhook, channel="#none")
        services += service("SlackStatusPush", name="gone", serverUrl=chat.url + "services/old/s3cretOld")
        carillon = self.carillon(services)
        carillon.ingest(build(1))
        rows = {row["reporter"]: row for row in carillon.settled(3)}
        self.assertEqual({name: row["state"] for name, row in rows.items()},
                         {"long": "delivered", "channel": "dead", "gone": "dead"})
        self.assertIn("channel_not_found", str(rows["channel"]))
        self.assertIn("no_service", str(rows["gone"]))
        self.assertNotIn("s3cret", shown(carillon))

    def test_a_slow_down_and_a_server_that_is_away(self):
        chat = fake(self, SlackFake)
        chat.script(Answer(429, headers={"Retry-After": "2"}, body=b"rate_limited"))
        carillon = self.carillon(service("SlackStatusPush", serverUrl=chat.webhook, debug=True))
        carillon.ingest(build(1))
        first, second = chat.wait_for(2)
        self.assertGreaterEqual(second.at - first.at, 1.9)
        carillon.settled(1)
        chat.down()
        carillon.ingest(build(2))
        wait_for(lambda: any(row["attempts"] for row in carillon.deliveries("--state", "waiting")), "an attempt")
        self.assertNotIn("s3cretWebhookKey", shown(carillon))
        chat.up()
        chat.wait_for_messages(2)


class StrictnessTest(ServerTest):
    """The stand-ins do refuse."""

    def post(self, chat, path, body, kind="application/json"):
        data = json.dumps(body).encode() if kind == "application/json" else urllib.parse.urlencode(body).encode()
        request = urllib.request.Request(chat.url + path, data, {"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def statuses(self, chat, path, good, changes, kind="application/json"):
        """The good body is taken; with each of the changes (a value of None drops the field) it is not."""
        self.assertIn(self.post(chat, path, good, kind)[0], (200, 204))
        for change in changes:
            body = {name: value for name, value in {**good, **change}.items() if value is not None}
            self.assertGreaterEqual(self.post(chat, path, body, kind)[0], 400, change)
        self.assertEqual(len(chat.messages), 1)

    def test_hipchat(self):
        chat = fake(self, HipChatFake)
        path = f"v2/room/x/notification?auth_token={chat.token}"
        changes = [{"message": None}, {"message": ""}, {"message": "x" * 10001}, {"color": "blue"}, {"notify": "yes"},
                   {"message_format": "md"}, {"room_id_or_name": "x"}]
        self.statuses(chat, path, {"message": "x"}, changes)
        for path, status in (("v2/room/x/notification", 401), ("v2/room/x/notification?auth_token=y", 401),
                             ("v2/room/a/b/notification?auth_token=" + chat.token, 404)):
            self.assertEqual(self.post(chat, path, {"message": "x"})[0], status, path)

    def test_zulip(self):
        chat = fake(self, ZulipFake)
        path = f"api/v1/external/buildbot?api_key={chat.key}"
        good = {"event": "finished", "buildid": 1, "buildername": "x", "url": "x", "project": "", "timestamp": 1,
                "results": 0}
        changes = [{"event": "end"}, {"results": None}, {"project": None}, {"timestamp": "1"}, {"timestamp": 1.5},
                   {"results": 7}, {"event": "new"}]
        self.statuses(chat, path, good, changes)
        self.assertEqual(self.post(chat, "api/v1/external/buildbot?api_key=x", good)[0], 401)
        self.assertEqual(self.post(chat, path + "&stream=", good)[0], 400)

    def test_pushover(self):
        chat = fake(self, PushoverFake)
        good = {"token": chat.token, "user": chat.user, "message": "x"}
        changes = [{"token": "x"}, {"user": None}, {"message": " "}, {"message": "x" * 1025}, {"title": "x" * 251},
                   {"url": "x" * 513}, {"url_title": "x" * 101}, {"priority": 3}, {"priority": 2}, {"other": "x"},
                   {"priority": 2, "retry": 29, "expire": 60}, {"priority": 2, "retry": 30, "expire": 10801}]
        self.statuses(chat, "1/messages.json", good, changes)
        self.assertEqual(self.post(chat, "1/messages.json?token=" + chat.token, good)[0], 404)

    def test_pushjet(self):
        chat = fake(self, PushjetFake)
        good = {"secret": chat.secret, "message": "x"}
        changes = [{"secret": "x"}, {"secret": "x" * 32}, {"message": None}, {"title": "x" * 256}, {"level": "0"},
                   {"level": "6"}, {"other": "x"}]
        self.statuses(chat, "message", good, changes, "application/x-www-form-urlencoded")
        self.assertEqual(self.post(chat, "message", good)[0], 400, "JSON is no form")

    def test_slack(self):
        chat = fake(self, SlackFake)
        changes = [{"text": None}, {"text": ""}, {"text": "x" * 40001}, {"text": "a & b"}, {"text": "<b>"},
                   {"channel": "#none"}, {"username": "x"}]
        self.statuses(chat, chat.path, {"text": "a &amp; b"}, changes)
        self.assertEqual(self.post(chat, "services/x", {"text": "x"}), (404, "no_service"))


if __name__ == "__main__":
    unittest.main()
