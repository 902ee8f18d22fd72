"""Scrapes under load: in each one the numbers add up, nothing falls, and promtool is content."""

import http.client
import json
import subprocess
import unittest

import names
from exposition import Scrape, complaints
from harness import SANITIZER, SLOW, WeirTest
from load import Wrk, http_client_exactly


class UnderLoad(WeirTest):
    SCRAPES = 40 if SANITIZER else 200

    def scrape_all(self, weir):
        """Scrapes over one connection; returns every complaint of every scrape."""
        found, before, active_seen = [], None, 0
        connection = http.client.HTTPConnection(*weir.admin, timeout=20 * SLOW)
        for number in range(self.SCRAPES):
            connection.request("GET", "/metrics")
            response = connection.getresponse()
            scrape = Scrape(response.read().decode())
            found += [f"scrape {number}: {text}" for text in complaints(scrape, before)]
            active_seen = max(active_seen, scrape.total(names.RQ_ACTIVE))
            before = scrape
        connection.close()
        return found, before, active_seen

    def check(self, concurrency, path):
        origin = self.nginx()
        weir = self.weir(origin.upstream, concurrency=concurrency)
        seconds = 8 * SLOW
        with Wrk(weir.url + path, int(seconds), connections=32) as load:
            found, last, active_seen = self.scrape_all(weir)
        self.assertEqual([], found[:10])
        self.assertGreater(last.total(names.RQ_TOTAL), 100)
        self.assertGreater(active_seen, 0, "no scrape saw a request in flight: no load")
        after = weir.settled()
        self.assertGreaterEqual(after.total(names.RQ_TOTAL), load.completed)
        self.assertLessEqual(after.total(names.RQ_TOTAL), load.completed + 32)

    def test_two_workers(self):
        self.check(2, "/ok")

    def test_four_workers_with_errors(self):
        self.check(4, "/broken")


class Content(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.odd = cls.shared_origin()
        cls.server = cls.shared_weir(cls.odd.upstream, concurrency=2)
        for path in ("/ok", "/status/404", "/status/500", "/bytes/100000"):
            http_client_exactly(cls.server.address, 10, path=path)

    def test_promtool_is_content(self):
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=self.server.scrape().text, text=True,
            capture_output=True, timeout=60)
        self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))

    def test_every_family_has_help_and_type(self):
        scrape = self.server.scrape()
        for name in scrape.samples:
            family = name
            for suffix in ("_bucket", "_sum", "_count"):
                if name.endswith(suffix) and name.removesuffix(suffix) in scrape.types:
                    family = name.removesuffix(suffix)
            self.assertIn(family, scrape.types)
            self.assertIn(family, scrape.helps)
            self.assertTrue(name.startswith("weir_"), name)

    def test_both_metric_paths(self):
        status, text = self.server.get("/stats/prometheus")
        self.assertEqual(200, status)
        self.assertEqual(set(self.server.scrape().types), set(Scrape(text).types))

    def test_stats_text_agrees_with_metrics(self):
        lines = dict(
            line.split(": ", 1) for line in self.server.get("/stats")[1].splitlines()
            if ": " in line)
        value = [int(v) for name, v in lines.items() if names.DOTTED_RQ_TOTAL.search(name)]
        self.assertEqual([self.server.scrape().total(names.RQ_TOTAL)], value)

    def test_stats_json(self):
        status, text = self.server.get("/stats?format=json")
        self.assertEqual(200, status)
        self.assertIn("downstream_rq_total", json.dumps(json.loads(text)))

    def test_stats_filter(self):
        text = self.server.get("/stats?filter=downstream_rq_total")[1]
        lines = [line for line in text.splitlines() if line]
        self.assertTrue(lines)
        self.assertEqual([], [line for line in lines if "downstream_rq_total" not in line])

    def test_stats_used_only(self):
        every = self.server.get("/stats")[1].splitlines()
        used = self.server.get("/stats?usedonly")[1].splitlines()
        self.assertLess(len(used), len(every))
        self.assertTrue(any("downstream_rq_total" in line for line in used))

    def test_small_pages(self):
        self.assertEqual(200, self.server.get("/ready")[0])
        status, text = self.server.get("/server_info")
        self.assertEqual(200, status)
        self.assertIsInstance(json.loads(text), dict)
        self.assertIn(self.odd.upstream, self.server.get("/clusters")[1])
        self.assertIn(str(self.server.address[1]), self.server.get("/listeners")[1])
        self.assertIn("/metrics", self.server.get("/help")[1])
        self.assertEqual(404, self.server.get("/no-such-page")[0])

    def test_reading_pages_refuse_other_methods(self):
        self.assertIn(self.server.get("/metrics", "DELETE")[0], (400, 405, 501))
        self.assertEqual(200, self.server.get("/ready")[0])

    def test_threads_are_named(self):
        self.server.thread_id("wrk:0")
        self.server.thread_id("wrk:1")


if __name__ == "__main__":
    unittest.main()
