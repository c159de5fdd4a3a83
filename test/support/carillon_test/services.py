"""Python text for the configurations of the tests."""


class Source(str):
    """Text that goes into the configuration as it is: Source("util.Secret('x')")."""


def call(name, /, **arguments):
    """`name(argument=value, ...)`; values are written by repr(), except Source."""
    listed = ", ".join(
        f"{key}={value if isinstance(value, Source) else repr(value)}"
        for key, value in arguments.items()
    )
    return Source(f"{name}({listed})")


def service(class_name, /, **arguments):
    """One line that appends reporters.<class_name>(...) to c['services']."""
    return f"c['services'].append({call('reporters.' + class_name, **arguments)})\n"


def http_push(sink, path="", **arguments):
    """An HttpStatusPush to a path of the sink."""
    return service("HttpStatusPush", serverUrl=sink.url + path, **arguments)


def mail(server, *recipients, **arguments):
    """A MailNotifier that sends by this server to the recipients (dev@example.org)."""
    values = {
        "fromaddr": "carillon@example.org",
        "sendToInterestedUsers": False,
        "extraRecipients": list(recipients or ["dev@example.org"]),
        "relayhost": "localhost",
        "smtpPort": server.port,
        **arguments,
    }
    return service("MailNotifier", **values)


# A formatter whose subject tells which build it is and how it ended: "fail/1=2".
TERSE = call(
    "reporters.MessageFormatter",
    subject="{{ buildername }}/{{ build['number'] }}={{ build['results'] }}",
    template="[{{ build['builder']['name'] }}:{{ build['results'] }}]\n",
)


def finished(sink, path=None):
    """{"builder/number": results} of the posts about finished builds, and a doubled one fails."""
    seen = {}
    for body in sink.bodies(path):
        if body.get("complete"):
            name = f"{body['builder']['name']}/{body['number']}"
            if name in seen:
                raise AssertionError(f"{name} was reported twice")
            seen[name] = body["results"]
    return seen
