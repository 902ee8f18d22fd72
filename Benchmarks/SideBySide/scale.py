"""CPU per request by number of workers (`scale-*`), and connections over workers (`balance`).

`scale-rate` is the claim: the same load, whoever serves it. Its requests come at a fixed rate, open
loop, so neither the number of requests nor when they come depends on how many workers there are.
A closed loop cannot keep the load the same: where one worker is always busy, it finds many events
at each turn, and eight on the same CPU find an eighth each and change places between them. That is
the kernel's price for more threads than CPUs, and `scale-full` shows it: wrk, 64 connections, as
fast as it goes. Both take the default flags and the same 64 connections.

All workers share the CPUs that the load does not use; with two CPUs that is one. So a figure holds
what a worker costs by itself (its turns, timers, cuts, lines shared with others), at the price of
changing between threads, and not what more CPUs would give. `idle` is the process without requests.
`balance` counts how far the fullest and the emptiest worker are from the mean, as main's own cut
has it; connections come from one client, as fast as it opens them.
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
        if self.run.wanted("scale-rate") or self.run.wanted("scale-full"):
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

            for kind, action in (("scale-rate", at_rate), ("scale-full", at_full)):
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
    opened = []
    try:
        started = time.monotonic()
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", peer.port), 10))
        took = time.monotonic() - started
        deadline = time.monotonic() + 10
        while sum(loads := worker_loads(peer)) < count:
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


def worker_loads(peer):
    """Client connections by worker, from one scrape."""
    with open(f"{peer.folder}/log", errors="replace") as log:
        admin = re.search(r"^admin +(\S+)$", log.read(), re.MULTILINE)
    if not admin:
        raise Unavailable("no admin address in its start-up text")
    with urllib.request.urlopen(f"{admin[1]}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(
        r'^weir_thread_downstream_cx_active\{thread="wrk:\d+"\} (\d+)$', text, re.MULTILINE)
    return [int(number) for number in found]
