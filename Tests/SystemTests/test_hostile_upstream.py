"""Upstreams that say too much, too late or in pieces: none of it may reach the wrong client."""

import socket
import struct
import threading
import unittest

import names
from harness import WeirTest, eventually


def read_head(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            raise EOFError
        received += part
    return received


class RawOrigin:
    """Answers each request head with what `answer(path)` returns, byte for byte. One that `holds`
    keeps a connection open when the peer has said all it had to say."""

    def __init__(self, answer, holds=False):
        self.answer = answer
        self.held = threading.Event()
        self.until = threading.Event()
        if not holds:
            self.until.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.upstream = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                while True:
                    path = read_head(connection).split(b" ")[1].decode()
                    connection.sendall(self.answer(path))
            except (EOFError, OSError):
                self.held.set()
                self.until.wait(30)


FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"


class HostileUpstream(WeirTest):
    def start(self, answer, **options):
        origin = RawOrigin(answer)
        self.addCleanup(origin.listener.close)
        return self.weir(origin.upstream, history=None, **options)

    def exchange(self, client, request):
        """The bytes that come back until the peer is silent for a moment."""
        client.settimeout(0.5)
        client.sendall(request)
        received = b""
        try:
            while part := client.recv(65536):
                received += part
        except TimeoutError:
            pass
        return received

    def test_bytes_after_a_response_without_body(self):
        heads = {
            "/204": b"HTTP/1.1 204 No Content\r\n\r\n",
            "/304": b"HTTP/1.1 304 Not Modified\r\n\r\n",
            "/empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        }
        weir = self.start(lambda path: heads[path] + FORGED + b"x" * 4000)
        for path in heads:
            with self.subTest(path), socket.create_connection(weir.address) as client:
                request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
                head, rest = self.exchange(client, request).split(b"\r\n\r\n", 1)
                self.assertEqual(b"", rest, head)

    def test_a_second_response_is_for_nobody(self):
        first = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"

        def answer(path):
            if path == "/next":
                return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            # Head and body fill the proxy's read exactly; the forged response comes behind.
            size = 16384 - len(first % 16384)
            return first % size + b"b" * size + FORGED
        weir = self.start(answer, concurrency=1)
        with socket.create_connection(weir.address) as client:
            whole = self.exchange(client, b"GET /fit HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertNotIn(b"POISON", whole)
            whole = self.exchange(client, b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertTrue(whole.endswith(b"\r\n\r\nok"), whole)

    def test_endless_informational_responses(self):
        weir = self.start(lambda path: b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
        with socket.create_connection(weir.address) as client:
            answer = self.exchange(client, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(b"HTTP/1.1 502 ", answer)
        self.assertEqual(1, weir.settled().total(names.RQ_COMPLETED))

    def test_a_request_without_host_gets_one(self):
        seen = []

        def answer(path):
            seen.append(path)
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        weir = self.start(answer)
        with socket.create_connection(weir.address) as client:
            self.assertIn(b"200 OK", self.exchange(client, b"GET / HTTP/1.0\r\n\r\n"))
        self.assertEqual(["/"], seen)

    def test_broken_chunk_line_in_the_first_segment(self):
        weir = self.start(lambda path: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       b'5;a="\r\nhello\r\n0\r\n\r\n')
        with socket.create_connection(weir.address) as client:
            try:
                answer = self.exchange(client, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            except ConnectionResetError:
                answer = b""
        self.assertNotIn(b"\r\n0\r\n", answer)
        self.assertEqual({"response_body_malformed": 1}, self.failures(weir))

    def failures(self, weir):
        return {kind: count for kind, count in weir.settled().by(
            names.RQ_FAILED, names.OUTCOME_LABEL).items() if count}

    def test_a_protocol_nobody_asked_for(self):
        heads = {"/other": b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
                 "/none": b"\r\n", "/unnamed": b"Upgrade: websocket\r\n\r\n"}
        weir = self.start(lambda path: b"HTTP/1.1 101 Switching Protocols\r\n" + heads[path])
        for path in heads:
            with self.subTest(path), socket.create_connection(weir.address) as client:
                answer = self.exchange(client, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: "
                                       "Upgrade\r\nUpgrade: websocket\r\n\r\n".encode())
                self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)

    def test_tunnel_ends_with_a_reset_behind_an_end(self):
        origin = RawOrigin(lambda path: b"HTTP/1.1 101 Switching Protocols\r\n"
                           b"Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n", holds=True)
        self.addCleanup(origin.listener.close)
        self.addCleanup(origin.until.set)
        weir = self.weir(origin.upstream, history=None)
        with socket.create_connection(weir.address) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                           b"Upgrade: websocket\r\n\r\n")
            self.assertIn(b" 101 ", client.recv(1000))
            client.shutdown(socket.SHUT_WR)
            self.assertTrue(origin.held.wait(5), "the end is passed on")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assertTrue(eventually(
            lambda: weir.scrape().total("weir_http_downstream_cx_upgrades_active") == 0))

    def test_expect_with_a_silent_upstream_is_its_fault(self):
        weir = self.start(lambda path: b"", extra=["--response-timeout", "300ms"])
        with socket.create_connection(weir.address) as client:
            client.settimeout(5)
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                           b"Content-Length: 5\r\n\r\n")
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 504 "))
        self.assertEqual({"response_timeout": 1}, self.failures(weir))

    def test_expect_and_a_body_that_stalls_is_the_clients_fault(self):
        """It did not wait for 100, so the endpoint is not who is late."""
        weir = self.start(lambda path: b"", extra=["--idle-timeout", "300ms"])
        with socket.create_connection(weir.address) as client:
            client.settimeout(5)
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                           b"Content-Length: 5\r\n\r\nab")
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 408 "))
        self.assertEqual({"request_stalled": 1}, self.failures(weir))

    def test_chunked_body_over_the_limit(self):
        reached = []

        def answer(path):
            reached.append(path)
            return b""
        weir = self.start(answer, extra=["--max-request-body", "1KiB"])
        with socket.create_connection(weir.address) as client:
            head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            self.exchange(client, head)
            answer = self.exchange(client, b"1f40\r\n" + b"x" * 8000 + b"\r\n0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer)


if __name__ == "__main__":
    unittest.main()
