"""What is measured of a running peer: CPU per request under wrk, memory, start-up time.

CPU is what the kernel charged to all threads of the peer (schedstat, nanoseconds), divided by the
requests that wrk saw answered, so it holds on a busy machine. The split into user and system
follows utime and stime, which the kernel reports in clock ticks only.
"""

import glob
import os
import re
import socket
import subprocess
import time

from peers import BODIES, Unavailable, request

UNITS = {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}


def cpu(pids):
    """(user ticks, system ticks, nanoseconds) of all threads of all these processes."""
    user = system = nanos = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        user, system = user + int(fields[11]), system + int(fields[12])
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            try:
                with open(path) as file:
                    nanos += int(file.read().split()[0])
            except FileNotFoundError:
                continue  # a thread that has ended since the listing
    return user, system, nanos


def memory_bytes(pids):
    """Resident bytes; pages that a master and its worker share are counted in both."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as file:
            total += int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) * 1024
    return total


def check(peer, case):
    """One request of this case whose answer is looked at: wrk itself never checks a body."""
    body = b"x" * BODIES[case.body] if case.method == "POST" else None
    try:
        status, count = request(peer.port, case.path, case.method, body)
    except Exception as error:
        raise Unavailable(f"no answer: {error or type(error).__name__}") from error
    if status != 200 or count != BODIES[os.path.basename(case.path)]:
        raise Unavailable(f"status {status} with {count} bytes")


def wrk(peer, case, seconds, folder):
    """Figures of one wrk run; raises Unavailable when any request went wrong."""
    check(peer, case)
    command = ["wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--latency"]
    if case.method == "POST":
        script = f"{folder}/post-{case.body}.lua"
        with open(script, "w") as file:
            file.write(f'wrk.method = "POST"\nwrk.body = string.rep("x", {BODIES[case.body]})\n')
        command += ["-s", script]
    try:
        pids = peer.pids()
        before = cpu(pids)
        done = subprocess.run(
            command + [f"http://127.0.0.1:{peer.port}{case.path}"], capture_output=True,
            timeout=seconds + 30)
        after = cpu(pids)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"died or hung: {error}") from error
    return figures(done, [b - a for a, b in zip(before, after)])


def figures(done, spent):
    output = done.stdout.decode(errors="replace")
    if trouble := re.search(r"Socket errors.*|Non-2xx.*", output):
        raise Unavailable(re.sub(r"\s+", " ", trouble[0]))
    ran = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", output)
    if done.returncode or not ran or ran[1] == "0":
        raise Unavailable(f"wrk: {done.stderr.decode(errors='replace').strip()[:100] or 'nothing'}")
    requests, (user, system, nanos) = int(ran[1]), spent
    ticks = max(1, user + system)
    latency = dict(re.findall(r"^\s+(50|99)%\s+(\S+)", output, re.MULTILINE))
    total = nanos / 1e3 / requests
    elapsed_us = float(ran[2]) * UNITS[ran[3]]
    return {
        "requests": requests,
        "requests_per_second": requests / elapsed_us * 1e6,
        "cpus_busy": nanos / 1e3 / elapsed_us,
        "user_us": total * user / ticks,
        "system_us": total * system / ticks,
        "total_us": total,
        "ticks": ticks,
        "closed_loop_p50_us": micros(latency["50"]),
        "closed_loop_p99_us": micros(latency["99"]),
    }


def micros(text):
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()
    return float(number) * UNITS[unit]


def start_up(peer):
    """Seconds from just before the spawn to the first 200; the peer runs afterwards."""
    started = time.monotonic()
    peer.spawn()
    peer.wait_until_served()
    return time.monotonic() - started


def idle(peer, count):
    """Base memory of a peer that has served 200 connections, one after the other, and bytes per
    connection that did one request and waits."""
    pids = peer.pids()
    connections = []
    try:
        for _ in range(200):
            request(peer.port)
        time.sleep(1.5)  # whatever it does each second has been done
        base = memory_bytes(pids)
        for number in range(count):
            connection = socket.create_connection(("127.0.0.1", peer.port), 5)
            connections.append(connection)
            connection.sendall(b"GET /64B HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = connection.recv(4096)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise Unavailable(f"connection {number + 1} got {answer[:20]!r}")
        time.sleep(0.3)
        per_connection = (memory_bytes(pids) - base) / count
    except OSError as error:
        raise Unavailable(f"after {len(connections)} connections: {error}") from error
    finally:
        for connection in connections:
            connection.close()
    return {"base_bytes": base, "idle_connections": count, "bytes_per_connection": per_connection}


def machine():
    with open("/proc/cpuinfo") as file:
        text = file.read()
    name = re.search(r"^(?:model name|CPU part)\s*:\s*(.+)$", text, re.MULTILINE)
    return {"cpu": name[1] if name else "unknown", "kernel": os.uname().release,
            "architecture": os.uname().machine, "cpus": len(os.sched_getaffinity(0))}
