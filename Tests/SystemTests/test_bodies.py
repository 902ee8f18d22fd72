"""Large bodies in both directions, and the bound on memory when one side is slow."""

import hashlib
import json
import threading
import time
import unittest

import names
from behaviours import pattern
from harness import SANITIZER, WeirTest
from wire import build

MIB = 1 << 20
LARGE = (8 if SANITIZER else 50) * MIB
GROWTH_MAX = 10 * MIB


class Bodies(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.body = pattern(LARGE)
        cls.digest = hashlib.sha256(cls.body).hexdigest()

    def start(self, **options):
        origin = self.origin()
        return self.weir(origin.upstream, **options), origin

    def test_large_download(self):
        weir, _ = self.start()
        for how in ("", "/chunked"):
            with self.subTest(how=how or "length"), weir.client(30) as client:
                response = client.request("GET", f"/bytes/{LARGE}{how}")
                self.assertEqual(self.digest, hashlib.sha256(response.body).hexdigest())
        self.assertGreaterEqual(
            weir.settled().total("weir_http_downstream_cx_tx_bytes_total"), 2 * LARGE)

    def test_large_upload(self):
        weir, origin = self.start()
        with weir.client(30) as client:
            response = client.request("PUT", "/echo", body=self.body)
            self.assertEqual(self.digest, json.loads(response.body)["sha256"])
        with weir.client(30) as client:
            client.send(build("PUT", "/echo", [("Transfer-Encoding", "chunked")]))
            for start in range(0, LARGE, 100_000):
                part = self.body[start:start + 100_000]
                client.send(b"%x\r\n%s\r\n" % (len(part), part))
            client.send(b"0\r\n\r\n")
            self.assertEqual(self.digest, json.loads(client.response().body)["sha256"])
        self.assertEqual(2, len(origin.requests))

    def warm(self, weir):
        with weir.client(30) as client:
            for _ in range(3):
                client.request("GET", f"/bytes/{4 * MIB}")
        return weir.resident_bytes()

    @unittest.skipIf(SANITIZER, "sanitizers have their own memory")
    def test_slow_reader(self):
        """Four clients that read nothing for a while: the proxy stops reading from the origin."""
        weir, _ = self.start()
        before = self.warm(weir)
        clients = [weir.client(30) for _ in range(4)]
        for client in clients:
            client.send(build("GET", f"/bytes/{LARGE}"))
        time.sleep(1.5)
        self.assertLess(weir.resident_bytes() - before, GROWTH_MAX)
        cpu = weir.cpu_seconds()
        time.sleep(0.5)
        self.assertLess(weir.cpu_seconds() - cpu, 0.2, "spins while the reader stalls")
        for client in clients:
            body = client.response().body
            self.assertEqual(self.digest, hashlib.sha256(body).hexdigest())
            client.close()

    @unittest.skipIf(SANITIZER, "sanitizers have their own memory")
    def test_slow_origin(self):
        """An origin that does not read the body for a while: the proxy stops reading from us."""
        weir, origin = self.start()
        before = self.warm(weir)
        client = weir.client(30)
        self.addCleanup(client.close)
        sender = threading.Thread(
            target=lambda: client.send(build("PUT", "/stall", body=self.body)), daemon=True)
        sender.start()
        time.sleep(1.5)
        self.assertTrue(sender.is_alive(), "the proxy took the whole body")
        self.assertLess(weir.resident_bytes() - before, GROWTH_MAX)
        origin.released.set()
        seen = json.loads(client.response().body)
        sender.join(10)
        self.assertEqual(self.digest, seen["sha256"])

    @unittest.skipIf(SANITIZER, "sanitizers have their own memory")
    def test_memory_comes_back(self):
        """Many large bodies one after the other do not add up."""
        weir, _ = self.start()
        before = self.warm(weir)
        for _ in range(30):
            with weir.client(30) as client:
                client.request("GET", f"/bytes/{2 * MIB}/chunked")
        self.assertLess(weir.resident_bytes() - before, GROWTH_MAX)

    def test_client_leaves_in_the_middle(self):
        weir, _ = self.start()
        for _ in range(20):
            with weir.client() as client:
                client.send(build("GET", f"/bytes/{8 * MIB}"))
                client.fill()
        scrape = weir.settled()
        self.assertEqual(20, scrape.total(names.RQ_COMPLETED))
        with weir.client() as client:
            self.assertEqual(200, client.request("GET", "/ok").status)

    def test_client_leaves_in_the_middle_of_its_body(self):
        weir, origin = self.start()
        for _ in range(20):
            with weir.client() as client:
                client.send(build("POST", "/echo", [("Content-Length", "100000")]) + b"x" * 1000)
                time.sleep(0.01)
        weir.settled()
        self.assertEqual([], origin.requests)

    def test_body_limit(self):
        weir, origin = self.start(extra=[names.BODY_LIMIT, "1MiB"])
        with weir.client() as client:
            self.assertEqual(200, client.request("POST", "/echo", body=b"x" * MIB).status)
        with weir.client() as client:
            client.send(build("POST", "/too-large", [("Content-Length", str(MIB + 1))]))
            self.assertEqual(413, client.response().status)
            self.assertTrue(client.wait_closed(3))
        self.assertEqual([], origin.heads_seen("/too-large"))

    def test_body_limit_of_chunks(self):
        weir, origin = self.start(extra=[names.BODY_LIMIT, "1MiB"])
        with weir.client() as client:
            client.send(build("POST", "/too-large", [("Transfer-Encoding", "chunked")]))
            try:
                for _ in range(12):
                    client.send(b"%x\r\n%s\r\n" % (100_000, b"x" * 100_000))
            except OSError:
                pass
            else:
                self.assertEqual(413, client.response().status)
        weir.settled()
        self.assertEqual([], origin.seen("/too-large"))


if __name__ == "__main__":
    unittest.main()
