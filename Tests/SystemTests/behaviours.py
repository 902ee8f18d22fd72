"""What the odd origin answers, by the first part of the path: `/status/404`, `/bytes/1000`, ...

A function gets the connection and the request whose head has been read. Those in PLAIN are called
after the whole body; those in RAW read (or do not read) it themselves.
"""

import json
import socket
import time


def pattern(count):
    """`count` bytes that differ enough for a shifted or doubled block to change a hash."""
    block = bytes((i * 7 + i // 251) % 256 for i in range(65521))
    return (block * (count // len(block) + 1))[:count]


def head(status, *fields, reason="Answer"):
    lines = [f"HTTP/1.1 {status} {reason}"] + [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def full(status, body=b"", *fields):
    return head(status, ("Content-Length", len(body)), *fields) + body


def argument(request):
    return request.target.split("?")[0].split("/")[2:]


def ok(connection, request):
    name = connection.origin.name.encode()
    connection.send(full(200, name + b"\n", ("Content-Type", "text/plain")))


def echo(connection, request):
    seen = {
        "method": request.method, "target": request.target, "version": request.version,
        "headers": request.headers, "body_bytes": request.body_bytes,
        "sha256": request.body_hash.hexdigest(), "trailers": request.trailers,
    }
    body = json.dumps(seen).encode()
    connection.send(full(200, b"" if request.method == "HEAD" else body))


def status(connection, request):
    code = int(argument(request)[0])
    if code in (204, 304):
        connection.send(head(code, ("ETag", '"x"')))
    else:
        connection.send(full(code, b"status %d\n" % code))


def sized(connection, request):
    """/bytes/N, or /bytes/N/chunked; a HEAD gets the same head."""
    count, *how = argument(request)
    body = pattern(int(count))
    if how:
        connection.send(head(200, ("Transfer-Encoding", "chunked")))
        for start in range(0, len(body), 60000):
            part = body[start:start + 60000]
            connection.send(b"%x\r\n%s\r\n" % (len(part), part))
        connection.send(b"0\r\n\r\n")
    else:
        connection.send(head(200, ("Content-Length", len(body))))
        if request.method != "HEAD":
            connection.send(body)


def seeded(connection, request):
    """/seeded/SEED/N: bytes that no other seed has."""
    seed, count = (int(word) for word in argument(request))
    connection.send(full(200, seeded_body(seed, count)))


def seeded_body(seed, count):
    return (b"%08d" % seed * (count // 8 + 1))[:count]


def cut(connection, request):
    """/cut/N: announces N bytes and ends after half of them."""
    count = int(argument(request)[0])
    connection.send(head(200, ("Content-Length", count)) + pattern(count // 2))
    connection.keep = False


def slow(connection, request):
    time.sleep(int(argument(request)[0]) / 1000)
    ok(connection, request)


def hang(connection, request):
    """Says nothing until the test releases it or the proxy leaves."""
    connection.sock.settimeout(0.05)
    while not connection.origin.released.is_set():
        try:
            if not connection.sock.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    connection.keep = False


def trailers(connection, request):
    connection.send(
        head(200, ("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")) +
        b"4\r\nwith\r\n9;ext=1\r\n trailers\r\n0\r\nX-Sum: 42\r\nX-Late: yes\r\n\r\n")


def early(connection, request):
    connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
    time.sleep(0.05)
    ok(connection, request)


def close_delimited(connection, request):
    connection.send(head(200, ("X-Framing", "close")) + pattern(100000))
    connection.keep = False


def http10(connection, request):
    connection.send(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n1.0")
    connection.keep = False


def dribble(connection, request):
    for byte in full(200, b"one byte at a time\n", ("X-Slow", "yes")):
        connection.send(bytes([byte]))
        time.sleep(0.001)


def hop(connection, request):
    connection.send(full(
        200, b"hop", ("Connection", "X-Private, keep-alive"), ("X-Private", "secret"),
        ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "keep-alive"), ("X-Public", "kept"),
        ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))


def die(connection, request):
    """Closes without a word."""
    connection.keep = False


def die_when_reused(connection, request):
    """Answers the first request of a connection and closes on every later one."""
    if request.number == 1:
        ok(connection, request)
    else:
        connection.keep = False


def closing(connection, request):
    connection.send(full(200, b"bye\n", ("Connection", "close")))
    connection.keep = False


BAD = {
    "status-line": b"HTPT/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no-status": b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
    "both-framings": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"0\r\n\r\n",
    "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "space-colon": b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
    "nul": b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
    "early-end": b"HTTP/1.1 200 OK\r\nContent-Le",
    "huge-head": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\nContent-Length: 0\r\n\r\n",
    "truncated": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nx\r\n",
    "truncated-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "junk-after": full(200, b"ok") + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen",
}


def bad(connection, request):
    name = argument(request)[0]
    connection.send(BAD[name])
    if name == "junk-after":
        return
    connection.keep = False


PLAIN = {
    "": ok, "ok": ok, "echo": echo, "status": status, "bytes": sized, "slow": slow, "hang": hang,
    "trailers": trailers, "early": early, "until-close": close_delimited, "http10": http10,
    "dribble": dribble, "hop": hop, "die": die, "die-when-reused": die_when_reused,
    "closing": closing, "bad": bad,
    "seeded": seeded, "cut": cut,
}


def refuse_expectation(connection, request):
    """417 without reading the body."""
    connection.send(full(417, b"no\n", ("Connection", "close")))
    connection.keep = False


def early_answer(connection, request):
    """Answers before the body has come, then reads and drops it."""
    connection.send(full(200, b"early\n"))
    connection.read_body(request)
    connection.origin.note_request(request)


def stall(connection, request):
    """Reads nothing of the body until the test says so."""
    connection.origin.released.wait(30)
    connection.read_body(request)
    connection.origin.note_request(request)
    echo(connection, request)


def upgrade(connection, request):
    """101, a greeting, and then an echo; on the peer's end of stream it says so and closes."""
    connection.origin.note_request(request)
    if request.header("upgrade") is None:
        connection.send(full(426, b"upgrade, please\n", ("Upgrade", "echo")))
        return
    connection.send(
        head(101, ("Connection", "Upgrade"), ("Upgrade", "echo")) + b"welcome\n" +
        connection.buffer)
    connection.keep = False
    while data := connection.sock.recv(65536):
        connection.send(data)
    connection.send(b"goodbye\n")
    connection.sock.shutdown(socket.SHUT_WR)


RAW = {
    "expectation-failed": refuse_expectation, "early-answer": early_answer, "stall": stall,
    "upgrade": upgrade,
}


def answer(connection, request):
    name = request.target.split("?")[0].split("/")[1] if "/" in request.target else ""
    if request.target.startswith("http://"):
        name = "echo"
    if name in RAW:
        RAW[name](connection, request)
        return
    if request.header("expect", "").lower() == "100-continue":
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.read_body(request)
    connection.origin.note_request(request)
    PLAIN.get(name, echo)(connection, request)
    if request.header("connection", "").lower() == "close":
        connection.keep = False
