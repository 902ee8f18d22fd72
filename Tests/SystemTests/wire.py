"""A client that sees every byte: it sends what it is given and parses answers strictly.

http.client forgives and hides too much for a proxy's tests: interim responses, trailers, how a
body was framed, and whether the connection was closed in the middle of something.
"""

import socket


class Closed(Exception):
    """The peer ended the connection where more bytes were due; `so_far` holds what came."""

    def __init__(self, so_far=b""):
        super().__init__(f"connection ended after {so_far[-200:]!r}")
        self.so_far = so_far


class Response:
    def __init__(self, version, status, reason, headers):
        self.version, self.status, self.reason = version, status, reason
        self.headers = headers  # [(lower-case name, value)], in order
        self.body = b""
        self.trailers = []
        self.interim = []  # 1xx responses before this one
        self.framing = "none"  # none, length, chunked, close

    def __repr__(self):
        return f"<{self.status} {self.framing} {len(self.body)} bytes {self.headers}>"

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    def header(self, name, default=None):
        values = self.all(name)
        return ", ".join(values) if values else default


def connect(address, timeout):
    """`address` is (host, port) or the path of a UNIX socket."""
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(address)
        return sock
    sock = socket.create_connection(address, timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Client:
    def __init__(self, address, timeout=10.0):
        self.sock = connect(address, timeout)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def request(self, method, target, headers=(), body=None, version="HTTP/1.1"):
        """Sends one request; Host and Content-Length come by themselves. Then reads the answer."""
        self.send(build(method, target, headers, body, version))
        return self.response(method)

    def fill(self):
        data = self.sock.recv(262144)
        if not data:
            raise Closed(self.buffer)
        self.buffer += data

    def line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def take(self, count):
        parts, missing = [], count
        while missing > 0:
            if not self.buffer:
                self.fill()
            part, self.buffer = self.buffer[:missing], self.buffer[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def fields(self):
        out = []
        while line := self.line():
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise AssertionError(f"not a header line: {line!r}")
            out.append((name.lower(), value.strip()))
        return out

    def head(self):
        version, status, *reason = self.line().split(" ", 2)
        assert version.startswith("HTTP/1."), f"not a status line: {version!r}"
        return Response(version, int(status), "".join(reason), self.fields())

    def response(self, method="GET"):
        """The final response with its body; interim ones are kept in `interim`."""
        interim = []
        while True:
            response = self.head()
            if response.status >= 200 or response.status == 101:
                break
            interim.append(response)
        response.interim = interim
        if method != "HEAD" and response.status not in (101, 204, 304):
            self.read_body(response)
        return response

    def read_body(self, response):
        lengths, codings = response.all("content-length"), response.all("transfer-encoding")
        assert len(lengths) + len(codings) <= 1, f"ambiguous framing: {response.headers}"
        if codings:
            assert codings == ["chunked"], codings
            response.framing = "chunked"
            self.read_chunks(response)
        elif lengths:
            response.framing = "length"
            response.body = self.take(int(lengths[0]))
        else:
            response.framing = "close"
            response.body = self.rest()

    def read_chunks(self, response):
        parts = []
        while size := int(self.line().split(";")[0], 16):
            parts.append(self.take(size))
            end = self.take(2)
            assert end == b"\r\n", f"chunk ends with {end!r}"
        response.trailers = self.fields()
        response.body = b"".join(parts)

    def rest(self):
        """Everything until the peer closes."""
        parts = [self.buffer]
        self.buffer = b""
        while data := self.sock.recv(262144):
            parts.append(data)
        return b"".join(parts)

    def wait_closed(self, seconds):
        """True when the peer closes within `seconds`, with nothing more to say."""
        self.sock.settimeout(seconds)
        try:
            return self.buffer == b"" and self.sock.recv(1) == b""
        except (ConnectionResetError, BrokenPipeError):
            return True
        except TimeoutError:
            return False


def build(method, target, headers=(), body=None, version="HTTP/1.1"):
    lines = [f"{method} {target} {version}"]
    names = {name.lower() for name, _ in headers}
    if "host" not in names:
        lines.append("Host: test.example")
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def chunked(*parts, trailers=()):
    """The chunked form of a body, one chunk per part."""
    out = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return out + b"0\r\n" + b"".join(b"%s: %s\r\n" % pair for pair in trailers) + b"\r\n"


def exchange(address, raw, timeout=5.0):
    """Sends `raw` on a fresh connection and returns everything that comes until the end.

    Does not close its own side: a peer that keeps the connection is an AssertionError.
    """
    parts = []
    with connect(address, timeout) as sock:
        try:
            sock.sendall(raw)
        except OSError:
            pass  # it has seen enough; the answer is there to be read all the same
        try:
            while data := sock.recv(65536):
                parts.append(data)
        except (ConnectionResetError, BrokenPipeError):
            pass
        except TimeoutError:
            raise AssertionError(f"still open after {b''.join(parts)[:200]!r}") from None
    return b"".join(parts)
