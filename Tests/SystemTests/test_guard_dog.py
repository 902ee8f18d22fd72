"""A worker that is stuck: named in the log, counted, and no reason for anything else to wait."""

import time
import unittest

import names
import ptrace
from harness import WeirTest, eventually
from load import http_client_exactly


class StuckWorker(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.weir(self.origin().upstream, concurrency=2)
        http_client_exactly(self.server.address, 40, close=True)
        self.before = self.server.settled()

    def hold(self, seconds, meanwhile=lambda: None):
        try:
            with ptrace.held(self.server.thread_id(names.WORKER_THREAD)):
                end = time.monotonic() + seconds
                meanwhile()
                time.sleep(max(0, end - time.monotonic()))
        except ptrace.NotAllowed as reason:
            self.skipTest(str(reason))

    def test_counted_and_named(self):
        misses = self.before.total_like(names.WATCHDOG_MISS)
        self.assertTrue(
            any(names.WATCHDOG_MISS.match(name) for name in self.before.samples),
            "no watchdog counter")
        self.assertNotIn(names.WORKER_THREAD, self.server.log)
        self.hold(1.8)
        self.assertTrue(eventually(
            lambda: self.server.scrape().total_like(names.WATCHDOG_MISS) > misses))
        self.assertTrue(eventually(lambda: names.WORKER_THREAD in self.server.log))
        said = [line for line in self.server.log.splitlines() if names.WORKER_THREAD in line]
        self.assertLessEqual(len(said), 4, said)

    def test_scrapes_go_on_and_say_that_they_are_late(self):
        late = self.before.total_like(names.LATE_CUTS)
        times = []

        def scrape():
            for _ in range(2):
                started = time.monotonic()
                self.assert_adds_up(self.server.scrape(), self.before)
                times.append(time.monotonic() - started)
        self.hold(1.2, scrape)
        self.assertLess(max(times), 1.0)
        self.assertGreater(self.server.scrape().total_like(names.LATE_CUTS), late)

    def test_the_other_worker_serves(self):
        def serve():
            answered = 0
            for _ in range(20):
                try:
                    with self.server.client(0.3) as client:
                        answered += client.request("GET", "/ok").status == 200
                except OSError:
                    pass  # the kernel gave this connection to the one that is held
                if answered >= 3:
                    return
            self.fail(f"{answered} answers while one of two workers is held")
        self.hold(0.5, serve)

    def test_nothing_is_lost_when_it_wakes(self):
        self.hold(1.5, lambda: self.server.scrape())
        http_client_exactly(self.server.address, 10, close=True)
        scrape = self.server.settled()
        self.assert_adds_up(scrape, self.before)
        self.assertEqual(50, scrape.total(names.RQ_TOTAL))


if __name__ == "__main__":
    unittest.main()
