"""weir under callgrind: start it, cut its counting into windows, read what callgrind wrote.

A dump of callgrind ends one window and begins the next; with `--separate-threads` it writes one
file for each thread, so the worker's instructions stand alone and main, guard dog and history
cannot disturb them. Only user instructions exist here: the kernel's are not counted.
"""

import glob
import os
import re
import shutil
import signal
import subprocess
import time

START_SECONDS_MAX = 60
LISTENER = re.compile(r"^listener +(?:http://)?127\.0\.0\.1:(\d+)", re.MULTILINE)
# Hashing is the same in each run. No `rep movsb` in memcpy: callgrind takes each byte of it for an
# instruction, so that a copy of 16 KiB would be two thirds of a request.
ENVIRONMENT = {
    "SWIFT_DETERMINISTIC_HASHING": "1", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM"}
# `fn=(12) name` or, from the second time on, `fn=(12)`; then lines of position and cost.
NAME = re.compile(r"^(c?fn)=\((\d+)\)(?: (.*))?$")
COST = re.compile(r"^(?:\d+|[+-]\d+|\*) (\d+)$")


class Trouble(Exception):
    """What went wrong, as one line for the person at the terminal."""


def find_tools():
    for name in ("valgrind", "callgrind_control", "objcopy"):
        if not shutil.which(name):
            raise Trouble(
                f"{name} is not installed; `make bench-peers` installs it")


def without_debug_info(binary, folder):
    """A copy with symbols but without DWARF: valgrind 3.19 gives up over version 5 of it."""
    copy = f"{folder}/{os.path.basename(binary)}"
    done = subprocess.run(
        ["objcopy", "--strip-debug", binary, copy], capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"objcopy: {done.stderr.strip()[-300:]}")
    return copy


class Weir:
    """One weir with one worker under callgrind, in a folder of its own."""

    def __init__(self, binary, folder, upstream_port):
        self.folder, self.windows = folder, 0
        os.makedirs(folder)
        # The flush is far away, so no cut falls into a window.
        command = [
            "valgrind", "--tool=callgrind", "--separate-threads=yes", "--quiet",
            "--callgrind-out-file=dump", binary, "--listen", "127.0.0.1:0",
            "--upstream", f"127.0.0.1:{upstream_port}", "--concurrency", "1", "--no-history",
            "--no-admin", "--flush-interval", "1h", "--response-timeout", "60s"]
        with open(f"{folder}/log", "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **ENVIRONMENT})

    def wait_for_port(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            with open(f"{self.folder}/log", errors="replace") as log:
                text = log.read()
            if match := LISTENER.search(text):
                return int(match[1])
            if self.process.poll() is not None:
                raise Trouble(f"weir under valgrind ended: {text.strip()[-300:] or 'no word'}")
            time.sleep(0.05)
        raise Trouble(f"weir under valgrind says no port within {START_SECONDS_MAX} s")

    def end_window(self):
        """The worker's dump file of everything since the last call."""
        time.sleep(0.1)  # what follows the last answer (a close, a return to epoll) belongs to it
        self.windows += 1
        done = subprocess.run(
            ["callgrind_control", "-d", str(self.process.pid)], cwd=self.folder,
            capture_output=True, text=True, timeout=60)
        files = glob.glob(f"{self.folder}/dump.{self.windows}-*")
        if done.returncode or not files:
            raise Trouble(f"callgrind_control: {(done.stdout + done.stderr).strip()[-300:]}")
        return max(files, key=total)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def total(path):
    """Instructions of one dump file."""
    with open(path, errors="replace") as file:
        found = re.findall(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE)
    return int(found[-1]) if found else 0


def functions(path, inclusive):
    """Instructions by function. callgrind_annotate is no help here: a thread's outermost calls
    never return, are written as `calls=0`, and it takes their whole cost for the caller's own."""
    costs, names, function, is_call = {}, {}, None, False
    with open(path, errors="replace") as file:
        for line in file:
            if match := NAME.match(line):
                names.setdefault(match[2], match[3])
                function = match[2] if match[1] == "fn" else function
            elif line.startswith("calls="):
                is_call = True
            elif match := COST.match(line):
                if inclusive or not is_call:
                    costs[function] = costs.get(function, 0) + int(match[1])
                is_call = False
    named = {}
    for identifier, cost in costs.items():
        named[names[identifier]] = named.get(names[identifier], 0) + cost
    return named


def demangled(names):
    """The names as Swift would write them; as they are when there is no `swift`."""
    if not shutil.which("swift"):
        return names
    done = subprocess.run(
        ["swift", "demangle", "--simplified"], input="\n".join(names), capture_output=True,
        text=True)
    lines = done.stdout.rstrip("\n").split("\n")
    return lines if done.returncode == 0 and len(lines) == len(names) else names
