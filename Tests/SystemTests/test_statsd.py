"""The statsd sink: exact sums, through outages of the server too."""

import socket
import time
import unittest

import names
from harness import SLOW, WeirTest, eventually
from load import http_client_exactly, wrk_exactly


class Statsd(WeirTest):
    FLUSH = 0.1

    def start(self):
        origin, statsd = self.origin(), self.statsd()
        weir = self.weir(
            origin.upstream, concurrency=2, statsd=statsd.url,
            flush=f"{int(self.FLUSH * 1000)}ms", history=None)
        return weir, statsd

    def assert_sums(self, statsd, count):
        eventually(lambda: statsd.timing_count(names.DOTTED_RQ_TIME) >= count)
        time.sleep(3 * self.FLUSH)  # what would be too much has come by now
        self.assertEqual(count, statsd.counter(names.DOTTED_RQ_TOTAL))
        self.assertEqual(count, statsd.counter(names.DOTTED_RQ_COMPLETED))
        self.assertEqual(count, statsd.timing_count(names.DOTTED_RQ_TIME))
        self.assertEqual([], statsd.bad)

    def test_away_and_back(self):
        weir, statsd = self.start()
        http_client_exactly(weir.address, 200)
        self.assert_sums(statsd, 200)
        statsd.close()
        for _ in range(3):
            http_client_exactly(weir.address, 50)
            time.sleep(2.5 * self.FLUSH)
        self.assertEqual(350, weir.settled().total(names.RQ_TOTAL))
        statsd.open()
        http_client_exactly(weir.address, 25)
        self.assert_sums(statsd, 375)

    def test_away_at_the_start(self):
        statsd = self.statsd()
        statsd.close()
        weir = self.weir(
            self.origin().upstream, statsd=statsd.url, flush="100ms", history=None)
        http_client_exactly(weir.address, 120)
        time.sleep(0.5)
        statsd.open()
        self.assert_sums(statsd, 120)

    def test_many_short_outages(self):
        weir, statsd = self.start()
        for _ in range(5):
            statsd.close()
            http_client_exactly(weir.address, 20)
            time.sleep(1.5 * self.FLUSH)
            statsd.open()
            http_client_exactly(weir.address, 20)
            time.sleep(1.5 * self.FLUSH)
        self.assert_sums(statsd, 200)

    def test_few_datagrams(self):
        """Packed lines and one timing line per touched bucket: not a datagram per request."""
        weir, statsd = self.start()
        time.sleep(5 * self.FLUSH)
        before = len(statsd.sizes)
        started = time.monotonic()
        wrk_exactly(weir.url + "/ok", 2000, self.directory)
        http_client_exactly(weir.address, 100)
        self.assert_sums(statsd, 2100)
        flushes = (time.monotonic() - started) / self.FLUSH + 1
        self.assertLess(len(statsd.sizes) - before, flushes * 12)
        self.assertLessEqual(max(statsd.sizes), 65507)

    def test_last_flush_at_the_end(self):
        origin, statsd = self.origin(), self.statsd()
        weir = self.weir(origin.upstream, statsd=statsd.url, flush="60s", history=None)
        http_client_exactly(weir.address, 33)
        self.assertEqual(0, weir.stop())
        eventually(lambda: statsd.counter(names.DOTTED_RQ_TOTAL) >= 33, 2 * SLOW)
        self.assertEqual(33, statsd.counter(names.DOTTED_RQ_TOTAL))
        self.assertEqual(33, statsd.timing_count(names.DOTTED_RQ_TIME))

    def test_gauges_return_to_rest(self):
        weir, statsd = self.start()

        def active():
            return [v for name, v in statsd.gauges.items() if name.endswith("downstream_rq_active")]
        with socket.create_connection(weir.address) as client:
            client.sendall(b"GET /slow/800 HTTP/1.1\r\nHost: a\r\n\r\n")
            eventually(lambda: active() and float(active()[0]) == 1)
            self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200"))
        eventually(lambda: float(active()[0]) == 0)
        self.assertEqual([0.0], [float(value) for value in active()])


if __name__ == "__main__":
    unittest.main()
