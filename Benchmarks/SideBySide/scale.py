"""CPU per request by number of workers (`scale-*`), and connections over workers (`balance`).

The same load is one that does not depend on who serves it: `scale-rate` sends requests at fixed
times, open loop, over 64 connections. `scale-full` is a closed loop, wrk with 64 connections as
fast as it goes: the load follows the proxy there, and threads change places on one CPU. In both,
what differs is how often the proxy goes to sleep: one worker takes events that fall together in one
turn, eight are woken one by one, and each wake-up has its price in the kernel, a high one where a
virtual CPU halts in between. So switches/request stands beside the ratio: it tells a cost of more
threads than CPUs from a cost inside weir.

All workers share the CPUs that the load does not use; with two CPUs that is one, as for the other
figures. `idle` is the process without requests. `balance` is how far the fullest and the emptiest
worker are from the mean in main's own cut, connections coming from one client.
"""

import glob
import re
import resource
import socket
import statistics
import time
import urllib.request

import measure
import openloop
from peers import Peer, Unavailable

WORKERS = (1, 2, 4, 8)
BALANCED_WORKERS, CONNECTIONS = 4, 10_000
IDLE_SECONDS = 1.0
RATE_MAX = 10_000
KINDS = ("scale-rate", "scale-full")


def label(workers):
    return f"{workers} worker" + ("s" if workers > 1 else "")


def switches(pids):
    """Context switches of all threads, voluntary and not."""
    total = 0
    for pid in pids:
        for path in glob.glob(f"/proc/{pid}/task/*/status"):
            with open(path) as file:
                total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", file.read()))
    return total


def charged(peer, requests):
    """Figures of `requests()`, which returns how many there were."""
    pids = peer.pids()
    before, switched, started = measure.cpu(pids), switches(pids), time.monotonic()
    count, more = requests()
    seconds = time.monotonic() - started
    spent, switched = measure.cpu(pids)[2] - before[2], switches(pids) - switched
    return {"total_us": spent / 1e3 / count, "switches_per_request": switched / count,
            "requests_per_second": count / seconds, "cpus_busy": spent / 1e9 / seconds, **more}


def idle_us(peer):
    pids = peer.pids()
    before = measure.cpu(pids)[2]
    time.sleep(IDLE_SECONDS)
    return (measure.cpu(pids)[2] - before) / 1e3 / IDLE_SECONDS


class Scale:
    """The cases of one run; `run` has the peers, the rounds and the results."""

    def __init__(self, run):
        self.run = run

    def everything(self, reference):
        if any(self.run.wanted(kind) for kind in KINDS):
            self.scale(reference)
        if self.run.wanted("balance"):
            self.balance()

    def make(self, workers, *flags):
        run = self.run
        run.instances += 1
        return Peer("weir", run.binaries["weir"], f"{run.folder}/{run.instances}-weir",
                    run.other_cpus, run.origin.port, workers, flags)

    def scale(self, reference):
        running = {}
        try:
            for workers in WORKERS:
                running[label(workers)] = self.make(workers)
                running[label(workers)].__enter__()
            smoke = self.run.arguments.smoke
            rate = min(RATE_MAX, openloop.capacity(self.run.origin.port, 0.5 if smoke else 2) / 2)
            seconds = self.run.arguments.seconds

            def at_rate(name):
                peer = running[name]

                def load():
                    row = openloop.run(peer.port, rate, seconds)
                    return row["samples"], {"p50_us": row["p50_us"], "p99_us": row["p99_us"]}
                return {**charged(peer, load), "idle_us_per_second": idle_us(peer)}

            def at_full(name):
                peer = running[name]

                def load():
                    row = measure.wrk(peer, reference, seconds, self.run.folder)
                    return row["requests"], {"p50_us": row["closed_loop_p50_us"],
                                             "p99_us": row["closed_loop_p99_us"]}
                return {**charged(peer, load), "idle_us_per_second": idle_us(peer)}

            for kind, action in zip(KINDS, (at_rate, at_full)):
                if self.run.wanted(kind):
                    self.run.alternate(kind, self.run.arguments.rounds, running, action, named=())
                    add_ratios(self.run.results[kind])
        finally:
            for peer in running.values():
                peer.stop()

    def balance(self):
        # weir keeps half of its descriptors for upstream connections, and a worker that is at its
        # share pauses: some room is left for an uneven spread.
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1] * 9 // 20
        count = min(200 if self.run.arguments.smoke else CONNECTIONS, limit)

        def once(mode):
            with self.make(BALANCED_WORKERS, "--connection-balance", mode,
                           "--head-timeout", "10m") as peer:
                return spread(peer, count)
        self.run.alternate("balance", self.run.arguments.rounds, ("kernel", "exact"), once,
                           named=())


def add_ratios(rows):
    """To 1 worker, round by round: what disturbs a round disturbs all of it."""
    base = rows.get(label(1), {}).get("rounds", [])
    for row in rows.values():
        pairs = zip(row.get("rounds", []), base)
        ratios = [own["total_us"] / one["total_us"] for own, one in pairs]
        if ratios:
            row["ratio_to_1"] = statistics.median(ratios)


def spread(peer, count):
    opened, admin = [], admin_address(peer)
    try:
        started = time.monotonic()
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", peer.port), 10))
        took = time.monotonic() - started
        deadline = time.monotonic() + 10
        while sum(loads := worker_loads(admin)) < count:
            if time.monotonic() > deadline:
                raise Unavailable(f"{sum(loads)} of {count} connections are open")
            time.sleep(0.05)
    except OSError as error:
        raise Unavailable(f"after {len(opened)} connections: {error}") from error
    finally:
        for connection in opened:
            connection.close()
    mean = count / len(loads)
    return {"connections": count, "workers": len(loads), "fewest": min(loads), "most": max(loads),
            "above_percent": (max(loads) / mean - 1) * 100,
            "below_percent": (1 - min(loads) / mean) * 100,
            "us_per_connect": took * 1e6 / count}


def admin_address(peer):
    """From the start-up text, which may come a moment after the first answer."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with open(f"{peer.folder}/log", errors="replace") as log:
            if found := re.search(r"^admin +(\S+)$", log.read(), re.MULTILINE):
                return found[1]
        time.sleep(0.05)
    raise Unavailable("no admin address in its start-up text")


def worker_loads(admin):
    """Client connections by worker, from one scrape."""
    with urllib.request.urlopen(f"{admin}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(
        r'^weir_thread_downstream_cx_active\{thread="wrk:\d+"\} (\d+)$', text, re.MULTILINE)
    return [int(number) for number in found]
