"""Debian's Buildbot and Carillon report the same builds with the same lines of configuration, and what they send
is compared field by field. What differs on purpose is listed here, and nothing else may."""

import json
import unittest

from carillon_test.carillon import watch
from carillon_test.case import ServerTest
from carillon_test.waiting import wait_for

SHA = "0123456789abcdef0123456789abcdef01234567"
TITLE = "Test Bells"

# The same text for both; {http}, {smtp_port} and {name} are where it reports to.
SERVICES = """
from buildbot.plugins import reporters, util
from buildbot.reporters.generators.build import BuildStartEndStatusGenerator, BuildStatusGenerator
from buildbot.reporters.generators.buildset import BuildSetStatusGenerator
from buildbot.reporters.message import MessageFormatter, MessageFormatterFunction, MessageFormatterRenderable

def words(context):
    build = context['build']
    return {{'number': build['number'], 'ended': build['complete'], 'results': build['results'],
            'began': build['started_at'].isoformat(), 'zone': str(build['started_at'].utcoffset()),
            'took': build['complete'] and (build['complete_at'] - build['started_at']).total_seconds(),
            'asked': build['buildrequest']['submitted_at'].year,
            'set': type(build['buildset']['submitted_at']).__name__,
            'stamp': [one['created_at'].year for one in build['buildset']['sourcestamps']],
            'owner': build['properties'].get('owner'), 'key': build['builder']['name'],
            'steps': build['complete'] and [step['name'] for step in build['steps']]}}

start = MessageFormatterRenderable(util.Interpolate('%(prop:buildername)s begins'))
end = MessageFormatterRenderable('It is over.')
letter = MessageFormatter(
    subject='{{{{ buildername }}}} {{{{ result_names[results] }}}}, {{{{ status_detected }}}}',
    template='{{{{ build_url.rpartition("builders/")[2] }}}} {{{{ workername }}}} {{{{ projects }}}} {{{{ mode }}}} '
             '{{{{ blamelist | join(" ") }}}} {{{{ build.properties.owner[0] }}}} {{{{ build.started_at.year }}}}')
page = MessageFormatter(template='<b>{{{{ buildername }}}}</b> & {{{{ build["state_string"] }}}}', template_type='html')

c['services'] += [
    reporters.HttpStatusPush('{http}plain', name='plain'),
    reporters.HttpStatusPush('{http}function', name='function', headers={{'X-Bell': 'ding'}},
                             auth=('ringer', 'pw'), generators=[BuildStatusGenerator(
        mode='all', report_new=True, message_formatter=MessageFormatterFunction(words, 'json', want_steps=True,
                                                                               want_properties=True))]),
    reporters.HttpStatusPush('{http}few', name='few', generators=[BuildStatusGenerator(
        mode=('failing',),
        message_formatter=MessageFormatterFunction(lambda ctx: {{'of': ctx['build']['url']}}, 'json'))]),
    reporters.GitHubStatusPush('t0ken', baseURL='{http}github', context=util.Interpolate('ci/%(prop:buildername)s'),
                               generators=[BuildStartEndStatusGenerator(start_formatter=start, end_formatter=end)]),
    reporters.BitbucketServerStatusPush('{http}bitbucket', 'ringer', 'pw', statusName='Bells', generators=[
        BuildStartEndStatusGenerator(builders=['fail'], start_formatter=start, end_formatter=end)]),
    reporters.MailNotifier('bells@example.org', relayhost='127.0.0.1', smtpPort={smtp_port}, name='letters',
                           sendToInterestedUsers=False, extraRecipients=['letters@example.org'],
                           extraHeaders={{'X-Builder': util.Property('buildername')}},
                           generators=[BuildStatusGenerator(mode='all', message_formatter=letter)]),
    reporters.MailNotifier('bells@example.org', relayhost='127.0.0.1', smtpPort={smtp_port}, name='pages',
                           sendToInterestedUsers=False, extraRecipients=['pages@example.org'],
                           generators=[BuildStatusGenerator(mode=('failing',), message_formatter=page,
                                                            subject='%(builder)s: %(result)s in %(title)s')]),
    reporters.MailNotifier('bells@example.org', relayhost='127.0.0.1', smtpPort={smtp_port}, name='sets',
                           sendToInterestedUsers=False, extraRecipients=['sets@example.org'],
                           generators=[BuildSetStatusGenerator(mode='all', message_formatter=letter)]),
]
"""

# Where and what: (path's beginning, field) -> why Carillon's is another one.
DIFFERENCES = {
    ("/plain", "properties"): "without generators the defaults are those of Buildbot 2: empty unless wantProperties",
    ("/plain", "steps"): "likewise: there only with wantSteps",
    ("/plain", "buildset"): "Buildbot 2 gives the scheduler; results are null and not -1 while there are none",
    ("/plain", "parentbuild"): "an addition of Buildbot 3",
    ("/plain", "parentbuilder"): "an addition of Buildbot 3",
    ("/plain", "workername"): "a name that templates know, wherever Buildbot has it",
}
# Of mails: (recipient, what) -> why.
MAIL_DIFFERENCES = {
    ("pages@example.org", "subject"): "a generator's subject counts where the formatter was given none; in Buildbot 3 the "
                                      "formatter's default hides it",
    ("pages@example.org", "text"): "a template of type html escapes what it inserts",
}
# Headers of a request that both must have alike.
HEADERS = ("Authorization", "X-Bell")


