"""`make bench` and `make bench-history` in short: they measure what they can, say what they cannot,
and make up no ratio.
"""

import json
import os
import subprocess
import tempfile
import unittest

from harness import SANITIZER, STATSCTL, WEIR

BENCHMARKS = os.path.abspath(f"{__file__}/../../../Benchmarks")
BENCH = f"{BENCHMARKS}/SideBySide/run.py"
LOAD = f"{os.path.dirname(WEIR)}/HistoryLoad"


@unittest.skipIf(SANITIZER, "figures of an instrumented binary say nothing")
class Bench(unittest.TestCase):
    def run_bench(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [BENCH, "--smoke", "--weir", WEIR, "--out", folder,
                 *arguments],
                capture_output=True, text=True, timeout=120)
            self.assertEqual(0, done.returncode, done.stderr)
            with open(f"{folder}/bench.json") as file:
                return done.stdout, json.load(file)

    def test_a_missing_peer_is_named_and_has_no_ratio(self):
        text, document = self.run_bench(
            "--peers", "envoy", "--envoy", "/nowhere/envoy", "--only", "GET-64B-c64")
        self.assertIn("envoy: none: no program at /nowhere/envoy", text)
        rows = document["results"]["GET-64B-c64"]
        self.assertGreater(rows["weir"]["total_us"], 0)
        self.assertIn("no program", rows["envoy"]["reason"])
        self.assertEqual({}, document["ratios"]["GET-64B-c64"])

    def test_beside_nginx(self):
        text, document = self.run_bench("--peers", "nginx", "--only", "POST-16KiB-c64")
        ratio = document["ratios"]["POST-16KiB-c64"]
        self.assertEqual(ratio["nginx"], ratio["best peer"])
        self.assertIn("| POST-16KiB-c64 | weir / |", text)

    def test_memory_and_start_up(self):
        _, document = self.run_bench("--peers", "nginx", "--only", "memory")
        self.assertGreater(document["results"]["memory"]["weir"]["base_bytes"], 1e6)
        _, document = self.run_bench("--peers", "nginx", "--only", "start-up")
        self.assertLess(document["results"]["start-up"]["weir"]["seconds"], 5)


@unittest.skipIf(SANITIZER, "figures of an instrumented binary say nothing")
@unittest.skipUnless(os.path.exists(LOAD), "no HistoryLoad beside weir")
class BenchHistory(unittest.TestCase):
    def run_bench(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [f"{BENCHMARKS}/History/run.py", "--smoke", "--weir", WEIR, "--statsctl", STATSCTL,
                 "--load", LOAD, "--out", folder, *arguments],
                capture_output=True, text=True, timeout=120)
            self.assertEqual(0, done.returncode, done.stderr)
            with open(f"{folder}/bench.json") as file:
                return done.stdout, json.load(file)

    def test_queries_answer_alike(self):
        text, document = self.run_bench("--only", "queries", "--peers", "prometheus")
        if reason := document["reasons"].get("prometheus"):
            self.assertIn("no prom", reason)
            self.skipTest(reason)
        rows = document["queries"]["rows"]
        for name in ("one series", "now, sum by (cluster)", "values of a label"):
            largest, alone = rows[name]["difference"]["prometheus"]
            self.assertLess(largest, 1e-9, name)
            self.assertEqual(0, alone, name)
            self.assertGreater(rows[name]["points"], 0)
        # Two hours are read as they are: rates are Prometheus' own.
        self.assertLess(rows["one series, rate"]["difference"]["prometheus"][0], 1e-9)
        self.assertIn("| one series ", text)

    def test_what_cannot_be_measured_is_named(self):
        text, document = self.run_bench(
            "--only", "size,write,start", "--peers", "", "--db", "/nowhere/weir.db")
        self.assertIn("size", document["reasons"])
        self.assertIn("- size: none: ", text)
        self.assertLess(document["write"]["share"], 1)
        self.assertGreater(document["start"]["info"], 0)
