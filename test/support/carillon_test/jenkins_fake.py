"""A strict stand-in for Jenkins: its API, and what its plugins post."""

import base64
import json
import re
import time
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.http_sink import Answer, HttpSink

# What may be asked of each kind of object by tree=, and what kind it is then; None: a value.
_FIELDS = {
    "folder": {"jobs": "item"},
    "item": {"fullName": None, "url": None, "color": None, "lastBuild": "build", "jobs": "item", "builds": "build",
             "allBuilds": "build"},
    "build": {"number": None, "building": None, "result": None, "timestamp": None, "duration": None, "queueId": None,
              "url": None, "displayName": None, "actions": "action", "changeSets": "changes", "changeSet": "changes",
              "culprits": "user"},
    "action": {"causes": "cause", "parameters": "parameter", "lastBuiltRevision": "revision", "remoteUrls": None,
               "failCount": None, "skipCount": None, "totalCount": None},
    "cause": {"shortDescription": None, "userId": None},
    "parameter": {"name": None, "value": None},
    "revision": {"SHA1": None, "branch": "branch"},
    "branch": {"name": None},
    "changes": {"items": "change"},
    "change": {"commitId": None, "msg": None, "timestamp": None, "author": "user", "authorEmail": None},
    "user": {"fullName": None},
    "report": {"suites": "suite", "childReports": "child"},
    "suite": {"cases": "case"},
    "case": {"className": None, "name": None, "status": None},
    "child": {"result": "report"},
}
_TOKEN = re.compile(r"[A-Za-z0-9]+|[\[\]{},]")


