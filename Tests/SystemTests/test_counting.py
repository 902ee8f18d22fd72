"""Exactly N requests are exactly N everywhere: /metrics, statsd, history; one worker and four."""

import time
import unittest

import names
from harness import SANITIZER, SLOW, WeirTest, eventually, history_last
from load import http_client_exactly, wrk_exactly


class ExactCounts(WeirTest):
    def check_everywhere(self, weir, statsd, count):
        """N in the next scrape, N in the datagrams, N in the history."""
        scrape = weir.settled()
        self.assertEqual(count, scrape.total(names.RQ_TOTAL))
        self.assertEqual(count, scrape.total(names.RQ_COMPLETED))
        self.assertEqual(count, scrape.total(names.RQ_TIME + "_count"))
        eventually(lambda: statsd.counter(names.DOTTED_RQ_COMPLETED) >= count)
        self.assertEqual(count, statsd.counter(names.DOTTED_RQ_TOTAL))
        self.assertEqual(count, statsd.counter(names.DOTTED_RQ_COMPLETED))
        eventually(lambda: statsd.timing_count(names.DOTTED_RQ_TIME) >= count)
        self.assertEqual(count, statsd.timing_count(names.DOTTED_RQ_TIME))
        self.assertEqual([], statsd.bad)
        self.assertEqual(count, self.history(weir, count))

    def history(self, weir, count):
        """What the history says, given time to reach `count`."""
        def last():
            value = history_last(weir.history, names.RQ_TOTAL)
            return value if value is not None and value >= count else None
        return eventually(last, 3, 0.1) or history_last(weir.history, names.RQ_TOTAL)

    def run_load(self, concurrency, close):
        origin, statsd = self.nginx(), self.statsd()
        weir = self.weir(origin.upstream, concurrency=concurrency, statsd=statsd.url)
        count = 800 if SANITIZER else 4000 if close else 12000
        before = origin.requests()
        wrk_exactly(weir.url + "/ok", count, self.directory, connections=8, close=close)
        statuses = http_client_exactly(weir.address, 400, close=close)
        self.assertEqual([200] * 400, statuses)
        self.assertEqual(count + 400, origin.requests() - before)
        self.check_everywhere(weir, statsd, count + 400)
        scrape = weir.scrape()
        self.assertEqual({"200": count + 400}, scrape.by(names.RQ_CODE, names.CODE_LABEL))
        self.assertEqual(count + 400, scrape.total(names.UP_TOTAL))
        if close:
            # wrk opens one connection more than it needs when it stops, per connection.
            self.assertGreaterEqual(scrape.total(names.CX_TOTAL), count + 400)
        weir.stop()
        self.assertEqual(count + 400, history_last(weir.history, names.RQ_TOTAL))

    def test_keep_alive_one_worker(self):
        self.run_load(1, close=False)

    def test_keep_alive_four_workers(self):
        self.run_load(4, close=False)

    def test_close_one_worker(self):
        self.run_load(1, close=True)

    def test_close_four_workers(self):
        self.run_load(4, close=True)

    def test_mixed_outcomes(self):
        origin, statsd = self.nginx(), self.statsd()
        weir = self.weir(origin.upstream, concurrency=4, statsd=statsd.url)
        for path, count in (("/ok", 70), ("/empty", 50), ("/missing", 30), ("/broken", 20)):
            http_client_exactly(weir.address, count, path=path)
        self.check_everywhere(weir, statsd, 170)
        scrape = weir.scrape()
        self.assertEqual(
            {"200": 70, "204": 50, "404": 30, "500": 20},
            scrape.by(names.RQ_CODE, names.CODE_LABEL))
        classes = scrape.by(names.RQ_CLASS, names.CLASS_LABEL)
        self.assertEqual(
            {"2": 120, "4": 30, "5": 20}, {key[0]: n for key, n in classes.items() if n})

    def test_scrape_after_an_answer_has_it(self):
        """The client has its answer: a scrape begun after that must already count it."""
        origin = self.origin()
        weir = self.weir(origin.upstream, concurrency=2, flush="1s", history=None)
        for count in range(1, 51):
            with weir.client() as client:
                client.request("GET", "/ok")
            self.assertEqual(count, weir.scrape().total(names.RQ_COMPLETED))


class KilledHard(WeirTest):
    FLUSH_SECONDS = 0.5

    def check_kill(self, concurrency):
        """After kill -9 at most what came since the last flush is missing."""
        origin = self.origin()
        weir = self.weir(
            origin.upstream, concurrency=concurrency, flush=f"{int(self.FLUSH_SECONDS * 1000)}ms")
        done = []
        clients = [weir.client() for _ in range(8)]
        started = time.monotonic()
        while time.monotonic() - started < 3 * SLOW:
            for client in clients:
                client.request("GET", "/ok")
                done.append(time.monotonic())
            time.sleep(0.005)
        killed = time.monotonic()
        weir.kill()
        for client in clients:
            client.close()
        kept = history_last(weir.history, names.RQ_TOTAL) or 0
        # One flush interval, and the time that a frame may take to its file.
        due = sum(1 for at in done if at < killed - self.FLUSH_SECONDS - 0.3 * SLOW)
        self.assertGreaterEqual(kept, due)
        self.assertLessEqual(kept, len(done))

    def test_one_worker(self):
        self.check_kill(1)

    def test_four_workers(self):
        self.check_kill(4)

    def test_counts_go_on_after_the_kill(self):
        """The next weir on the same history adds its own boot and loses nothing of the first."""
        origin = self.origin()
        weir = self.weir(origin.upstream)
        http_client_exactly(weir.address, 100)
        weir.settled()
        eventually(lambda: history_last(weir.history, names.RQ_TOTAL) == 100)
        weir.kill()
        again = self.weir(origin.upstream, history=weir.history)
        http_client_exactly(again.address, 7)
        self.assertEqual(7, again.settled().total(names.RQ_TOTAL))
        self.assertTrue(
            eventually(lambda: history_last(weir.history, names.RQ_TOTAL) in (7, 107)),
            history_last(weir.history, names.RQ_TOTAL))


if __name__ == "__main__":
    unittest.main()
