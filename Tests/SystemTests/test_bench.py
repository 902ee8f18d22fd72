"""`make bench` in short: it measures what it can, says what it cannot, and makes up no ratio."""

import json
import os
import subprocess
import tempfile
import unittest

from harness import SANITIZER, WEIR

BENCH = os.path.abspath(f"{__file__}/../../../Benchmarks/SideBySide/run.py")


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
