"""The forced command of the SSH server in gerrit_ssh.py: one command of a Gerrit.

    /usr/bin/python3 gerrit_command.py FOLDER      (the command line is in $SSH_ORIGINAL_COMMAND)

Gerrit has no shell: it splits the line itself, and its commands refuse what they do not know.
In FOLDER: settings.json (version, projects, labels, double_quotes), script (one word a line: what happens to
the next commands), commands.jsonl and reviews.jsonl (what came).
"""

import fcntl
import json
import os
import re
import sys
import time
from pathlib import Path

HANG_LIMIT = 120


class Refused(Exception):
    pass


def split(line, double_quotes=True):
    """Space and tab separate, '...' is literal, a backslash takes the next character as it is outside of
    '...'. Newer servers know "..." too: spaces in it do not separate. An empty word is none."""
    words, word, single, double, index = [], "", False, False, 0
    while index < len(line):
        char = line[index]
        index += 1
        if char in " \t" and not single and not double:
            if word:
                words.append(word)
            word = ""
        elif char == "'" and not double:
            single = not single
        elif char == '"' and double_quotes and not single:
            double = not double
        elif char == "\\" and not single and index < len(line):
            word += line[index]
            index += 1
        else:
            word += char
    return words + [word] if word else words


def unfold(words):
    """Before it reads options, Gerrit makes two words of each "--name=value"."""
    found = []
    for index, word in enumerate(words):
        if word == "--":
            return found + words[index:]
        name, equals, value = word.partition("=")
        found += [name, value] if word.startswith("--") and equals and name else [word]
    return found


def review(words, settings):
    """The arguments of `gerrit review`, checked."""
    version = tuple(int(part) for part in settings["version"].split(".")[:2])
    options = {"--project", "--message", "--notify"}
    options |= {"--label"} if version >= (2, 6) else {"--verified", "--code-review"}
    options |= {"--tag"} if version >= (2, 13) else set()
    got, labels, revisions, words = {}, {}, [], unfold(words)
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            revisions.append(word)
            continue
        if word not in options:
            raise Refused(f'fatal: "{word}" is not a valid option')
        if not words:
            raise Refused(f'fatal: option "{word}" takes an operand')
        value = words.pop(0)
        if word == "--label":
            name, equals, number = value.partition("=")
            labels[name] = number
        elif word in ("--verified", "--code-review"):
            labels[{"--verified": "Verified", "--code-review": "Code-Review"}[word]] = value
        elif word in got:
            raise Refused(f'fatal: option "{word}" given twice')
        else:
            got[word] = value
    for name, value in labels.items():
        if name not in settings["labels"]:
            raise Refused(f'error: label "{name}" is not a configured label')
        if not re.fullmatch(r"[-+]?\d+", value) or abs(int(value)) > settings["labels"][name]:
            raise Refused(f'error: label "{name}": {value} is not a valid value')
    if len(revisions) != 1 or not re.fullmatch(r"[0-9a-f]{4,64}|\d+,\d+", revisions[0]):
        raise Refused(f"fatal: {revisions!r} is no patch set")
    if got.get("--project") not in settings["projects"]:
        raise Refused(f"error: project {got.get('--project')!r} not found")
    if got.get("--notify", "ALL") not in ("NONE", "OWNER", "OWNER_REVIEWERS", "ALL"):
        raise Refused(f"fatal: {got['--notify']!r} is not a valid value for --notify")
    if len(got.get("--message", "")) > 16384:
        raise Refused("error: the message is too long")
    return {
        "project": got["--project"], "message": got.get("--message"), "notify": got.get("--notify"),
        "tag": got.get("--tag"), "labels": {name: int(value) for name, value in labels.items()},
        "revision": revisions[0], "at": int(time.time()),
    }


def query(words, folder, user):
    if words[:2] != ["--format", "JSON"] or "--comments" not in words or len(words) != 4:
        raise Refused(f"fatal: cannot query {words!r}")
    kind, _, revision = words[3].partition(":")
    if kind != "commit":
        raise Refused(f"error: unsupported operator {kind}")
    changes = {}
    for one in read_lines(folder / "reviews.jsonl"):
        if one["revision"] == revision:
            votes = "".join(f" {name}{value:+d}" for name, value in one["labels"].items())
            text = "Patch Set 1:" + votes + ("\n\n" + one["message"].strip() if one["message"] else "")
            comment = {"timestamp": one["at"], "reviewer": {"username": user}, "message": text}
            changes.setdefault(one["project"], []).append(comment)
    for project, comments in changes.items():
        print(json.dumps({"project": project, "comments": comments}))
    print(json.dumps({"type": "stats", "rowCount": len(changes)}))


def read_lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def append(path, value):
    with open(path, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(value) + "\n")


def next_of_script(path):
    """Takes the first word of the script; "" when there is none."""
    with open(path, "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        words = file.read().split()
        file.seek(0)
        file.truncate()
        file.write("\n".join(words[1:]))
    return words[0] if words else ""


def hang():
    """As long as the client is there."""
    parent, deadline = os.getppid(), time.monotonic() + HANG_LIMIT
    while os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.05)
    return 1


def say(text, code):
    print(text, file=sys.stderr)
    return code


def main(folder):
    settings = json.loads((folder / "settings.json").read_text("utf-8"))
    line = os.environb[b"SSH_ORIGINAL_COMMAND"].decode("utf-8")
    words = split(line, settings["double_quotes"])
    how = next_of_script(folder / "script")
    append(folder / "commands.jsonl", {"line": line, "words": words, "how": how})
    if how == "hang":
        return hang()
    if how == "fail":
        return 255
    if how == "internal":
        return say("fatal: internal server error", 1)
    if how == "refuse":
        return say("error: you may not review\nfatal: one or more reviews failed", 1)
    try:
        if words == ["gerrit", "version"]:
            print(f"gerrit version {settings['version']}")
        elif words[:2] == ["gerrit", "review"]:
            append(folder / "reviews.jsonl", review(words[2:], settings))
        elif words[:2] == ["gerrit", "query"]:
            query(unfold(words[2:]), folder, settings["user"])
        else:
            raise Refused(f"gerrit: {words!r}: not found")
    except Refused as error:
        return say(str(error), 1)
    return hang() if how == "late" else 0  # it happened, and the answer does not come


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
