#!/usr/bin/python3
"""weir beside nginx, HAProxy and Envoy, in one run on one machine: `run.py --help`.

Peers take turns within each round, so that noise is shared; figures are medians of rounds, and only
figures of one run compare. Load generator and origin share the first usable CPU, each proxy has the
second. A peer that is missing or answers wrongly is named with the reason and has no ratio.
"""

import argparse
import datetime
import json
import os
import resource
import signal
import statistics
import sys
import tempfile
from typing import NamedTuple

import measure
import openloop
import peers
import report
import scale
from peers import Peer, Unavailable

IDLE_CONNECTIONS, START_UPS = 5000, 5
TROUBLE = (Unavailable, OSError, ValueError)


class Case(NamedTuple):
    method: str
    body: str
    connections: int

    @property
    def name(self):
        return f"{self.method}-{self.body}-c{self.connections}"

    @property
    def path(self):
        """POST carries the body up and gets 64 bytes down."""
        if self.method == "GET":
            return f"/{self.body}"
        return "/up/64B" if self.body == "1MiB" else "/64B"


def all_cases():
    return [Case(method, body, connections) for method in ("GET", "POST")
            for body in peers.BODIES for connections in (1, 64, 512)]


REFERENCE = Case("GET", "64B", 64)
SMOKE = [REFERENCE, Case("POST", "16KiB", 64)]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.
                                     RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement (default 3)")
    parser.add_argument("--only", default="", metavar="WORD", help="cases whose name has this: "
                        "GET-64B-c64, POST-16KiB-c512, latency, memory, start-up, scale, balance")
    parser.add_argument("--peers", default=f"{peers.UNCOUNTED},nginx,haproxy,envoy")
    parser.add_argument("--weir", default=f"{peers.ROOT}/.build/release/weir", metavar="PATH")
    parser.add_argument("--envoy", default=os.environ.get("ENVOY"), metavar="PATH")
    parser.add_argument("--out", default=f"{peers.ROOT}/.build/bench", metavar="DIR")
    parser.add_argument("--smoke", action="store_true", help="everything once, very short")
    arguments = parser.parse_args()
    names = [name for name in arguments.peers.split(",") if name]
    if unknown := set(names) - set(peers.NAMES):
        parser.error(f"--peers: {', '.join(sorted(unknown))}: known are {', '.join(peers.NAMES)}")
    if arguments.rounds < 1 or arguments.seconds < 1:
        parser.error("--rounds and --seconds begin at 1")
    arguments.names = ["weir"] + [name for name in names if name != "weir"]
    if arguments.smoke:
        arguments.rounds = arguments.seconds = 1
    return arguments


