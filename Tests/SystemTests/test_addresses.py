"""IPv4, IPv6 and UNIX sockets on both sides, several listeners, round robin over upstreams."""

import os
import unittest
from collections import Counter

import names
from harness import WeirTest


class Addresses(WeirTest):
    def check(self, listen, **origin_options):
        origin = self.origin(**origin_options)
        weir = self.weir(origin.upstream, listen=[listen])
        with weir.client() as client:
            for _ in range(3):
                self.assertEqual(b"origin\n", client.request("GET", "/ok").body)
        return weir, origin

    def test_ipv4(self):
        self.check("127.0.0.1:0")

    def test_ipv6_listener(self):
        weir, origin = self.check("[::1]:0")
        self.assertEqual("::1", origin.last().header("x-forwarded-for"))

    def test_ipv6_upstream(self):
        self.check("127.0.0.1:0", host="::1")

    def test_unix_listener(self):
        weir, _ = self.check(f"unix:{self.directory}/in.sock")
        self.assertEqual(0, weir.stop())
        self.assertFalse(os.path.exists(f"{self.directory}/in.sock"), "the socket file stays")

    def test_stale_unix_socket_is_taken_over(self):
        path = f"{self.directory}/in.sock"
        origin = self.origin()
        first = self.weir(origin.upstream, listen=[f"unix:{path}"])
        first.kill()
        self.assertTrue(os.path.exists(path))
        second = self.weir(origin.upstream, listen=[f"unix:{path}"])
        with second.client() as client:
            self.assertEqual(200, client.request("GET", "/ok").status)

    def test_unix_upstream(self):
        self.check("127.0.0.1:0", unix_path=f"{self.directory}/origin.sock")

    def test_unix_both(self):
        self.check(f"unix:{self.directory}/in.sock", unix_path=f"{self.directory}/origin.sock")

    def test_two_listeners(self):
        origin = self.origin()
        weir = self.weir(origin.upstream, listen=["127.0.0.1:0", "[::1]:0"], concurrency=2)
        self.assertEqual(2, len(weir.addresses))
        for address in weir.addresses:
            weir.address = address
            with weir.client() as client:
                self.assertEqual(200, client.request("GET", "/ok").status)
        self.assertEqual(2, weir.settled().total(names.RQ_TOTAL))


class RoundRobin(WeirTest):
    def test_one_worker_is_exact(self):
        origins = [self.origin(name=f"o{n}") for n in range(3)]
        weir = self.weir([o.upstream for o in origins])
        with weir.client() as client:
            seen = Counter(client.request("GET", "/ok").body for _ in range(300))
        self.assertEqual({b"o0\n": 100, b"o1\n": 100, b"o2\n": 100}, dict(seen))
        by_endpoint = weir.settled().by(names.EP_TOTAL, "endpoint")
        self.assertEqual({o.upstream: 100 for o in origins}, by_endpoint)

    def test_workers_do_not_all_begin_at_the_same_one(self):
        origins = [self.origin(name=f"o{n}") for n in range(2)]
        weir = self.weir([o.upstream for o in origins], concurrency=4)
        seen = Counter()
        for _ in range(100):
            with weir.client() as client:
                seen[client.request("GET", "/ok").body] += 1
        self.assertGreaterEqual(min(seen.values()), 40, seen)


if __name__ == "__main__":
    unittest.main()
