"""Reads Prometheus' text format strictly: what the specification forbids fails the test."""

import re

from prometheus_client.parser import text_string_to_metric_families

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? (\S+)\Z")
_HELP = re.compile(rf"# HELP ({_NAME}) ((?:[^\\\n]|\\\\|\\n)+)\Z")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram)\Z")
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Malformed(AssertionError):
    """The text breaks the format. The message holds the line."""


class Metrics:
    """`value(name, label=value, ...)` of a page; `families` maps names to types."""

    def __init__(self, text):
        self.families = {}
        self.samples = {}
        self._read(text)
        self._check_histograms()
        self._compare_with_the_official_parser(text)

    def value(self, name, **labels):
        """0 for a sample that is not there, as Prometheus' users expect of a counter not yet counted."""
        return self.samples.get((name, frozenset(labels.items())), 0)

    def total(self, name, **labels):
        """The sum of all samples of the name that have these labels, among others."""
        wanted = set(labels.items())
        return sum(v for (n, of), v in self.samples.items() if n == name and wanted <= of)

    def _read(self, text):
        if not text.endswith("\n"):
            raise Malformed("the last line has no end")
        family = None
        for line in text[:-1].split("\n"):
            helped, typed = _HELP.match(line), _TYPE.match(line)
            if helped:
                family = helped[1]
                self._need(family not in self.families, f"a second time: {line}")
                self.families[family] = None
            elif typed:
                self._need(typed[1] == family and self.families[family] is None, f"not after its HELP: {line}")
                self.families[family] = typed[2]
            else:
                self._sample(family, line)

    def _sample(self, family, line):
        match = _SAMPLE.match(line)
        self._need(match, f"not a sample: {line!r}")
        name, labels, value = match.groups()
        kind = self.families.get(family)
        allowed = {family} if kind != "histogram" else {family + s for s in ("_bucket", "_sum", "_count")}
        self._need(kind and name in allowed, f"not of the family {family}: {line}")
        self._need(kind != "counter" or name.endswith("_total"), f"a counter's name ends in _total: {line}")
        pairs = [p.split("=", 1) for p in re.findall(_LABEL, labels or "")]
        found = {k: re.sub(r'\\[\\"n]', lambda m: _ESCAPES[m[0]], v[1:-1]) for k, v in pairs}
        self._need(len(found) == len(pairs), f"a label twice: {line}")
        key = (name, frozenset(found.items()))
        self._need(key not in self.samples, f"a sample twice: {line}")
        number = float(value)
        self._need(kind == "gauge" or number >= 0, f"below zero: {line}")
        self.samples[key] = number

    def _check_histograms(self):
        for family, kind in self.families.items():
            if kind != "histogram":
                continue
            series = {}
            for (name, labels), value in self.samples.items():
                if name == family + "_bucket":
                    bound = float(dict(labels)["le"].replace("+Inf", "inf"))
                    series.setdefault(frozenset(p for p in labels if p[0] != "le"), {})[bound] = value
            for labels, buckets in series.items():
                counts = [buckets[bound] for bound in sorted(buckets)]
                self._need(counts == sorted(counts), f"buckets of {family} are not cumulative")
                self._need(float("inf") in buckets, f"{family} has no bucket +Inf")
                self._need(self.samples.get((family + "_count", labels)) == counts[-1], f"{family}_count is not +Inf's")
                self._need((family + "_sum", labels) in self.samples, f"{family} has no sum")

    def _compare_with_the_official_parser(self, text):
        theirs = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples
        }
        self._need(theirs == self.samples, "prometheus_client reads it differently")

    @staticmethod
    def _need(good, text):
        if not good:
            raise Malformed(text)


def scrape(carillon):
    """The metrics of a running Carillon."""
    reply = carillon.request("GET", "metrics")
    if reply.status != 200 or not reply.headers["Content-Type"].startswith("text/plain; version=0.0.4"):
        raise AssertionError(f"GET /metrics: {reply.status} {reply.headers['Content-Type']}")
    return Metrics(reply.body.decode("utf-8"))
