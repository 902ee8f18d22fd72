"""Starts and ends weir for one test, and reads what it says: start-up text, log, /metrics, /proc.

A test class derives from `WeirTest`: it gets a temporary folder, `weir(...)`, `origin()`, `nginx()`
and `statsd()`, all of which end by themselves. Only processes started here are ever signalled, and
nothing waits without a bound. WEIR_SLOW stretches the bounds for sanitizer builds.
"""

import http.client
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

import names
from exposition import Scrape, complaints
from nginx import Nginx
from origin import Origin
from statsd_server import StatsdServer
from wire import Client

ROOT = os.path.abspath(f"{__file__}/../../..")
WEIR = os.path.abspath(os.environ.get("WEIR_BINARY") or f"{ROOT}/.build/release/weir")
STATSCTL = os.path.abspath(
    os.environ.get("STATSCTL_BINARY") or f"{os.path.dirname(WEIR)}/statsctl")
SANITIZER = os.environ.get("WEIR_SANITIZER", "")
SLOW = float(os.environ.get("WEIR_SLOW") or (5 if SANITIZER else 1))


def eventually(check, seconds=5.0, step=0.01):
    """Calls `check` until it returns something true; returns its last answer either way."""
    deadline = time.monotonic() + seconds * SLOW
    while not (answer := check()) and time.monotonic() < deadline:
        time.sleep(step)
    return answer


def parse_address(text):
    """What weir printed, as `wire.connect` takes it."""
    if text.startswith("unix:"):
        return text[5:]
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class Weir:
    """One running weir. Listener and admin ports are its own choice (port 0)."""

    def __init__(self, directory, upstream=(), listen=("127.0.0.1:0",), concurrency=1,
                 history=True, statsd=None, flush="200ms", extra=(), env=None, preexec=None,
                 demo=False):
        self.directory = tempfile.mkdtemp(prefix="weir-", dir=directory)
        self.history = f"{self.directory}/weir.db" if history is True else history
        upstream = [upstream] if isinstance(upstream, str) else upstream
        command = [WEIR] + (["--demo"] if demo else [])
        for address in listen:
            command += ["--listen", address]
        for address in upstream:
            command += ["--upstream", address]
        command += ["--admin", "127.0.0.1:0", "--concurrency", str(concurrency)]
        command += ["--history", self.history] if self.history else ["--no-history"]
        command += ["--statsd", statsd] if statsd else []
        command += ["--flush-interval", flush] if flush else []
        if names.DRAIN_SECONDS not in extra:
            command += [names.DRAIN_SECONDS, "2"]
        self.command = command + list(extra)
        self.listeners_wanted = max(1, len(listen))
        self.stopped_with = None
        with open(f"{self.directory}/out", "wb") as out, open(f"{self.directory}/err", "wb") as err:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=self.directory, env={**os.environ, **(env or {})}, preexec_fn=preexec)
        self.pid = self.process.pid

    def read(self, name):
        with open(f"{self.directory}/{name}", errors="replace") as file:
            return file.read()

    @property
    def out(self):
        return self.read("out")

    @property
    def log(self):
        """Everything it said, stdout before stderr."""
        return self.out + self.read("err")

    def ready(self):
        """Waits for the start-up text; an AssertionError carries the log."""
        if not eventually(lambda: self.said_addresses() or self.process.poll() is not None, 10):
            raise AssertionError(f"no start-up text in time:\n{self.log}")
        if self.process.poll() is not None:
            raise AssertionError(
                f"weir ended with {self.process.returncode}:\n{' '.join(self.command)}\n{self.log}")
        self.addresses = [parse_address(t) for t in names.LISTENER_LINE.findall(self.log)]
        self.address = self.addresses[0]
        self.admin = parse_address(names.ADMIN_LINE.findall(self.log)[0])
        return self

    def said_addresses(self):
        log = self.log
        return (len(names.LISTENER_LINE.findall(log)) >= self.listeners_wanted
                and names.ADMIN_LINE.search(log))

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}"

    def client(self, timeout=10.0):
        return Client(self.address, timeout * SLOW)

    def get(self, path, method="GET"):
        """(status, body text) of an admin path."""
        connection = http.client.HTTPConnection(*self.admin, timeout=10 * SLOW)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def scrape(self):
        status, text = self.get("/metrics")
        assert status == 200, f"/metrics answers {status}: {text[:200]}"
        return Scrape(text)

    def settled(self, seconds=3.0):
        """The first scrape in which no request is active and all sums hold."""
        def quiet():
            scrape = self.scrape()
            return None if scrape.total(names.RQ_ACTIVE) else scrape
        scrape = eventually(quiet, seconds, 0.02)
        assert scrape, "requests stay active"
        found = list(complaints(scrape))
        assert not found, found
        return scrape

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def thread_id(self, name):
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/comm") as file:
                if file.read().strip() == name:
                    return int(task)
        raise AssertionError(f"no thread is called {name}")

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=10.0):
        """Exit status; a weir that does not end in time is an AssertionError."""
        try:
            self.stopped_with = self.process.wait(seconds * SLOW)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"weir does not end within {seconds} s:\n{self.log}") from None
        return self.stopped_with

    def stop(self, number=signal.SIGTERM):
        self.send(number)
        return self.wait()

    def kill(self):
        self.process.kill()
        self.stopped_with = self.process.wait()

    def clean_up(self):
        """Ends what still runs; a weir that had crashed by itself fails its test."""
        code = self.process.poll()
        if code is None:
            self.send(signal.SIGTERM)
            try:
                code = self.process.wait(15 * SLOW)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"weir ignores SIGTERM:\n{self.log[-3000:]}") from None
            if code != 0:
                raise AssertionError(f"SIGTERM ended weir with {code}:\n{self.log[-3000:]}")
        elif self.stopped_with is None:
            raise AssertionError(f"weir ended by itself with {code}:\n{self.log[-3000:]}")


