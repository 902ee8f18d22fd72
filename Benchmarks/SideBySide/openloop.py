"""Latency at a fixed rate, open loop: when a request goes out does not depend on any answer.

Send times come from the clock alone, and a latency counts from the scheduled time, so a request
that had to wait for a connection, or for this generator, carries that wait. How late the generator
itself was while a connection was free is reported beside it. One thread, epoll, bodies of 64 bytes.
"""

import gc
import select
import socket
import time
from collections import deque

from peers import Unavailable

REQUEST = b"GET /64B HTTP/1.1\r\nHost: a\r\n\r\n"
BODY_BYTES = 64
DRAIN_NANOS = 2_000_000_000


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.scheduled, self.data = 0, b""

    def send(self, scheduled):
        self.scheduled = scheduled
        if self.socket.send(REQUEST) != len(REQUEST):
            raise Unavailable("a request was sent in part only")

    def receive(self):
        """True when the answer is complete."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise Unavailable("the peer closed a connection")
        self.data += chunk
        end = self.data.find(b"\r\n\r\n")
        if end < 0 or len(self.data) < end + 4 + BODY_BYTES:
            return False
        if not self.data.startswith(b"HTTP/1.1 200"):
            raise Unavailable(f"answered {self.data[:20]!r}")
        self.data = b""
        return True


def run(port, rate, seconds, connections=64):
    """Figures of one run; `rate` None sends whenever a connection is free: what we are able to."""
    opened = []
    try:
        epoll = select.epoll()
        for _ in range(connections):
            opened.append(Connection(port))
            epoll.register(opened[-1].socket, select.EPOLLIN)
        with open("/proc/self/timerslack_ns", "w") as file:
            file.write("1000")
        gc.disable()
        return drive(epoll, {c.socket.fileno(): c for c in opened}, rate, seconds)
    except OSError as error:
        raise Unavailable(f"open loop: {error}") from error
    finally:
        gc.enable()
        epoll.close()
        for connection in opened:
            connection.socket.close()


def drive(epoll, by_fd, rate, seconds):
    clock = time.monotonic_ns
    free, waiting, latencies, lags = deque(by_fd.values()), deque(), [], []
    step = 1e9 / rate if rate else 0
    count = int(rate * seconds) if rate else 0
    started = clock()
    end = started + int(seconds * 1e9)
    sent = 0
    while True:
        now = clock()
        if rate:
            while sent < count and (due := started + int(sent * step)) <= now:
                sent += 1
                if len(waiting) < len(free):
                    lags.append(now - due)
                waiting.append(due)
        else:
            waiting.extend([now] * len(free) if now < end else [])
        while waiting and free:
            free.popleft().send(waiting.popleft())
        outstanding = len(by_fd) - len(free) + len(waiting)
        finished = sent == count if rate else now >= end
        if finished and (outstanding == 0 or now > end + DRAIN_NANOS):
            break
        limit = started + int(sent * step) - clock() if rate and sent < count else 20_000_000
        if limit > 0:  # select, not poll: its timeout is finer than a millisecond
            select.select([epoll], [], [], limit / 1e9)
        for fd, _ in epoll.poll(0):
            connection = by_fd[fd]
            if connection.receive():
                latencies.append(clock() - connection.scheduled)
                free.append(connection)
    if outstanding:
        raise Unavailable(f"{outstanding} requests unanswered at {rate or 0:.0f}/s")
    return summary(latencies, lags, (clock() - started) / 1e9)


def summary(latencies, lags, elapsed):
    latencies.sort()
    lags.sort()
    return {
        "achieved_rate": len(latencies) / elapsed, "samples": len(latencies),
        "p50_us": quantile(latencies, 0.5), "p99_us": quantile(latencies, 0.99),
        "p999_us": quantile(latencies, 0.999), "generator_late_p99_us": quantile(lags, 0.99),
    }


def quantile(ordered, part):
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1e3 if ordered else 0.0


def capacity(port, seconds):
    """Requests per second that this generator manages against the origin itself."""
    return run(port, None, seconds)["achieved_rate"]
