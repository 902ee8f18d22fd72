"""What a well-behaved client and origin see of the proxy: heads, framings, interim responses."""

import json
import socket
import subprocess
import unittest

import names
from harness import WeirTest, eventually
from wire import build, chunked


class Proxying(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_origin()
        cls.proxy = cls.shared_weir(cls.server.upstream, concurrency=2)

    def setUp(self):
        super().setUp()
        self.server.clear()
        self.client = self.proxy.client()
        self.addCleanup(self.client.close)

    def echo(self, method="GET", target="/echo", headers=(), body=None, version="HTTP/1.1"):
        """What the origin saw of a request."""
        response = self.client.request(method, target, headers, body, version)
        self.assertEqual(200, response.status, response)
        return json.loads(response.body)

    # Methods and bodies

    def test_methods(self):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method=method):
                body = None if method in ("GET", "OPTIONS") else b"some body"
                seen = self.echo(method, "/echo?a=1&b=%20", body=body)
                self.assertEqual((method, "/echo?a=1&b=%20"), (seen["method"], seen["target"]))
                self.assertEqual(len(body or b""), seen["body_bytes"])

    def test_unknown_method_passes(self):
        self.assertEqual("PURGE", self.echo("PURGE")["method"])

    def test_head_has_length_and_no_body(self):
        response = self.client.request("HEAD", "/bytes/1234")
        self.assertEqual((200, "1234"), (response.status, response.header("content-length")))
        self.assertEqual(b"origin\n", self.client.request("GET", "/ok").body)

    def test_statuses_without_body(self):
        for code in (204, 304):
            with self.subTest(code=code):
                response = self.client.request("GET", f"/status/{code}")
                self.assertEqual((code, '"x"'), (response.status, response.header("etag")))
                self.assertEqual(b"origin\n", self.client.request("GET", "/ok").body)

    def test_statuses_pass(self):
        for code in (200, 201, 302, 400, 401, 404, 418, 500, 503, 599):
            self.assertEqual(code, self.client.request("GET", f"/status/{code}").status)

    def test_empty_post(self):
        seen = self.echo("POST", body=b"")
        self.assertEqual(0, seen["body_bytes"])
        self.assertIn(["content-length", "0"], seen["headers"])

    def test_chunked_request(self):
        body = chunked(b"abc", b"d" * 70000, b"e")
        seen = self.echo("POST", headers=[("Transfer-Encoding", "chunked")], body=body)
        self.assertEqual(70004, seen["body_bytes"])
        self.assertIn(["transfer-encoding", "chunked"], seen["headers"])

    def test_chunked_request_with_trailers(self):
        body = chunked(b"abc", trailers=[(b"X-Sum", b"7"), (b"X-More", b"yes")])
        headers = [("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")]
        seen = self.echo("POST", headers=headers, body=body)
        self.assertEqual([["x-sum", "7"], ["x-more", "yes"]], seen["trailers"])

    def test_chunk_extensions_are_harmless(self):
        raw = b"3;name=value\r\nabc\r\n2;q=\"x;y\"\r\nde\r\n000;last\r\n\r\n"
        seen = self.echo("POST", headers=[("Transfer-Encoding", "chunked")], body=raw)
        self.assertEqual(5, seen["body_bytes"])

    def test_chunked_response(self):
        response = self.client.request("GET", "/bytes/200000/chunked")
        self.assertEqual(("chunked", 200000), (response.framing, len(response.body)))

    def test_response_trailers(self):
        response = self.client.request(
            "GET", "/trailers", [("TE", "trailers"), ("Connection", "TE")])
        self.assertEqual(b"with trailers", response.body)
        self.assertEqual([("x-sum", "42"), ("x-late", "yes")], response.trailers)
        self.assertEqual(b"origin\n", self.client.request("GET", "/ok").body)

    def test_response_delimited_by_close(self):
        response = self.client.request("GET", "/until-close")
        self.assertEqual(100000, len(response.body))
        self.assertIn(response.framing, ("chunked", "close"))

    def test_http10_origin(self):
        response = self.client.request("GET", "/http10")
        self.assertEqual((b"1.0", "HTTP/1.1"), (response.body, response.version))
        self.assertEqual(b"origin\n", self.client.request("GET", "/ok").body)

    def test_origin_that_closes_each_time(self):
        for _ in range(5):
            response = self.client.request("GET", "/closing")
            self.assertEqual((200, b"bye\n"), (response.status, response.body))
            self.assertNotIn("close", response.header("connection", ""))

    # Interim responses and expectations

    def test_expect_continue(self):
        head = build("POST", "/echo", [("Expect", "100-continue"), ("Content-Length", "5")])
        self.client.send(head)
        self.assertEqual(100, self.client.head().status)
        self.client.send(b"hello")
        self.assertEqual(5, json.loads(self.client.response().body)["body_bytes"])

    def test_expect_continue_without_waiting(self):
        response = self.client.request("POST", "/echo", [("Expect", "100-continue")], b"hello")
        self.assertEqual(5, json.loads(response.body)["body_bytes"])

    def test_expectation_refused_by_the_origin(self):
        head = build(
            "POST", "/expectation-failed", [("Expect", "100-continue"), ("Content-Length", "5")])
        self.client.send(head)
        response = self.client.response()
        self.assertEqual((417, []), (response.status, response.interim))

    def test_early_hints(self):
        response = self.client.request("GET", "/early")
        self.assertEqual((200, [103]), (response.status, [r.status for r in response.interim]))
        self.assertEqual("</a.css>; rel=preload", response.interim[0].header("link"))

    def test_no_interim_for_http10(self):
        self.client.send(build("GET", "/early", version="HTTP/1.0"))
        first = self.client.head()
        self.assertEqual(200, first.status)

    def test_answer_before_the_body_has_come(self):
        self.client.send(build("POST", "/early-answer", [("Content-Length", "100000")]))
        self.assertEqual(b"early\n", self.client.response().body)

    # HTTP/1.0 clients

    def test_http10_closes(self):
        response = self.client.request("GET", "/ok", version="HTTP/1.0")
        self.assertEqual((200, b"origin\n"), (response.status, response.body))
        self.assertTrue(self.client.wait_closed(2))

    def test_http10_without_host(self):
        self.client.send(b"GET /ok HTTP/1.0\r\n\r\n")
        self.assertEqual(200, self.client.response().status)

    def test_http10_never_gets_chunks(self):
        response = self.client.request("GET", "/bytes/5000/chunked", version="HTTP/1.0")
        self.assertEqual(("close", 5000), (response.framing, len(response.body)))

    def test_http10_keep_alive(self):
        for _ in range(2):
            response = self.client.request(
                "GET", "/ok", [("Connection", "keep-alive")], version="HTTP/1.0")
            self.assertEqual(b"origin\n", response.body)
            self.assertEqual("keep-alive", response.header("connection", "").lower())

    # Connections

    def test_close_is_honoured(self):
        response = self.client.request("GET", "/ok", [("Connection", "close")])
        self.assertEqual("close", response.header("connection"))
        self.assertTrue(self.client.wait_closed(2))

    def test_pipelining(self):
        targets = [f"/bytes/{n}" for n in (1, 70000, 0, 333, 5)] + ["/slow/50", "/bytes/9"]
        self.client.send(b"".join(build("GET", target) for target in targets))
        sizes = [len(self.client.response().body) for _ in targets]
        self.assertEqual([1, 70000, 0, 333, 5, 7, 9], sizes)

    def test_pipelined_posts(self):
        requests = [
            build("POST", f"/echo/{n}", body=b"x" * n) if n % 2 else
            build("POST", f"/echo/{n}", [("Transfer-Encoding", "chunked")], chunked(b"y" * n))
            for n in range(1, 30)]
        self.client.send(b"".join(requests))
        for n in range(1, 30):
            seen = json.loads(self.client.response().body)
            self.assertEqual((f"/echo/{n}", n), (seen["target"], seen["body_bytes"]))

    def test_byte_by_byte(self):
        raw = build("POST", "/echo", [("Transfer-Encoding", "chunked")],
                    chunked(b"split", b"everywhere", trailers=[(b"X-End", b"1")]))
        for byte in raw:
            self.client.send(bytes([byte]))
        seen = json.loads(self.client.response().body)
        self.assertEqual((15, [["x-end", "1"]]), (seen["body_bytes"], seen["trailers"]))

    def test_response_byte_by_byte(self):
        response = self.client.request("GET", "/dribble")
        self.assertEqual("yes", response.header("x-slow"))
        self.assertEqual(b"one byte at a time\n", response.body)

    def test_empty_lines_before_a_request(self):
        self.client.send(b"\r\n\r\n" + build("GET", "/ok"))
        self.assertEqual(200, self.client.response().status)

    def test_many_connections(self):
        clients = [self.proxy.client() for _ in range(200)]
        for client in clients:
            client.send(build("GET", "/ok"))
        self.assertEqual({200}, {client.response().status for client in clients})
        for client in clients:
            client.close()
        self.assertTrue(eventually(lambda: self.proxy.scrape().total(names.CX_ACTIVE) <= 1))

    # Heads

    def test_forwarded_headers(self):
        seen = dict(self.echo()["headers"])
        self.assertEqual("127.0.0.1", seen["x-forwarded-for"])
        self.assertEqual("http", seen["x-forwarded-proto"])
        self.assertEqual("test.example", seen["host"])
        self.assertGreaterEqual(len(seen["x-request-id"]), 16)
        self.assertNotIn("via", seen)

    def test_forwarded_for_is_appended(self):
        seen = self.echo(headers=[("X-Forwarded-For", "192.0.2.7")])["headers"]
        values = [value for name, value in seen if name == "x-forwarded-for"]
        self.assertEqual("192.0.2.7, 127.0.0.1", ", ".join(values))

    def test_one_request_id(self):
        ids = {dict(self.echo()["headers"])["x-request-id"] for _ in range(20)}
        self.assertEqual(20, len(ids))
        seen = self.echo(headers=[("X-Request-Id", "mine")])["headers"]
        self.assertEqual(1, [name for name, _ in seen].count("x-request-id"))

    def test_hop_by_hop_request_headers(self):
        seen = self.echo(headers=[
            ("Connection", "keep-alive, X-Hop"), ("X-Hop", "secret"), ("Keep-Alive", "timeout=9"),
            ("Proxy-Connection", "keep-alive"), ("TE", "gzip"), ("X-Stays", "1"),
            ("Upgrade", "h2c")])["headers"]
        got = {name for name, _ in seen}
        self.assertIn("x-stays", got)
        banned = {"x-hop", "keep-alive", "proxy-connection", "upgrade"}
        self.assertEqual(set(), got & banned)
        self.assertNotIn("gzip", dict(seen).get("te", ""))

    def test_hop_by_hop_response_headers(self):
        response = self.client.request("GET", "/hop")
        got = {name for name, _ in response.headers}
        self.assertEqual(set(), got & {"x-private", "keep-alive", "proxy-connection"})
        self.assertEqual("kept", response.header("x-public"))
        self.assertEqual(["a=1", "b=2"], response.all("set-cookie"))

    def test_headers_keep_order_and_bytes(self):
        fields = [("X-A", "1"), ("x-b", "tab\there"), ("X-A", "2"), ("Cookie", "a=b; c=d"),
                  ("X-Latin", "caf\u00e9"), ("X-Empty", "")]
        seen = self.echo(headers=fields)["headers"]
        wanted = [[name.lower(), value] for name, value in fields]
        self.assertEqual(wanted, [pair for pair in seen if pair[0] in dict(wanted)])

    def test_absolute_form(self):
        seen = self.echo(target="http://other.example/echo?x=1", headers=[("Host", "wrong")])
        self.assertEqual("other.example", dict(seen["headers"])["host"])
        self.assertTrue(seen["target"].endswith("/echo?x=1"), seen["target"])

    def test_identical_lengths_become_one(self):
        self.client.send(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi")
        response = self.client.response()
        if response.status == 200:
            self.assertIn(["content-length", "2"], json.loads(response.body)["headers"])
        else:
            self.assertEqual(400, response.status)

    # Other clients

    def test_curl(self):
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "20", "-w", "%{http_code}\n", "-o", "/dev/null",
             "--data-binary", "@-", self.proxy.url + "/echo"],
            input=b"c" * 300000, capture_output=True, timeout=30)
        self.assertEqual((0, b"200\n"), (done.returncode, done.stdout))
        self.assertEqual(300000, self.server.last().body_bytes)

    def test_curl_reuses_its_connection(self):
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "20", "-w", "%{num_connects} ",
             f"{self.proxy.url}/bytes/10?[1-20]", "-o", "/dev/null"],
            capture_output=True, timeout=30)
        self.assertEqual(1, sum(int(n) for n in done.stdout.split() if n.isdigit()))

    # Upgrades

    def upgrade_head(self, more=b""):
        return build("GET", "/upgrade", [("Connection", "Upgrade"), ("Upgrade", "echo")]) + more

    def test_upgrade(self):
        self.client.send(self.upgrade_head(b"sent at once "))
        response = self.client.response()
        self.assertEqual((101, "echo"), (response.status, response.header("upgrade")))
        self.assertEqual("upgrade", response.header("connection").lower())
        self.client.send(b"and later")
        greeting = b"welcome\nsent at once and later"
        self.assertEqual(greeting, self.client.take(len(greeting)))
        self.client.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(b"goodbye\n", self.client.rest())
        self.assertEqual(1, len(self.server.seen("/upgrade")))

    def test_upgrade_carries_much(self):
        self.client.send(self.upgrade_head())
        self.assertEqual(101, self.client.response().status)
        self.client.take(len(b"welcome\n"))
        block = bytes(range(256)) * 256
        for _ in range(20):
            self.client.send(block)
            self.assertEqual(block, self.client.take(len(block)))

    def test_upgrade_declined(self):
        response = self.client.request(
            "GET", "/ok", [("Connection", "Upgrade"), ("Upgrade", "websocket")])
        self.assertEqual((200, b"origin\n"), (response.status, response.body))
        self.assertEqual(b"origin\n", self.client.request("GET", "/ok").body)


if __name__ == "__main__":
    unittest.main()
