"""Deliveries made of GitHub's schema of webhooks (npm's @octokit/openapi-webhooks): what it allows, not what was seen."""

import json

from carillon_test.installed import require
from carillon_test.prism import ROOT

_SCHEMAS = ROOT / "node_modules/@octokit/openapi-webhooks/generated"
# Event -> where its object is in the body, and the words of that object that say how it is.
_EVENTS = {
    "workflow_run": ("workflow_run", ("status", "conclusion")),
    "workflow_job": ("workflow_job", ("status", "conclusion")),
    "check_suite": ("check_suite", ("status", "conclusion")),
    "check_run": ("check_run", ("status", "conclusion")),
    "status": (None, ("state",)),
}
_TEXTS = {"date-time": "2026-05-04T10:07:31Z", "uri": "https://github.com/acme/app/x", "uri-template": "https://x/{y}",
          "email": "ann@example.org", "uuid": "6f1c3bd8-1c5f-4f58-9d35-0c1f2d7f3c55"}  # fmt: skip
# Which members a body has: all that there are; those that it must have; the same, and null where that may be.
VARIANTS = ("all", "required", "null")
_DEEPEST = 12


class Schema:
    """Of one edition of GitHub: "api.github.com", "ghec", "ghes-3.14" ..."""

    def __init__(self, edition):
        self._schema = json.loads(require_file(edition).read_text("utf-8"))

    def bodies(self, event):
        """[(action, status, conclusion, variant, body)] of every combination that the schema allows."""
        place, words = _EVENTS[event]
        made = []
        for name, hook in sorted(self._schema["webhooks"].items()):
            action = name.removeprefix(event.replace("_", "-")).removeprefix("-")
            if name != event.replace("_", "-") and not name.startswith(event.replace("_", "-") + "-"):
                continue
            schema = hook["post"]["requestBody"]["content"]["application/json"]["schema"]
            for variant in VARIANTS:
                body = self._sample(schema, variant, "")
                of = body if place is None else body[place]
                parts = self._merged(schema) if place is None else self._merged(self._merged(schema)["properties"][place])
                choices = [self._merged(parts["properties"][word]).get("enum", [of.get(word)]) for word in words]
                for chosen in _products(choices):
                    of.update(zip(words, chosen))
                    made.append((action, *chosen, variant, json.loads(json.dumps(body))))
        return made

    def _merged(self, schema):
        """Without references and allOf; of several choices the first that is not null."""
        if "$ref" in schema:
            return self._merged(self._schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for choices in ("oneOf", "anyOf"):
            if choices in schema:
                some = [one for one in schema[choices] if one.get("type") != "null"]
                return self._merged(some[0])
        if "allOf" not in schema:
            return schema
        whole = {"type": "object", "properties": {}, "required": []}
        for part in map(self._merged, schema["allOf"]):
            for name, value in part.get("properties", {}).items():
                known = whole["properties"].get(name, {})
                # The later part says it more closely, or nothing of it.
                if "enum" in value or ("enum" not in known and {"properties", "$ref", "type"} & value.keys()):
                    whole["properties"][name] = value
            whole["required"] += part.get("required", [])
        return whole

    def _sample(self, schema, variant, name, depth=0):
        schema = self._merged(schema)
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if variant == "null" and ("null" in kinds or None in schema.get("enum", [])):
            return None
        if "enum" in schema:
            return next(value for value in schema["enum"] if value is not None)
        kind = next((one for one in kinds if one != "null"), "null")
        if kind == "object":
            properties = schema.get("properties", {})
            wanted = properties if variant == "all" else schema.get("required", [])
            if depth > _DEEPEST:
                return {}
            return {one: self._sample(properties[one], variant, one, depth + 1) for one in wanted if one in properties}
        if kind == "array":
            items = schema.get("items", {})
            return [self._sample(items, variant, name, depth + 1)] if variant == "all" and depth <= _DEEPEST else []
        if kind in ("integer", "number"):
            return 7
        if kind == "boolean":
            return False
        if kind == "string":
            return "acme/app" if name == "full_name" else _TEXTS.get(schema.get("format"), _text_of(name))
        return None


def _text_of(name):
    return _TEXTS["date-time"] if name.endswith("_at") else f"a {name}"


def _products(choices):
    if not choices:
        return [()]
    return [(value, *rest) for value in choices[0] for rest in _products(choices[1:])]


def editions():
    """All that the package has."""
    require("node", _SCHEMAS)
    return sorted(path.stem for path in _SCHEMAS.glob("*.json"))


def require_file(edition):
    path = _SCHEMAS / f"{edition}.json"
    require("node", path)
    return path
