"""Upstreams that are slow, gone, or talk nonsense: the status, the counter, the retry."""

import socket
import threading
import time
import unittest

import names
from harness import SLOW, WeirTest, eventually
from nginx import free_port
from wire import Closed, build


def outcomes(weir):
    return {kind: n for kind, n in
            weir.scrape().by(names.RQ_FAILED, names.OUTCOME_LABEL).items() if n}


class Timeouts(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_origin()
        cls.proxy = cls.shared_weir(cls.server.upstream, extra=[
            names.HEAD_TIMEOUT, "600ms", names.IDLE_TIMEOUT, "600ms",
            names.RESPONSE_TIMEOUT, "600ms", names.CONNECT_TIMEOUT, "300ms"])

    def timed(self, action):
        started = time.monotonic()
        answer = action()
        return answer, time.monotonic() - started

    def assert_about(self, seconds):
        """Not early; late only by what a busy machine explains."""
        self.assertGreaterEqual(seconds, 0.55)
        self.assertLess(seconds, 0.6 + 1.0 * SLOW)

    def test_half_a_head(self):
        before = self.proxy.scrape().total(names.HEAD_TIMEOUTS)
        with self.proxy.client() as client:
            client.send(b"GET /ok HTTP/1.1\r\nHo")
            response, seconds = self.timed(client.response)
            self.assertEqual(408, response.status)
            self.assert_about(seconds)
            self.assertTrue(client.wait_closed(2))
        self.assertEqual(before + 1, self.proxy.scrape().total(names.HEAD_TIMEOUTS))

    def test_dripping_does_not_help(self):
        with self.proxy.client() as client:
            started = time.monotonic()
            try:
                for byte in build("GET", "/ok", [("X", "slow" * 50)]):
                    client.send(bytes([byte]))
                    time.sleep(0.02)
                    client.sock.settimeout(0.001)
                    try:
                        client.fill()
                        break
                    except TimeoutError:
                        pass
                client.sock.settimeout(5)
                self.assertEqual(408, client.response().status)
            except (ConnectionResetError, BrokenPipeError):
                pass
            self.assert_about(time.monotonic() - started)

    def test_nothing_at_all(self):
        with self.proxy.client() as client:
            data, seconds = self.timed(client.rest)
            self.assertIn(data[:12], (b"", b"HTTP/1.1 408"))
            self.assert_about(seconds)

    def test_idle_keep_alive(self):
        before = self.proxy.scrape().total(names.IDLE_TIMEOUTS)
        with self.proxy.client() as client:
            client.request("GET", "/ok")
            data, seconds = self.timed(client.rest)
            self.assertEqual(b"", data)
            self.assert_about(seconds)
        self.assertEqual(before + 1, self.proxy.scrape().total(names.IDLE_TIMEOUTS))

    def test_response(self):
        with self.proxy.client() as client:
            client.send(build("GET", "/hang"))
            response, seconds = self.timed(client.response)
            self.assertEqual(504, response.status)
            self.assert_about(seconds)
        self.assertIn("response_timeout", outcomes(self.proxy))
        self.assertGreaterEqual(self.proxy.scrape().total(names.UP_TIMEOUT), 1)

    def test_slow_but_in_time(self):
        with self.proxy.client() as client:
            for _ in range(3):
                self.assertEqual(200, client.request("GET", "/slow/300").status)

    def test_body_that_stops(self):
        with self.proxy.client() as client:
            client.send(build("POST", "/echo", [("Content-Length", "1000")]) + b"only a part")
            response, seconds = self.timed(client.response)
            self.assertEqual(408, response.status)
            self.assert_about(seconds)
        self.assertEqual([], self.server.malformed)

    def test_connect(self):
        """A listener whose queue is full: the kernel drops the SYN, the connect never ends."""
        full = socket.socket()
        self.addCleanup(full.close)
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        stuffing = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
            stuffing.append(sock)
            self.addCleanup(sock.close)
        weir = self.weir(
            f"127.0.0.1:{full.getsockname()[1]}", extra=[names.CONNECT_TIMEOUT, "600ms"])
        with weir.client() as client:
            client.send(build("GET", "/ok"))
            response, seconds = self.timed(client.response)
            self.assertEqual(503, response.status)
            self.assert_about(seconds)
        scrape = weir.settled()
        self.assertEqual(1, scrape.total(names.UP_CONNECT_TIMEOUT))
        self.assertEqual({"connect_timeout": 1}, outcomes(weir))


class Failures(WeirTest):
    def start(self, **options):
        origin = self.origin()
        return self.weir(origin.upstream, **options), origin

    def test_connection_refused(self):
        weir = self.weir(f"127.0.0.1:{free_port()}")
        with weir.client() as client:
            for _ in range(3):
                self.assertEqual(503, client.request("GET", "/ok").status)
        self.assertEqual(3, weir.settled().total(names.UP_CONNECT_FAIL))
        self.assertEqual({"connect_failed": 3}, outcomes(weir))

    def test_missing_unix_socket(self):
        weir = self.weir(f"unix:{self.directory}/nobody.sock")
        with weir.client() as client:
            self.assertEqual(503, client.request("GET", "/ok").status)

    def test_upstream_comes_back(self):
        port = free_port()
        weir = self.weir(f"127.0.0.1:{port}")
        with weir.client() as client:
            self.assertEqual(503, client.request("GET", "/ok").status)
            late = socket.create_server(("127.0.0.1", port))
            self.addCleanup(late.close)
            client.send(build("GET", "/ok"))
            peer, _ = late.accept()
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup")
            self.assertEqual(b"up", client.response().body)
            peer.close()

    def test_get_is_retried_once_on_a_dead_pooled_connection(self):
        weir, origin = self.start()
        with weir.client() as client:
            for _ in range(4):
                response = client.request("GET", "/die-when-reused")
                self.assertEqual((200, b"origin\n"), (response.status, response.body))
        # The first came on a fresh connection; each later one died once and was sent again.
        self.assertEqual(7, len(origin.seen("/die-when-reused")))
        scrape = weir.settled()
        self.assertEqual(4, scrape.total(names.RQ_TOTAL))
        self.assertEqual(3, scrape.total(names.UP_RETRY))
        self.assertEqual(0, scrape.total(names.RQ_FAILED), "each was answered in the end")

    def test_post_is_not_retried(self):
        weir, origin = self.start()
        with weir.client() as client:
            self.assertEqual(200, client.request("POST", "/die-when-reused", body=b"x").status)
            self.assertEqual(502, client.request("POST", "/die-when-reused", body=b"x").status)
        self.assertEqual(2, len(origin.seen("/die-when-reused")))
        self.assertEqual(0, weir.settled().total(names.UP_RETRY))

    def test_put_with_a_body_is_not_retried(self):
        weir, origin = self.start()
        with weir.client() as client:
            self.assertEqual(200, client.request("PUT", "/die-when-reused", body=b"x").status)
            self.assertEqual(502, client.request("PUT", "/die-when-reused", body=b"x").status)
        self.assertEqual(2, len(origin.seen("/die-when-reused")))

    def test_no_second_retry(self):
        weir, origin = self.start()
        with weir.client() as client:
            self.assertEqual(200, client.request("GET", "/ok").status)
            self.assertEqual(502, client.request("GET", "/die").status)
        self.assertEqual(2, len(origin.seen("/die")))

    def test_fresh_connection_that_dies(self):
        weir, origin = self.start()
        with weir.client() as client:
            self.assertEqual(502, client.request("GET", "/die").status)
        self.assertEqual(1, len(origin.seen("/die")))

    def test_pooled_connection_closed_while_idle(self):
        """Closed by the origin between two requests: the client notices nothing."""
        weir, origin = self.start()
        with weir.client() as client:
            self.assertEqual(200, client.request("POST", "/ok", body=b"x").status)
            for connection in list(origin.connections):
                connection.sock.shutdown(socket.SHUT_RDWR)
            eventually(lambda: not origin.connections)
            time.sleep(0.1)
            self.assertEqual(200, client.request("POST", "/ok", body=b"x").status)

    def test_pipeline_of_a_slow_reader_is_served_to_its_end(self):
        """More replies than the sockets hold: none is lost, however late the client reads."""
        weir = self.weir(f"unix:{self.directory}/nobody", history=None)
        count = 40000
        with socket.create_connection(weir.address) as client:
            def write():
                for _ in range(count // 100):
                    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
            writer = threading.Thread(target=write, daemon=True)
            writer.start()
            time.sleep(0.5)
            replies, tail = 0, b""
            client.settimeout(5 * SLOW)
            while replies < count:
                part = client.recv(262144)
                self.assertTrue(part, f"closed after {replies} of {count}")
                tail += part
                replies += tail.count(b"HTTP/1.1 503 ")
                tail = tail[-12:] if not tail.endswith(b"HTTP/1.1 503 ") else b""
            writer.join(5)
        self.assertEqual(count, weir.settled().total(names.RQ_TOTAL))

    def test_malformed_heads_are_502(self):
        weir, origin = self.start()
        for name in ("status-line", "no-status", "both-framings", "two-lengths", "space-colon",
                     "nul", "early-end", "huge-head"):
            with self.subTest(name), weir.client() as client:
                response = client.request("GET", f"/bad/{name}")
                self.assertEqual(502, response.status)
                self.assertEqual(1, len(origin.seen(f"/bad/{name}")), "retried")
        weir.settled()

    def test_broken_bodies_are_not_passed_for_whole(self):
        weir, _ = self.start()
        for name in ("truncated", "bad-chunk", "truncated-chunk"):
            with self.subTest(name), weir.client() as client:
                client.send(build("GET", f"/bad/{name}"))
                with self.assertRaises((Closed, ConnectionResetError, ValueError)):
                    response = client.response()
                    self.assertNotEqual(502, response.status)
                    self.fail(f"a whole {response}")
        weir.settled()

    def test_what_comes_after_a_response_is_dropped(self):
        """Bytes nobody asked for must never answer the next request."""
        weir, _ = self.start()
        with weir.client() as client:
            for _ in range(5):
                self.assertEqual(b"ok", client.request("GET", "/bad/junk-after").body)
                self.assertEqual(b"origin\n", client.request("GET", "/ok").body)


if __name__ == "__main__":
    unittest.main()
