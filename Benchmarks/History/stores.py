"""The three stores under comparison: how each is filled and served, on free loopback ports.

Every process is ended by the pid it was started with. A store that is missing is named with the
reason and has no figures.
"""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

ROOT = os.path.abspath(f"{__file__}/../../..")
NAMES = ("weir", "prometheus", "victoriametrics")
PROGRAMS = {"prometheus": ("prometheus", "promtool"), "victoriametrics": ("victoria-metrics",)}
START_SECONDS_MAX = 60
BLOCK_SECONDS = 7200


class Unavailable(Exception):
    """Why a store takes no part."""


def missing(name):
    """The reason why a peer cannot run; None when it can."""
    for program in PROGRAMS.get(name, ()):
        if not shutil.which(program):
            return f"no {program} on the PATH (make bench-peers installs it)"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree_bytes(folder):
    return sum(os.path.getsize(os.path.join(base, name))
               for base, _, names in os.walk(folder) for name in names)


def file_bytes(path):
    return sum(os.path.getsize(path + end) for end in ("", "-wal") if os.path.exists(path + end))


def run(*command):
    """Runs to its end; the error says what it said."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"{os.path.basename(command[0])}: {done.stderr.strip()[-300:]}")
    return done.stdout


class Server:
    """One running store, asked over one connection that is kept."""

    def __init__(self, name, command, folder, port, ready, api="/api/v1"):
        self.name, self.port, self.api = name, port, api
        self.log = open(f"{folder}/{name}.log", "wb")
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, cwd=folder)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.answers(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.end()
                with open(f"{folder}/{name}.log", errors="replace") as log:
                    raise Unavailable(f"{name} did not start: {log.read().strip()[-300:]}")
            time.sleep(0.05)

    def answers(self, path):
        try:
            return self.request("GET", path)[0] == 200
        except OSError:
            return False

    def request(self, method, path, body=None):
        """Status and body; the connection is opened again after trouble."""
        try:
            self.connection.request(method, path, body)
            reply = self.connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise OSError(str(error)) from error

    def ask(self, endpoint, parameters):
        """Seconds from the question to the last byte, and the body."""
        path = f"{self.api}/{endpoint}?{urllib.parse.urlencode(parameters)}"
        begin = time.perf_counter()
        status, body = self.request("GET", path)
        seconds = time.perf_counter() - begin
        if status != 200:
            raise Unavailable(f"{self.name}: {status} {body[:200].decode(errors='replace')}")
        return seconds, body

    def memory(self):
        """Most memory it ever had, in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0

    def end(self):
        self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def weir(binary, folder, path):
    port, upstream, listen = free_port(), free_port(), free_port()
    command = [binary, "--listen", f"127.0.0.1:{listen}", "--upstream", f"127.0.0.1:{upstream}",
               "--admin", f"127.0.0.1:{port}", "--history", path, "--log-level", "warning"]
    return Server("weir", command, folder, port, "/ready")


def prometheus(folder, data):
    port = free_port()
    with open(f"{folder}/prometheus.yml", "w") as config:
        config.write("global: {scrape_interval: 1h}\n")
    command = ["prometheus", f"--config.file={folder}/prometheus.yml",
               f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}",
               "--storage.tsdb.retention.time=30d", "--storage.tsdb.min-block-duration=2h",
               "--storage.tsdb.max-block-duration=2h", "--log.level=warn"]
    return Server("prometheus", command, folder, port, "/-/ready")


def victoriametrics(folder, data):
    port = free_port()
    command = ["victoria-metrics", f"-storageDataPath={data}", "-retentionPeriod=12",
               f"-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=ERROR",
               "-search.disableCache", "-search.latencyOffset=0s"]
    return Server("victoriametrics", command, folder, port, "/health")


def fill_prometheus(text, data):
    run("promtool", "tsdb", "create-blocks-from", "openmetrics", text, data)


def fill_victoriametrics(server, text):
    with open(text, "rb") as body:
        status, reply = server.request("POST", "/api/v1/import/prometheus", body)
    if status not in (200, 204):
        raise Unavailable(f"victoriametrics: import: {status} {reply[:200]!r}")
    # What was just written is searched from the next flush on.
    server.request("GET", "/internal/force_flush")


def progress(text):
    print(f"bench-history: {text}", file=sys.stderr, flush=True)
