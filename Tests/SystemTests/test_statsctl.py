"""statsctl on a history that is being written, has ended, or is not there."""

import csv
import io
import json
import time
import unittest

import names
from harness import SANITIZER, WeirTest, eventually, history_last, statsctl
from load import http_client_exactly


class Statsctl(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_weir(cls.shared_origin().upstream, concurrency=2)
        http_client_exactly(cls.server.address, 150)
        http_client_exactly(cls.server.address, 50, path="/status/404")
        assert eventually(lambda: history_last(cls.server.history, names.RQ_TOTAL) == 200)

    def run_on(self, *arguments):
        return statsctl("--db", self.server.history, *arguments)

    def test_list(self):
        status, out, _ = self.run_on("list")
        self.assertEqual(0, status)
        self.assertIn(names.RQ_TOTAL, out)
        self.assertIn(names.UP_TOTAL, out)

    def test_list_by_pattern(self):
        status, out, _ = self.run_on("list", "*downstream_rq_total*", "-o", "csv")
        self.assertEqual(0, status)
        self.assertIn(names.RQ_TOTAL, out)
        self.assertNotIn(names.UP_TOTAL, out)

    def test_list_finds_nothing(self):
        status, out, err = self.run_on("list", "no_such_metric_*")
        self.assertEqual((1, ""), (status, out), err)

    def test_show_table(self):
        status, out, _ = self.run_on("show", names.RQ_TOTAL)
        self.assertEqual(0, status)
        self.assertIn("200", out)

    def test_show_json(self):
        status, out, _ = self.run_on("show", names.RQ_TOTAL, "-o", "json")
        self.assertEqual(0, status)
        json.loads(out)

    def test_show_csv(self):
        status, out, _ = self.run_on("show", names.RQ_TOTAL, "--since", "10m", "-o", "csv")
        self.assertEqual(0, status)
        rows = list(csv.reader(io.StringIO(out)))
        self.assertGreaterEqual(len(rows), 2)
        self.assertEqual(1, len({len(row) for row in rows}))
        self.assertEqual(200, float(rows[-1][rows[0].index("value")]))

    def test_selector_with_labels(self):
        selector = f'{names.RQ_CODE}{{{names.CODE_LABEL}="404"}}'
        self.assertEqual(50, history_last(self.server.history, selector))
        selector = f'{names.RQ_CODE}{{{names.CODE_LABEL}=~"4..|2.."}}'
        self.assertEqual(200, history_last(self.server.history, selector))

    def test_rate(self):
        status, out, _ = self.run_on("show", names.RQ_TOTAL, "--rate", "-o", "json")
        self.assertEqual(0, status)
        json.loads(out)

    def test_show_finds_nothing(self):
        self.assertEqual((1, ""), self.run_on("show", "no_such_metric")[:2])

    def test_info(self):
        status, out, _ = self.run_on("info")
        self.assertEqual(0, status)
        self.assertIn("weir.db", out)

    def test_histogram_count(self):
        status, out, err = self.run_on("show", names.RQ_TIME, "-o", "json")
        self.assertEqual(0, status, err)
        json.loads(out)

    def test_usage(self):
        for arguments in (["--no-such-flag"], ["no-such-command"], ["show"],
                          ["show", "a{b"], ["show", "a", "--since", "soon"],
                          ["show", "a", "-o", "xml"]):
            with self.subTest(" ".join(arguments)):
                status, out, err = self.run_on(*arguments)
                self.assertEqual((2, ""), (status, out), err)
                self.assertTrue(err)

    @unittest.skipIf(SANITIZER, "sanitizers start slowly")
    def test_it_starts_in_under_30_ms(self):
        def seconds():
            begin = time.monotonic()
            self.assertEqual(0, self.run_on("info")[0])
            return time.monotonic() - begin
        # The best of many, since the machine has other things to do as well.
        self.assertLess(min(seconds() for _ in range(20)), 0.030)

    def test_no_file(self):
        status, out, err = statsctl("--db", f"{self.directory}/none.db", "list")
        self.assertEqual((3, ""), (status, out))
        self.assertIn("none.db", err)

    def test_after_the_end_and_after_a_kill(self):
        for end in ("stop", "kill"):
            with self.subTest(end):
                weir = self.weir(self.shared_origin().upstream)
                http_client_exactly(weir.address, 30)
                eventually(lambda: history_last(weir.history, names.RQ_TOTAL) == 30)
                getattr(weir, end)()
                self.assertEqual(30, history_last(weir.history, names.RQ_TOTAL))
                self.assertEqual(0, statsctl("--db", weir.history, "info")[0])

    def test_many_readers_while_it_writes(self):
        weir = self.weir(self.shared_origin().upstream, flush="50ms")
        eventually(lambda: statsctl("--db", weir.history, "info")[0] == 0)
        for _ in range(10):
            http_client_exactly(weir.address, 1, threads=1)
            self.assertEqual(0, statsctl("--db", weir.history, "list")[0])
        self.assertTrue(eventually(lambda: history_last(weir.history, names.RQ_TOTAL) == 10))


if __name__ == "__main__":
    unittest.main()
