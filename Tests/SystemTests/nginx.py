"""A real nginx as origin, in a folder of its own, on a free port of 127.0.0.1."""

import os
import shutil
import socket
import subprocess
import time

CONFIG = """
{user} daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096; root {dir}/www;
    location = /ok {{ default_type text/plain; return 200 "hello from nginx\\n"; }}
    location = /empty {{ return 204; }}
    location = /missing {{ return 404 "missing\\n"; }}
    location = /broken {{ return 500 "broken\\n"; }}
    location = /nginx_status {{ stub_status; }}
  }}
}}
"""


def find():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


class Nginx:
    def __init__(self, directory):
        os.makedirs(f"{directory}/www", exist_ok=True)
        self.directory = directory
        self.asked = 0
        for _ in range(5):  # somebody else may take the port between the look and the bind
            self.port = free_port()
            if self.start():
                break
        else:
            raise RuntimeError("nginx does not start: " + self.log())
        self.address, self.upstream = ("127.0.0.1", self.port), f"127.0.0.1:{self.port}"

    def start(self):
        path = f"{self.directory}/nginx.conf"
        with open(path, "w") as file:
            user = "user root;" if os.geteuid() == 0 else ""
            file.write(CONFIG.format(user=user, dir=self.directory, port=self.port))
        self.process = subprocess.Popen(
            [find(), "-p", self.directory, "-e", f"{self.directory}/error.log", "-c", path],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.01)
        self.stop()
        return False

    def log(self):
        with open(f"{self.directory}/error.log") as file:
            return file.read()[-2000:]

    def write(self, name, data):
        with open(f"{self.directory}/www/{name}", "wb") as file:
            file.write(data)

    def requests(self):
        """Requests that nginx has begun so far, without those of this method."""
        self.asked += 1
        with socket.create_connection(self.address, 5) as sock:
            sock.sendall(b"GET /nginx_status HTTP/1.0\r\n\r\n")
            text = b""
            while data := sock.recv(4096):
                text += data
        return int(text.split(b"requests")[1].split()[2]) - self.asked

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
