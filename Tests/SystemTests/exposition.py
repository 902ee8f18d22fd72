"""Reads the Prometheus text format strictly and checks that the numbers of one scrape add up."""

import math
import re

import names

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"(?:,|$)')


class Scrape:
    """One body of /metrics: `samples[name]` is a list of (labels, value)."""

    def __init__(self, text):
        self.text = text
        self.types, self.helps, self.samples = {}, {}, {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name not in self.types, f"TYPE of {name} twice"
                self.types[name] = kind
            elif line.startswith("# HELP "):
                self.helps[line.split(" ")[2]] = line
            elif line and not line.startswith("#"):
                self.add(line)

    def add(self, line):
        match = SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value = match.groups()
        found = LABEL.findall(labels or "")
        assert sum(len(k) + len(v) + 4 for k, v in found) - (len(found) > 0) in (
            len(labels or ""), len(labels or "") - 1), f"bad labels: {line!r}"
        self.samples.setdefault(name, []).append((dict(found), float(value)))

    def total(self, name, **labels):
        """Sum over all series of `name` that carry `labels`; 0 when there is none."""
        value = sum(
            value for have, value in self.samples.get(name, [])
            if all(have.get(key) == wanted for key, wanted in labels.items()))
        return int(value) if float(value).is_integer() else value

    def total_like(self, pattern):
        return sum(self.total(name) for name in self.samples if pattern.match(name))

    def by(self, name, label):
        out = {}
        for labels, value in self.samples.get(name, []):
            key = labels.get(label, "")
            out[key] = out.get(key, 0) + value
        return {key: int(value) for key, value in out.items()}

    def groups(self, name, label):
        return sorted(self.by(name, label))


def complaints(scrape, before=None):
    """What does not add up in one scrape, or went backwards since `before`."""
    yield from request_sums(scrape)
    yield from cluster_sums(scrape)
    yield from histogram_sums(scrape)
    if before is not None:
        yield from monotone(before, scrape)


def equal(what, left, right):
    if left != right:
        yield f"{what}: {left} != {right}"


def request_sums(scrape):
    total, completed = scrape.total(names.RQ_TOTAL), scrape.total(names.RQ_COMPLETED)
    active = scrape.total(names.RQ_ACTIVE)
    yield from equal("rq total = completed + active", total, completed + active)
    yield from equal("rq completed = classes", completed, scrape.total(names.RQ_CLASS))
    yield from equal("rq completed = codes", completed, scrape.total(names.RQ_CODE))
    count = scrape.total(names.RQ_TIME + "_count")
    yield from equal("rq completed = time count", completed, count)
    if active < 0:
        yield f"rq active is {active}"


def cluster_sums(scrape):
    for name in scrape.groups(names.UP_TOTAL, "cluster"):
        total = scrape.total(names.UP_TOTAL, cluster=name)
        completed = scrape.total(names.UP_COMPLETED, cluster=name)
        active = scrape.total(names.UP_ACTIVE, cluster=name)
        answered = scrape.total(names.UP_CLASS, cluster=name)
        silent = scrape.total(names.UP_NO_RESPONSE, cluster=name)
        yield from equal(f"{name} total = completed + active", total, completed + active)
        yield from equal(f"{name} completed = classes + silent", completed, answered + silent)
    total = scrape.total(names.EP_TOTAL)
    ended = sum(scrape.total(name)
                for name in (names.EP_SUCCESS, names.EP_ERROR, names.EP_CANCELLED))
    active = scrape.total(names.EP_ACTIVE)
    yield from equal("endpoint total = success + error + active", total, ended + active)
    yield from equal("endpoint total = cluster total", total, scrape.total(names.UP_TOTAL))


def histogram_sums(scrape):
    for family, kind in scrape.types.items():
        if kind != "histogram":
            continue
        counts = {key(labels): value for labels, value in scrape.samples.get(family + "_count", [])}
        buckets = {}
        for labels, value in scrape.samples.get(family + "_bucket", []):
            bound = float(labels["le"].replace("+Inf", "inf"))
            rest = {name: text for name, text in labels.items() if name != "le"}
            buckets.setdefault(key(rest), []).append((bound, value))
        yield from equal(f"series of {family}", sorted(counts), sorted(buckets))
        for series, bounds in buckets.items():
            if bounds != sorted(bounds) or any(a[1] > b[1] for a, b in zip(bounds, bounds[1:])):
                yield f"{family}{series}: buckets do not ascend: {bounds}"
            if bounds[-1][0] != math.inf:
                yield f"{family}{series}: no +Inf bucket"
            yield from equal(f"{family}{series} +Inf = count", bounds[-1][1], counts.get(series))


def key(labels):
    return tuple(sorted(labels.items()))


def monotone(before, after):
    for family, kind in before.types.items():
        for name in {"counter": [family], "histogram": [family + "_count", family + "_sum"]}.get(
                kind, []):
            later = {key(labels): value for labels, value in after.samples.get(name, [])}
            for labels, value in before.samples.get(name, []):
                if later.get(key(labels), -1) < value:
                    yield f"{name}{labels} fell from {value} to {later.get(key(labels))}"
