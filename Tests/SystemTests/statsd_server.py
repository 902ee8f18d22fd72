"""A statsd server that only adds up: counters, restored timing counts, the last gauges."""

import re
import socket
import threading

LINE = re.compile(r"^([^:|]+):([^|]+)\|(c|g|ms|h|d)(?:\|@([0-9.eE+-]+))?(?:\|#(.*))?$")


class StatsdServer:
    """Listens on a UDP port of 127.0.0.1 from the start; close() and open() are the outages."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counters, self.timings, self.gauges = {}, {}, {}
        self.sizes, self.bad = [], []
        self.port = 0
        self.open()

    @property
    def url(self):
        return f"udp://127.0.0.1:{self.port}"

    def open(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.bind(("127.0.0.1", self.port))
        self.port = self.sock.getsockname()[1]
        self.sock.settimeout(0.05)
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def close(self):
        """Stops listening: what is sent from now on is answered with ECONNREFUSED.

        A connected UDP socket takes nothing from strangers, so after the connect the kernel refuses
        new datagrams, those queued before are still read, and none falls in between.
        """
        if self.sock.fileno() < 0:
            return
        self.sock.connect(("127.0.0.1", 1))
        self.closing.set()
        self.thread.join()
        self.sock.close()

    def loop(self):
        while True:
            try:
                self.take(self.sock.recv(65536))
            except ConnectionRefusedError:
                continue
            except TimeoutError:
                if self.closing.is_set():
                    return

    def take(self, datagram):
        with self.lock:
            self.sizes.append(len(datagram))
            for line in datagram.decode().split("\n"):
                if line:
                    self.add(line)

    def add(self, line):
        match = LINE.match(line)
        if not match:
            self.bad.append(line)
            return
        name, value, kind, rate, _ = match.groups()
        if kind == "c":
            count = round(float(value) / float(rate or 1))
            self.counters[name] = self.counters.get(name, 0) + count
        elif kind == "g":
            self.gauges[name] = value
        else:
            count = sum(round(1 / float(rate or 1)) for _ in value.split(":"))
            self.timings[name] = self.timings.get(name, 0) + count

    def counter(self, pattern):
        """Sum of all counters whose name matches `pattern`."""
        with self.lock:
            return sum(value for name, value in self.counters.items() if pattern.search(name))

    def timing_count(self, pattern):
        with self.lock:
            return sum(value for name, value in self.timings.items() if pattern.search(name))