class WeirTest(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.class_directory = cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="weir-test-", ignore_cleanup_errors=True))

    def setUp(self):
        self.directory = self.enterContext(
            tempfile.TemporaryDirectory(prefix="weir-test-", ignore_cleanup_errors=True))

    def weir(self, *arguments, **options):
        weir = Weir(self.directory, *arguments, **options)
        self.addCleanup(weir.clean_up)
        return weir.ready()

    def unready_weir(self, *arguments, **options):
        """One that is expected to end by itself."""
        weir = Weir(self.directory, *arguments, **options)
        self.addCleanup(lambda: weir.process.poll() is None and weir.kill())
        return weir

    @classmethod
    def shared_weir(cls, *arguments, **options):
        weir = Weir(cls.class_directory, *arguments, **options)
        cls.addClassCleanup(weir.clean_up)
        return weir.ready()

    @classmethod
    def shared_origin(cls, **options):
        origin = Origin(**options)
        cls.addClassCleanup(origin.stop)
        return origin

    def origin(self, **options):
        origin = Origin(**options)
        self.addCleanup(origin.stop)
        return origin

    def nginx(self):
        server = Nginx(tempfile.mkdtemp(prefix="nginx-", dir=self.directory))
        self.addCleanup(server.stop)
        return server

    def statsd(self):
        server = StatsdServer()
        self.addCleanup(server.close)
        return server

    def assert_adds_up(self, scrape, before=None):
        self.assertEqual([], list(complaints(scrape, before)))


def statsctl(*arguments, seconds=20):
    """(exit status, stdout, stderr) of one statsctl call."""
    done = subprocess.run(
        [STATSCTL, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=seconds * SLOW)
    return done.returncode, done.stdout, done.stderr


def history_last(path, selector):
    """Sum over the series of `selector` of their last value in the history; None without any.

    Looks through the JSON for series: objects with a list of points, each a pair [time, value] or
    an object with a value.
    """
    status, out, err = statsctl("--db", path, "show", selector, "--since", "1h", "-o", "json")
    if status == 1:
        return None
    if status != 0:
        raise AssertionError(f"statsctl show ends with {status}: {err}{out}")
    lasts = [last_value(points) for points in find_points(json.loads(out)) if points]
    return sum(lasts) if lasts else None


def find_points(node):
    if isinstance(node, dict):
        for key in ("values", "points", "samples", "value"):
            if isinstance(node.get(key), list):
                points = node[key]
                yield [points] if key == "value" else points
                return
        for child in node.values():
            yield from find_points(child)
    elif isinstance(node, list):
        for child in node:
            yield from find_points(child)


def last_value(points):
    last = points[-1]
    value = float(last.get("value", last.get("v")) if isinstance(last, dict) else last[-1])
    return int(value) if value.is_integer() else value
