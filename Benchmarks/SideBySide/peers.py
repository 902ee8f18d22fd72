"""The proxies under comparison and their origin: configuration, start, end.

Every proxy has one working thread and does as little as it can: no access log, no limits, upstream
connections kept. Only weir counts and keeps a history. A peer is ended by the pids we started.
"""

import glob
import http.client
import os
import shutil
import socket
import subprocess
import time

ROOT = os.path.abspath(f"{__file__}/../../..")
# weir's own build without counting shows what counting costs; it is no peer to be beaten.
UNCOUNTED = "uncounted"
NAMES = ("weir", UNCOUNTED, "nginx", "haproxy", "envoy")
BODIES = {"64B": 64, "16KiB": 16 << 10, "1MiB": 1 << 20}
START_SECONDS_MAX = 10

NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_max_body_size 2m;
  keepalive_requests 1000000000; keepalive_timeout 600s; sendfile on;
  client_body_buffer_size 64k; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {inside}
}}
"""
NGINX_PROXY = """
  proxy_max_temp_file_size 0;
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 512; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://origin; proxy_http_version 1.1;
      proxy_set_header Connection ''; }}
    location /up/ {{ proxy_pass http://origin; proxy_http_version 1.1;
      proxy_set_header Connection ''; proxy_request_buffering off; }} }}
"""
# It answers /up/ when it has read the whole body: `return` would answer at once.
NGINX_ORIGIN = """
  open_file_cache max=16; open_file_cache_valid 1h;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}/www;
    location = /64B {{ default_type text/plain; return 200 '{small}'; }}
    location /up/ {{ client_body_buffer_size 1m; client_max_body_size 2m;
      proxy_pass http://127.0.0.1:{port}/; proxy_method GET; proxy_pass_request_body off;
      proxy_set_header Content-Length ''; }} }}
"""
HAPROXY = """
global
  nbthread 1
  maxconn 8192
defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen through
  bind 127.0.0.1:{port} backlog 4096
  server origin 127.0.0.1:{origin}
"""
ENVOY = """
static_resources:
  listeners:
  - name: in
    address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network\
.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          route_config:
            name: r
            virtual_hosts:
            - {{name: v, domains: ["*"], routes: [{{match: {{prefix: "/"}},
                route: {{cluster: origin}}}}]}}
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
  - name: origin
    type: STATIC
    load_assignment:
      cluster_name: origin
      endpoints: [{{lb_endpoints: [{{endpoint: {{address:
        {{socket_address: {{address: 127.0.0.1, port_value: {origin}}}}}}}}}]}}]
"""


class Unavailable(Exception):
    """Why a peer has no figure: the text goes into the table."""


def find_binary(name, given=None):
    path = given or shutil.which(name)
    if name == "envoy" and not given:
        installed = ".build-bench-peers/lib/python3*/site-packages/envoy/_bin/envoy"
        path = (glob.glob(f"{ROOT}/{installed}") + [path])[0]
    if name == UNCOUNTED:
        path = f"{ROOT}/.build-uncounted/release/weir"
    if not path or not os.access(path, os.X_OK) or os.path.isdir(path):
        raise Unavailable(
            f"no program at {given}" if given else "not built, `make bench` does"
            if name == UNCOUNTED else "not found, `make bench-peers` installs it")
    return os.path.abspath(path)


def version(path):
    flag = "-v" if os.path.basename(path) in ("nginx", "haproxy", "wrk") else "--version"
    try:
        done = subprocess.run([path, flag], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unknown ({error})"
    text = (done.stdout + done.stderr).decode(errors="replace").strip() or "unknown"
    return text.split("\n")[0].removeprefix(path).strip().removeprefix("version: ")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def request(port, case_path="/64B", method="GET", body=None):
    """(status, body bytes) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, case_path, body)
        answer = connection.getresponse()
        return answer.status, len(answer.read())
    finally:
        connection.close()


class Peer:
    """One running instance in a folder of its own; `with` starts it and ends it."""

    def __init__(self, name, binary, folder, cpus, origin=None, workers=1, flags=()):
        self.name, self.binary, self.cpus, self.origin = name, binary, cpus, origin
        self.workers, self.flags = workers, list(flags)
        self.folder, self.port, self.process = folder, free_port(), None
        os.makedirs(folder)

    def write(self, name, text, **values):
        path = f"{self.folder}/{name}"
        with open(path, "w") as file:
            file.write(text.format(
                port=self.port, origin=self.origin, folder=self.folder, **values))
        return path

    def command(self):
        if self.name in ("weir", UNCOUNTED):
            history = ["--history", f"{self.folder}/weir.db"]
            if self.name == UNCOUNTED:
                history = ["--no-history", "--flush-interval", "1h"]
            return [
                self.binary, "--listen", f"127.0.0.1:{self.port}",
                "--upstream", f"127.0.0.1:{self.origin}", "--concurrency", str(self.workers),
                "--admin", "127.0.0.1:0", "--history", f"{self.folder}/weir.db", *self.flags]
        if self.name == "haproxy":
            return [self.binary, "-db", "-f", self.write("haproxy.cfg", HAPROXY)]
        if self.name == "envoy":
            return [self.binary, "-c", self.write("envoy.yaml", ENVOY), "--concurrency", "1",
                    "--disable-hot-restart", "-l", "error"]
        inside = (NGINX_PROXY if self.name == "nginx" else NGINX_ORIGIN).format(
            port=self.port, origin=self.origin, folder=self.folder, small="x" * 64)
        config = self.write("nginx.conf", NGINX, inside=inside)
        return [self.binary, "-p", self.folder, "-e", "stderr", "-c", config]

    def spawn(self):
        """Starts the process and returns at once, on CPUs it inherits: nothing runs between."""
        command = self.command()
        before = os.sched_getaffinity(0)
        with open(f"{self.folder}/log", "ab") as log:
            os.sched_setaffinity(0, self.cpus)
            try:
                self.process = subprocess.Popen(
                    command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            except OSError as error:
                raise Unavailable(f"does not start: {error}") from error
            finally:
                os.sched_setaffinity(0, before)

    def wait_until_served(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        last = "no answer"
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Unavailable(f"ended with {self.process.returncode}: {self.last_words()}")
            try:
                status, _ = request(self.port)
                if status == 200:
                    return self
                last = f"status {status}"
            except (OSError, http.client.HTTPException) as error:
                last = str(error) or type(error).__name__
            time.sleep(0.0005)
        raise Unavailable(f"no 200 within {START_SECONDS_MAX} s: {last}")

    def last_words(self):
        with open(f"{self.folder}/log", errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        return lines[-1][:120] if lines else "it said nothing"

    def pids(self):
        """The process we started and all its descendants: nginx works in a child."""
        found, queue = [], [self.process.pid]
        while queue:
            found.append(queue.pop())
            for path in glob.glob(f"/proc/{found[-1]}/task/*/children"):
                try:
                    with open(path) as file:
                        queue += [int(pid) for pid in file.read().split()]
                except OSError:
                    continue  # that thread has ended meanwhile
        return found

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        children = self.pids()[1:]
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            for pid in children:
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    continue
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        try:
            self.spawn()
            return self.wait_until_served()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()


def make_origin(binary, folder, cpu):
    origin = Peer("origin", binary, folder, {cpu})
    os.makedirs(f"{folder}/www")
    for name, count in BODIES.items():
        with open(f"{folder}/www/{name}", "wb") as file:
            file.write(b"x" * count)
    return origin
