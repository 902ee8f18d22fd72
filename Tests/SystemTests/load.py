"""Load with a known number of requests, by wrk and by Python's http.client."""

import http.client
import os
import re
import subprocess
import threading

from harness import SLOW

# Each thread has one connection and stops itself after its share: an exact count, at wrk's speed.
EXACT_LUA = """
local left = tonumber(os.getenv("WEIR_TEST_SHARE"))
function response()
  left = left - 1
  if left == 0 then wrk.thread:stop() end
end
"""


def wrk_exactly(url, count, directory, connections=4, seconds=2, close=False):
    """Sends exactly `count` requests (a multiple of `connections`), or raises."""
    path = f"{directory}/exact.lua"
    with open(path, "w") as file:
        file.write(EXACT_LUA)
    command = ["wrk", f"-t{connections}", f"-c{connections}", f"-d{int(seconds * SLOW)}s",
               "-s", path]
    command += ["-H", "Connection: close"] if close else []
    share = count // connections
    out = subprocess.run(
        command + [url], capture_output=True, text=True, timeout=(seconds + 20) * SLOW,
        env={**os.environ, "WEIR_TEST_SHARE": str(share)}).stdout
    match = re.search(r"(\d+) requests in", out)
    sent = int(match[1]) if match else 0
    if sent != share * connections or "Socket errors" in out:
        raise AssertionError(f"wrk was to send {count} and says:\n{out}")
    return sent


class Wrk:
    """wrk in the background, as a context; `completed` after the block."""

    def __init__(self, url, seconds, connections=32, threads=2):
        self.command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", url]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.process.kill()
        out = self.process.communicate(timeout=120)[0]
        match = re.search(r"(\d+) requests in", out)
        self.completed = int(match[1]) if match else 0
        self.errors = [line for line in out.splitlines() if "errors" in line or "Non-2xx" in line]


def http_client_exactly(address, count, threads=4, path="/ok", close=False):
    """`count` requests by http.client over `threads` connections; the statuses it saw."""
    statuses, errors = [], []

    def work(share):
        try:
            connection = http.client.HTTPConnection(*address, timeout=20 * SLOW)
            for _ in range(share):
                connection.request("GET", path, headers={"Connection": "close"} if close else {})
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            errors.append(repr(error))

    shares = [count // threads + (i < count % threads) for i in range(threads)]
    workers = [threading.Thread(target=work, args=(share,)) for share in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise AssertionError(f"after {len(statuses)} of {count}: {errors[:3]}")
    return statuses
