"""Requests that must be refused: right status, counted by reason, never seen by the origin."""

import unittest

import names
from harness import SLOW, WeirTest
from wire import build, exchange

GET = b"GET /refused HTTP/1.1\r\n"
POST = b"POST /refused HTTP/1.1\r\nHost: a\r\n"
LONG = 70_000

# name, raw bytes, status, reason
TABLE = [
    # Framing: what smuggling is made of.
    ("length and chunked", POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"0\r\n\r\nX", 400,
     "length_and_transfer_encoding"),
    ("chunked and length", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
     b"0\r\n\r\nX", 400,
     "length_and_transfer_encoding"),
    ("two lengths", POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400,
     "content_length_differs"),
    ("two lengths in one field", POST + b"Content-Length: 5, 6\r\n\r\nhello!", 400,
     "content_length_differs"),
    ("length with sign", POST + b"Content-Length: +5\r\n\r\nhello", 400, "content_length_invalid"),
    ("negative length", POST + b"Content-Length: -5\r\n\r\nhello", 400, "content_length_invalid"),
    ("length in hex", POST + b"Content-Length: 0x5\r\n\r\nhello", 400, "content_length_invalid"),
    ("length with junk", POST + b"Content-Length: 5 5\r\n\r\nhello", 400,
     "content_length_invalid"),
    ("empty length", POST + b"Content-Length: \r\n\r\n", 400, "content_length_invalid"),
    ("length beyond 64 bits", POST + b"Content-Length: 18446744073709551617\r\n\r\nx", 400,
     "content_length_invalid"),
    ("unknown coding", POST + b"Transfer-Encoding: cow\r\n\r\n0\r\n\r\n", 501,
     "transfer_coding_unsupported"),
    ("gzip then chunked", POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501,
     "transfer_coding_unsupported"),
    ("chunked then identity", POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400,
     "transfer_encoding_invalid"),
    ("chunked twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"0\r\n\r\n", 400,
     "transfer_encoding_invalid"),
    ("xchunked", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501,
     "transfer_coding_unsupported"),
    ("quoted chunked", POST + b"Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400,
     "transfer_encoding_invalid"),
    ("chunked with vertical tab", POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400,
     "control_byte"),
    ("empty coding", POST + b"Transfer-Encoding: \r\n\r\n0\r\n\r\n", 400,
     "transfer_encoding_invalid"),
    ("chunked in HTTP/1.0", b"POST /refused HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"0\r\n\r\n", 400,
     "transfer_encoding_in_http10"),
    ("space before a coding's colon", POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400,
     "space_before_colon"),
    ("coding on a folded line", POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400,
     "transfer_encoding_invalid"),

    # Lines and bytes.
    ("folded line", GET + b"Host: a\r\nX: 1\r\n 2\r\n\r\n", 400, "obsolete_fold"),
    ("folded first line", GET + b" Host: a\r\n\r\n", 400, "leading_whitespace"),
    ("space before colon", GET + b"Host: a\r\nX : 1\r\n\r\n", 400, "space_before_colon"),
    ("tab before colon", GET + b"Host: a\r\nX\t: 1\r\n\r\n", 400, "space_before_colon"),
    ("no colon", GET + b"Host: a\r\nnonsense\r\n\r\n", 400, "field_name_invalid"),
    ("empty name", GET + b"Host: a\r\n: 1\r\n\r\n", 400, "field_name_invalid"),
    ("bad byte in a name", GET + b"Host: a\r\nX(y): 1\r\n\r\n", 400, "field_name_invalid"),
    ("bare LF after the request line",
     b"GET /refused HTTP/1.1\nHost: a\r\n\r\n", 400, "bare_line_feed"),
    ("bare LF between fields", GET + b"Host: a\nX: 1\r\n\r\n", 400, "bare_line_feed"),
    ("bare LF at the end", GET + b"Host: a\r\n\n", 400, "bare_line_feed"),
    ("bare CR in a value", GET + b"Host: a\r\nX: 1\r2\r\n\r\n", 400, "bare_carriage_return"),
    ("CR CR LF", GET + b"Host: a\r\r\n\r\n", 400, "bare_carriage_return"),
    ("NUL in a value", GET + b"Host: a\r\nX: 1\x002\r\n\r\n", 400, "nul_byte"),
    ("NUL in a name", GET + b"Host: a\r\nX\x00: 1\r\n\r\n", 400, "nul_byte"),
    ("control byte in a value", GET + b"Host: a\r\nX: 1\x012\r\n\r\n", 400, "control_byte"),
    ("DEL in a value", GET + b"Host: a\r\nX: 1\x7f2\r\n\r\n", 400,
     "control_byte"),

    # Request line.
    ("bad method", b"G@T /refused HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method_invalid"),
    ("empty method", b" /refused HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method_invalid"),
    ("no target", b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400, "version_invalid"),
    ("two spaces", b"GET  /refused HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target_invalid"),
    ("tab as space", b"GET\t/refused\tHTTP/1.1\r\nHost: a\r\n\r\n", 400, "method_invalid"),
    ("space in the target", b"GET /refused x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "version_invalid"),
    ("control byte in the target", b"GET /refused\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400,
     "control_byte"),
    ("NUL in the target", b"GET /refused\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "nul_byte"),
    ("target without a slash", b"GET refused HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target_invalid"),
    ("star with GET", b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target_asterisk"),
    ("HTTP/0.9", b"GET /refused\r\n\r\n", 400, "version_invalid"),
    ("HTTP/2.0", b"GET /refused HTTP/2.0\r\nHost: a\r\n\r\n", 505, "version_unsupported"),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "target_asterisk"),
    ("HTTP/9.9", b"GET /refused HTTP/9.9\r\nHost: a\r\n\r\n", 505, "version_unsupported"),
    ("version in lower case", b"GET /refused http/1.1\r\nHost: a\r\n\r\n", 400, "version_invalid"),
    ("version with three digits", b"GET /refused HTTP/1.10\r\nHost: a\r\n\r\n", 400,
     "version_invalid"),
    ("TLS on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40, 400,
     "control_byte"),
    ("CONNECT", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501,
     "connect_unsupported"),

    # Host.
    ("no host", GET + b"\r\n", 400, "host_missing"),
    ("two hosts", GET + b"Host: a\r\nHost: a\r\n\r\n", 400, "host_repeated"),
    ("two different hosts", GET + b"Host: a\r\nHost: b\r\n\r\n", 400, "host_repeated"),
    ("host with a space", GET + b"Host: a b\r\n\r\n", 400, "host_invalid"),
    ("host with a slash", GET + b"Host: a/b\r\n\r\n", 400, "host_invalid"),
    ("host with user", GET + b"Host: u@a\r\n\r\n", 400,
     "host_invalid"),

    # Limits.
    ("long target", b"GET /" + b"a" * 8200 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414,
     "target_too_long"),
    ("endless target", b"GET /" + b"a" * LONG, 414, "target_too_long"),
    ("long field", GET + b"Host: a\r\nX: " + b"a" * LONG + b"\r\n\r\n", 431, "head_too_large"),
    ("many bytes", GET + b"Host: a\r\n" + b"".join(
        b"X-%d: %s\r\n" % (n, b"a" * 900) for n in range(80)) + b"\r\n", 431,
     "head_too_large"),
    ("many fields", GET + b"Host: a\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) +
     b"\r\n", 431,
     "too_many_fields"),

    # Options and expectations.
    ("option that is no token", GET + b"Host: a\r\nConnection: a b\r\n\r\n", 400,
     "connection_invalid"),
    ("unknown expectation", POST + b"Expect: a-miracle\r\nContent-Length: 1\r\n\r\nx", 417,
     "expectation_unsupported"),
]

# Bodies whose chunks are wrong: the head is right and may be on its way already.
CHUNKS = [
    ("no size", b"\r\nhello\r\n0\r\n\r\n", "chunk_size_invalid"),
    ("size not hex", b"zz\r\nhello\r\n0\r\n\r\n", "chunk_size_invalid"),
    ("size with 0x", b"0x5\r\nhello\r\n0\r\n\r\n", "chunk_size_invalid"),
    ("negative size", b"-5\r\nhello\r\n0\r\n\r\n", "chunk_size_invalid"),
    ("size with sign", b"+5\r\nhello\r\n0\r\n\r\n", "chunk_size_invalid"),
    ("size with a space before", b" 5\r\nhello\r\n0\r\n\r\n", "chunk_size_invalid"),
    ("size beyond 64 bits", b"10000000000000005\r\nhello\r\n0\r\n\r\n", "chunk_size_invalid"),
    ("bare LF after the size", b"5\nhello\r\n0\r\n\r\n", "chunk_line_end_invalid"),
    ("bare CR in the size line", b"5\r;\r\nhello\r\n0\r\n\r\n", "chunk_line_end_invalid"),
    ("bare LF in an extension", b"5;a\nb\r\nhello\r\n0\r\n\r\n", "chunk_line_end_invalid"),
    ("NUL in an extension", b"5;a\x00b\r\nhello\r\n0\r\n\r\n", "chunk_extension_invalid"),
    ("endless extension", b"5;" + b"a" * 20000 + b"\r\nhello\r\n0\r\n\r\n", "chunk_line_too_long"),
    ("no CRLF after data", b"5\r\nhello0\r\n\r\n", "chunk_data_end_invalid"),
    ("bare LF after data", b"5\r\nhello\n0\r\n\r\n", "chunk_data_end_invalid"),
    ("data longer than its size", b"3\r\nhello\r\n0\r\n\r\n", "chunk_data_end_invalid"),
    ("bad trailer line", b"5\r\nhello\r\n0\r\nno colon\r\n\r\n", "trailer_invalid"),
    ("folded trailer", b"5\r\nhello\r\n0\r\nA: 1\r\n 2\r\n\r\n", "trailer_invalid"),
]


def grown(before, after):
    return {key: after[key] - before.get(key, 0) for key in after
            if after[key] != before.get(key, 0)}


class Refusals(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_origin()
        cls.proxy = cls.shared_weir(cls.server.upstream, flush="1s")

    def setUp(self):
        super().setUp()
        self.server.clear()

    def status_of(self, answer):
        self.assertTrue(answer.startswith(b"HTTP/1.1 "), answer[:200])
        self.assertEqual(1, answer.count(b"HTTP/1.1 "), f"more than one answer: {answer[:400]}")
        return int(answer[9:12])

    def refused_by_reason(self):
        return self.proxy.scrape().by(names.RQ_REFUSED, names.REASON_LABEL)

    def test_heads(self):
        before = self.refused_by_reason()
        for name, raw, status, reason in TABLE:
            with self.subTest(name):
                # What follows must not be taken for a second request.
                answer = exchange(self.proxy.address, raw + build("GET", "/smuggled"), 3 * SLOW)
                self.assertEqual(status, self.status_of(answer))
                self.assertIn(b"\r\nconnection: close\r\n", answer.lower())
                after = self.refused_by_reason()
                self.assertEqual({reason: 1}, grown(before, after))
                before = after
        self.assertEqual([], [request.target for request in self.server.heads])
        self.assertEqual([], self.server.malformed)
        self.assert_adds_up(self.proxy.settled())

    def test_chunks(self):
        before = self.refused_by_reason()
        for name, body, reason in CHUNKS:
            with self.subTest(name):
                raw = POST + b"Transfer-Encoding: chunked\r\n\r\n" + body
                answer = exchange(self.proxy.address, raw + build("GET", "/smuggled"), 3 * SLOW)
                self.assertEqual(400, self.status_of(answer))
                after = self.refused_by_reason()
                self.assertEqual({reason: 1}, grown(before, after))
                before = after
        self.assertEqual([], [request.target for request in self.server.requests])
        self.assertEqual([], self.server.heads_seen("/smuggled"))
        self.assert_adds_up(self.proxy.settled())

    def test_split_heads_are_refused_alike(self):
        """The same verdict when the bytes come one at a time."""
        for name, raw, status, _ in TABLE:
            if len(raw) > 300:
                continue
            with self.subTest(name), self.proxy.client(5) as client:
                try:
                    for byte in raw:
                        client.send(bytes([byte]))
                except OSError:
                    pass  # refused before its end
                self.assertEqual(status, client.response().status)
        self.assertEqual([], [request.target for request in self.server.heads])

    def test_a_good_request_before_a_bad_one_is_answered(self):
        with self.proxy.client() as client:
            client.send(build("GET", "/ok") + b"GET /refused HTTP/1.1\r\n\r\n")
            self.assertEqual(200, client.response().status)
            self.assertEqual(400, client.response().status)
            self.assertTrue(client.wait_closed(3))

    def test_limits_are_not_off_by_one(self):
        with self.proxy.client() as client:
            fields = [(f"X-{n}", "1") for n in range(90)]
            self.assertEqual(200, client.request("GET", "/ok", fields).status)
            self.assertEqual(200, client.request("GET", "/ok?" + "a" * 8100).status)
            self.assertEqual(200, client.request("GET", "/ok", [("X", "a" * 60000)]).status)

    def test_responses_cannot_be_split(self):
        """A request line or value echoed by the origin cannot carry a line end through."""
        with self.proxy.client() as client:
            response = client.request("GET", "/echo?%0d%0aX-Injected:%20yes")
            self.assertEqual(200, response.status)
            self.assertIsNone(response.header("x-injected"))


if __name__ == "__main__":
    unittest.main()
