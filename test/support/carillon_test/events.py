"""Build objects for POST /ingest, as Buildbot's HttpStatusPush sends them."""

import json


def build(number=1, builder="pass", results=0, **fields):
    """A finished build, or with complete=False one that has just begun. `fields` are added
    to the object or replace what is there; `builder` also takes part in the build's id."""
    complete = fields.pop("complete", True)
    ident = sum(map(ord, builder)) * 100000 + number
    revision = f"{number:040x}"
    stamp = {
        "ssid": ident, "branch": "main", "revision": revision, "project": "bell", "codebase": "",
        "repository": "https://git.example.org/bell", "created_at": 1700000000, "patch": None,
    }
    buildset = {
        "bsid": ident, "complete": complete, "complete_at": 1700000060 if complete else None,
        "external_idstring": None, "parent_buildid": None, "parent_relationship": None,
        "reason": "a test", "results": results if complete else -1, "sourcestamps": [stamp],
        "submitted_at": 1700000000,
    }
    return {
        "buildid": ident, "number": number, "builderid": sum(map(ord, builder)),
        "builder": {
            "builderid": sum(map(ord, builder)), "name": builder, "description": None,
            "masterids": [1], "tags": [],
        },
        "buildrequestid": ident,
        "buildrequest": {
            "buildrequestid": ident, "buildsetid": ident, "builderid": sum(map(ord, builder)),
            "claimed": True, "complete": complete, "results": results if complete else -1,
        },
        "buildset": buildset, "masterid": 1, "workerid": 1, "properties": {},
        "started_at": 1700000000, "complete": complete,
        "complete_at": 1700000060 if complete else None,
        "results": results if complete else None,
        "state_string": "build successful" if complete and results == 0 else "building",
        "url": f"http://ci.example.org/#builders/{sum(map(ord, builder))}/builds/{number}",
        **fields,
    }


def ndjson(objects):
    """The bytes of a batch."""
    return b"".join(json.dumps(item).encode() + b"\n" for item in objects)