def in_order(requests):
    """What is said of each build and reporter, in the order in which it was said."""
    found = {}
    for request in requests:
        found.setdefault(request.path, []).append(request)
    return found


class DifferentialTest(ServerTest):
    def test_the_same_lines_send_the_same(self):
        sinks = {name: (self.http_sink(), self.smtp_sink()) for name in ("theirs", "ours")}
        texts = {name: SERVICES.format(http=http.url, smtp_port=smtp.port) for name, (http, smtp) in sinks.items()}
        buildbot = self.buildbot(services=texts["theirs"])
        carillon = self.carillon(texts["ours"], sources=[watch(buildbot)], title=TITLE, buildbot_url=buildbot.url)
        carillon.wait_until_following()
        for builder in ("pass", "fail"):
            buildbot.build(builder, owner="ann", branch="main", project="octo/bell", revision=SHA,
                           repository="https://git.example.org/octo/bell")
        for http, smtp in sinks.values():
            # plain 4, function 4, few 1, github 4, bitbucket 2; letters 2, pages 1, sets 2
            wait_for(lambda: len(http.received()) >= 15, lambda: [r.path for r in http.received()], 60)
            smtp.wait_for(5, timeout=60)
        for kind in range(2):
            theirs, ours = (sinks[name][kind].received() for name in ("theirs", "ours"))
            (self.compare_posts, self.compare_mails)[kind](theirs, ours)
        self.assertEqual({row["state"] for row in carillon.deliveries("--limit", 100)}, {"delivered"})

    def compare_posts(self, theirs, ours):
        theirs, ours = in_order(theirs), in_order(ours)
        self.used = set()
        self.assertEqual({path: len(posts) for path, posts in ours.items()},
                         {path: len(posts) for path, posts in theirs.items()})
        for path, posts in theirs.items():
            # Builds follow each other, but the end of one may overtake the start of the next.
            for one, other in zip(sorted(posts, key=self.rank), sorted(ours[path], key=self.rank), strict=True):
                self.assertEqual(one.method, other.method, path)
                for header in HEADERS:
                    self.assertEqual(other.headers.get(header), one.headers.get(header), (path, header))
                self.compare_bodies(path, one.json, other.json)
        self.assertEqual(self.used, DIFFERENCES.keys(), "a difference that is none any more")

    @staticmethod
    def rank(request):
        body = request.json
        builder = (body.get("builder") or {}).get("name") or body.get("context") or body.get("key") or ""
        ended = body.get("complete", body.get("ended", body.get("state") not in ("pending", "INPROGRESS")))
        return builder, ended

    def compare_bodies(self, path, theirs, ours):
        differing = {name for name in {*theirs, *ours}
                     if name not in theirs or name not in ours or self.seen(theirs[name]) != self.seen(ours[name])}
        intended = {field for beginning, field in DIFFERENCES if path.startswith(beginning)}
        self.used |= {(beginning, field) for beginning, field in DIFFERENCES
                      if path.startswith(beginning) and field in differing}
        told = {name: (theirs.get(name, "none"), ours.get(name, "none")) for name in differing - intended}
        self.assertEqual(told, {}, path)

    @staticmethod
    def seen(value):
        """Both ways to write a link to a build open its page."""
        return json.dumps(value, sort_keys=True).replace("#/b", "#b")

    def compare_mails(self, theirs, ours):
        def told(mail):
            kind = mail.message.get_body(("plain", "html"))
            return {"to": mail.message["To"], "cc": mail.message["Cc"], "from": mail.message["From"],
                    "subject": mail.subject, "text": mail.text.replace("\r\n", "\n"), "envelope": mail.recipients,
                    "sender": mail.sender, "type": kind.get_content_type(), "x-builder": mail.message["X-Builder"],
                    "charset": kind.get_content_charset(), "files": sorted(mail.attachments)}

        def by_recipient(mail):
            return mail.recipients, mail.subject

        self.assertEqual(len(ours), len(theirs))
        used = set()
        for one, other in zip(sorted(theirs, key=by_recipient), sorted(ours, key=by_recipient), strict=True):
            one, other = told(one), told(other)
            differing = {(one["to"], name) for name in one if one[name] != other[name]}
            self.assertEqual({(name, one[name], other[name]) for to, name in differing - MAIL_DIFFERENCES.keys()}, set())
            used |= differing
        self.assertEqual(used, MAIL_DIFFERENCES.keys(), "a difference that is none any more")


if __name__ == "__main__":
    unittest.main()