class Run:
    """All measurements of one run; `results[kind][name]` is a row of figures or of a reason."""

    def __init__(self, arguments, folder, cpus):
        self.arguments, self.folder = arguments, folder
        self.load_cpu, self.proxy_cpu = cpus[0], cpus[min(1, len(cpus) - 1)]
        self.other_cpus = set(cpus[1:]) or {cpus[0]}
        self.instances, self.results = 0, {}
        self.binaries, self.versions, self.missing = {}, {}, {}
        for name in arguments.names:
            given = {"weir": arguments.weir, "envoy": arguments.envoy}.get(name)
            try:
                self.binaries[name] = peers.find_binary(name, given)
                self.versions[name] = peers.version(self.binaries[name])
            except Unavailable as reason:
                self.missing[name] = str(reason)
        self.versions["wrk"] = peers.version(peers.find_binary("wrk"))

    def wanted(self, name):
        return self.arguments.only.lower() in name.lower()

    def make(self, name):
        self.instances += 1
        folder = f"{self.folder}/{self.instances}-{name}"
        return Peer(name, self.binaries[name], folder, {self.proxy_cpu}, self.origin.port)

    def everything(self):
        with peers.make_origin(
                peers.find_binary("nginx"), f"{self.folder}/origin", self.load_cpu) as self.origin:
            if self.wanted("start-up"):
                self.start_ups()
            if self.wanted("memory"):
                self.memory()
            cases = [c for c in (SMOKE if self.arguments.smoke else all_cases())
                     if self.wanted(c.name)]
            if cases or self.wanted("latency"):
                self.under_load(cases)
            if "weir" in self.binaries:
                scale.Scale(self).everything(REFERENCE)

    def alternate(self, kind, rounds, candidates, action, named=None):
        """`action(name)` for each candidate in turn, another one first in each round. `named`: who
        gets a row with the reason when missing; all peers by default."""
        named = self.arguments.names if named is None else named
        failed, rows = dict(self.missing), {name: [] for name in candidates}
        candidates = list(candidates)
        for number in range(rounds):
            shift = number % max(1, len(candidates))
            for name in candidates[shift:] + candidates[:shift]:
                if name in failed:
                    continue
                progress(f"{kind}  round {number + 1}/{rounds}  {name}")
                try:
                    rows[name].append(action(name))
                except TROUBLE as reason:
                    failed[name] = str(reason)
        progress("")
        self.results[kind] = {}
        for name in dict.fromkeys([*named, *candidates]):
            if name in failed:
                self.results[kind][name] = {"reason": failed[name]}
            elif rows.get(name):
                self.results[kind][name] = medians(rows[name])

    def start_ups(self):
        def once(name):
            peer = self.make(name)
            try:
                return {"seconds": measure.start_up(peer)}
            finally:
                peer.stop()
        rounds = 1 if self.arguments.smoke else START_UPS
        self.alternate("start-up", rounds, self.binaries, once)

    def memory(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        count = min(200 if self.arguments.smoke else IDLE_CONNECTIONS, limit - 200)

        def once(name):
            with self.make(name) as peer:
                return measure.idle(peer, count)
        self.alternate("memory", 1, self.binaries, once)

    def under_load(self, cases):
        running = {}
        try:
            for name in self.binaries:
                try:
                    running[name] = self.make(name)
                    running[name].__enter__()
                except TROUBLE as reason:
                    self.missing[name] = str(reason)
                    del running[name]
            for case in cases:
                self.alternate(
                    case.name, self.arguments.rounds, running, lambda name: measure.wrk(
                        running[name], case, self.arguments.seconds, self.folder))
            if self.wanted("latency"):
                self.latency(running)
        finally:
            for peer in running.values():
                peer.stop()

    def latency(self, running):
        """At half the throughput of the slowest peer, or at what the generator does honestly."""
        reference = self.results.get(REFERENCE.name)
        if reference is None:
            self.alternate("reference", 1, running, lambda name:
                           measure.wrk(running[name], REFERENCE, 1, self.folder))
            reference = self.results.pop("reference")
        speeds = [row["requests_per_second"] for row in reference.values() if "reason" not in row]
        if not speeds:
            self.results["latency"] = dict(reference)
            return
        able = openloop.capacity(self.origin.port, 0.5 if self.arguments.smoke else 2)
        rate = min(min(speeds) / 2, able / 2)
        self.rate = {
            "rate": rate, "slowest_peer_requests_per_second": min(speeds),
            "generator_capacity": able, "capped_by_generator": able < min(speeds)}
        everyone = dict(running, origin=self.origin)
        self.alternate("latency", self.arguments.rounds, everyone, lambda name: openloop.run(
            everyone[name].port, rate, self.arguments.seconds))

    def document(self):
        return {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "machine": measure.machine() | {
                "load_cpu": self.load_cpu, "proxy_cpu": self.proxy_cpu},
            "versions": self.versions, "missing": self.missing,
            "parameters": {key: getattr(self.arguments, key) for key in (
                "rounds", "seconds", "only", "smoke", "names")},
            "latency_rate": getattr(self, "rate", None), "results": self.results,
            "ratios": report.ratios(self.results),
        }


def progress(text):
    if sys.stderr.isatty():
        print(f"  {text:<60}", end="\r", file=sys.stderr, flush=True)


def medians(rows):
    row = {key: statistics.median(r[key] for r in rows) for key in rows[0]}
    return row | {"rounds": rows}


def main():
    arguments = parse()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    cpus = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="weir-bench.") as folder:
        os.chmod(folder, 0o755)  # nginx may give its worker to another user
        try:
            run = Run(arguments, folder, cpus)
            os.sched_setaffinity(0, {run.load_cpu})
            run.everything()
        except Unavailable as reason:
            print(f"the benchmark needs wrk and an nginx origin: {reason}", file=sys.stderr)
            return 1
    os.sched_setaffinity(0, cpus)
    document = run.document()
    text = report.markdown(document)
    print(text)
    os.makedirs(arguments.out, exist_ok=True)
    with open(f"{arguments.out}/bench.md", "w") as file:
        file.write(text)
    with open(f"{arguments.out}/bench.json", "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    if not run.results:
        print(f"no case has `{arguments.only}` in its name", file=sys.stderr)
        return 1
    weir = [rows["weir"] for rows in run.results.values() if "weir" in rows]
    return 1 if any("reason" in row for row in weir) else 0


if __name__ == "__main__":
    sys.exit(main())