class JenkinsFake(HttpSink):
    """`jobs` is {"team/app/main": {number: build}}, all as the API says them; `logs` and `reports` are by (job, number).

    Whoever asks shows user and token; `tree=` must name fields that there are. `asked` lists what was asked for:
    "list", or ("builds", job), ("build", job, number), ("log", job, number, start), ("report", job, number). Of jobs
    in `broken` it cannot say which builds there are.
    """

    user, token, hook_token = "bot", "jk-api-0123456789", "jk-hook-0123456789"

    def __init__(self):
        self.jobs, self.logs, self.reports, self.asked, self.refused = {}, {}, {}, [], []
        self.broken = set()
        self._queue = 1000
        super().__init__()

    # -- what happens in it ---------------------------------------------------

    def begin(self, job, number, *, at=None, cause="Started by timer", **fields):
        """A build that runs; `fields` replace what the API says of it."""
        at = time.time() if at is None else at
        self._queue += 1
        revision = {"SHA1": f"{number:040x}", "branch": [{"name": "refs/remotes/origin/main"}]}
        build = {
            "number": number, "building": True, "result": None, "timestamp": int(at * 1000), "duration": 0,
            "queueId": self._queue, "url": self.url + _address(job) + f"{number}/", "displayName": f"#{number}",
            "actions": [{"causes": [{"shortDescription": cause}]}, {},
                        {"lastBuiltRevision": revision, "remoteUrls": ["https://git.example.org/team/app.git"]}],
            "changeSets": [], "culprits": [], **fields,
        }
        with self._lock:
            self.jobs.setdefault(job, {})[number] = build

    def delete(self, job):
        with self._lock:
            del self.jobs[job]

    def end(self, job, number, result="SUCCESS", *, at=None, tests=None, log="", failed=()):
        """`tests` is (total, failed, skipped); `failed` names those that failed."""
        at = time.time() if at is None else at
        with self._lock:
            build = self.jobs[job][number]
            build.update(building=False, result=result, duration=int(at * 1000) - build["timestamp"])
            self.logs[job, number] = log
            if tests:
                build["actions"].append(dict(zip(("totalCount", "failCount", "skipCount"), tests, strict=True)))
                cases = [{"className": "org.example", "name": name, "status": "FAILED"} for name in failed]
                self.reports[job, number] = {"suites": [{"cases": cases}]}

    def build(self, job, number, result="SUCCESS", *, at=None, **ending):
        """One that began and ended at that moment."""
        self.begin(job, number, at=at)
        self.end(job, number, result, at=at, **ending)

    # -- what its plugins post ------------------------------------------------

    def notification(self, job, number, phase, **fields):
        """The body of the Notification plugin."""
        known = self.jobs.get(job, {}).get(number, {"queueId": 1000 + number})
        build = {"number": number, "queue_id": known["queueId"], "timestamp": int(time.time() * 1000), "duration": 5000,
                 "phase": phase, "url": _address(job) + f"{number}/", "log": "", "notes": "", "artifacts": {},
                 "scm": {"url": "https://git.example.org/team/app.git", "branch": "origin/main",
                         "commit": f"{number:040x}", "changes": [], "culprits": []}, **fields}
        return {"name": job.rpartition("/")[2], "display_name": job, "url": _address(job), "build": build}

    def post(self, carillon, body, *, headers=None, token=hook_token, path="hook/jenkins"):
        """By a plugin, as user info of the URL has it; `body` is bytes or for JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        shown = {"Authorization": "Basic " + base64.b64encode(f"any:{token}".encode()).decode()} if token else {}
        return carillon.request("POST", path, raw, {"Content-Type": "application/json;charset=UTF-8", **shown, **(headers or {})})

    # -- its API --------------------------------------------------------------

    def asked_for(self, kind):
        with self._lock:
            return [one for one in self.asked if one[0] == kind]

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            try:
                return self._serve(request)
            except Refusal as error:
                self.refused.append(f"{request.method} {request.path}: {error.text}")
                return Answer(error.status, {"Content-Type": "text/html"}, error.text.encode())

    def _serve(self, request):
        login = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        _need(request.headers.get("Authorization") == f"Basic {login}", 401, "Invalid password/token for user")
        _need(request.method == "GET", 405, "No crumb was shown")
        address, _, query = request.path.partition("?")
        arguments = dict(urllib.parse.parse_qsl(query, strict_parsing=True))
        job, number, rest = _names(address)
        if rest == "logText/progressiveText":
            return self._log(job, number, arguments)
        _need(set(arguments) == {"tree"}, 400, "only tree= is known here")
        tree = _parse(arguments["tree"])
        if rest == "api/json" and number is None:
            return self._listed(job, tree)
        _need(number in self.jobs.get(job, {}), 404, "Not Found")
        if rest == "api/json":
            self.asked.append(("build", job, number))
            return _json(_chosen(self.jobs[job][number], "build", tree))
        _need(rest == "testReport/api/json" and (job, number) in self.reports, 404, "Not Found")
        self.asked.append(("report", job, number))
        return _json(_chosen(self.reports[job, number], "report", tree))

    def _listed(self, job, tree):
        if "builds" in tree or "allBuilds" in tree:
            _need(job in self.jobs, 404, "Not Found")
            _need(job not in self.broken, 500, "Oops!")
            self.asked.append(("builds", job))
            newest = [build for _, build in sorted(self.jobs[job].items(), reverse=True)]
            return _json(_chosen({"builds": newest[:100], "allBuilds": newest}, "item", tree))
        self.asked.append(("list",))
        return _json(_chosen(self._folder(job), "folder", tree))

    def _folder(self, folder):
        items = {}
        for job, builds in sorted(self.jobs.items()):
            if folder and not job.startswith(folder + "/"):
                continue
            below = job[len(folder) + 1 if folder else 0:]
            name = (folder + "/" if folder else "") + below.partition("/")[0]
            item = {"fullName": name, "url": self.url + _address(name)}
            if name == job:
                item.update(color="blue", lastBuild=builds[max(builds)] if builds else None)
            else:
                item["jobs"] = self._folder(name)["jobs"]
            items[name] = item
        return {"jobs": list(items.values())}

    def _log(self, job, number, arguments):
        _need((job, number) in self.logs, 404, "Not Found")
        text, start = self.logs[job, number].encode(), int(arguments["start"])
        self.asked.append(("log", job, number, start))
        start = start if start <= len(text) else 0
        return Answer(200, {"Content-Type": "text/plain;charset=UTF-8", "X-Text-Size": str(len(text))}, text[start:])


def _address(job):
    return "".join(f"job/{urllib.parse.quote(part, safe='')}/" for part in job.split("/"))


def _names(address):
    """Job, number of a build or None, and the rest of a path."""
    parts, names = address.strip("/").split("/"), []
    while parts[0] == "job" and len(parts) > 2:
        names.append(urllib.parse.unquote(parts[1]))
        parts = parts[2:]
    number = int(parts.pop(0)) if parts[0].isdigit() else None
    return "/".join(names), number, "/".join(parts)


def _parse(text):
    """{"jobs": ({"fullName": ...}, (0, 500))}: fields with those inside, and the range."""
    tokens = _TOKEN.findall(text)
    _need("".join(tokens) == text, 400, f"tree={text} cannot be read")

    def fields():
        found = {}
        while True:
            name, inside, span = tokens.pop(0), None, None
            _need(name.isalnum() and name not in found, 400, f"tree= names {name} wrongly")
            if tokens and tokens[0] == "[":
                tokens.pop(0)
                inside = fields()
                _need(tokens and tokens.pop(0) == "]", 400, "tree= lacks a ]")
            if tokens and tokens[0] == "{":
                first, comma, end, close = tokens[1:5]
                _need(comma == "," and close == "}" and int(first) < int(end), 400, "tree= has a range that is none")
                del tokens[:5]
                span = (int(first), int(end))
            found[name] = (inside, span)
            if not tokens or tokens[0] != ",":
                return found
            tokens.pop(0)

    parsed = fields()
    _need(not tokens, 400, "tree= goes on behind its end")
    return parsed


def _chosen(value, kind, tree):
    if isinstance(value, list):
        return [_chosen(item, kind, tree) for item in value]
    if value is None:
        return None
    chosen = {}
    for name, (inside, span) in tree.items():
        _need(name in _FIELDS[kind], 400, f"there is no {name} in a {kind}")
        below = _FIELDS[kind][name]
        _need((below is None) == (inside is None), 400, f"{name} of a {kind} is asked for wrongly")
        if name not in value:
            continue
        item = value[name]
        if span:
            _need(isinstance(item, list), 400, f"{name} is no list")
            item = item[span[0]:span[1]]
        chosen[name] = item if below is None else _chosen(item, below, inside)
    return chosen


def _json(value):
    return Answer(200, {"Content-Type": "application/json;charset=utf-8"}, json.dumps(value).encode())


def _need(condition, status, text):
    if not condition:
        raise Refusal(status, text)
