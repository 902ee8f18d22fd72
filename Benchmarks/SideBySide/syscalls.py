#!/usr/bin/python3
"""System calls per request of weir and the peers, by strace -c: `syscalls.py --help`.

The count is exact but for requests begun before or after; the load runs slower under strace, so
more of them are waited for one by one and `epoll_wait` is a little above what it is in real life.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

import measure
import peers
from run import Case

SHOWN_MIN = 0.02


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.
                                     RawDescriptionHelpFormatter)
    parser.add_argument("--case", default="GET-64B-c64", help="METHOD-BODY-cCONNECTIONS, as in "
                        "the bench's table (default GET-64B-c64)")
    parser.add_argument("--peers", default="weir,nginx,haproxy")
    parser.add_argument("--weir", default=f"{peers.ROOT}/.build/release/weir", metavar="PATH")
    arguments = parser.parse_args()
    words = arguments.case.split("-")
    if len(words) != 3 or words[1] not in peers.BODIES or not words[2][1:].isdigit():
        parser.error(f"--case: {arguments.case}: try POST-16KiB-c64")
    arguments.case = Case(words[0], words[1], int(words[2][1:]))
    return arguments


def count(peer, case, folder):
    """(requests, {call: (per request, errors per request)}) under two seconds of load."""
    table = f"{folder}/strace"
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-o", table, "-p", str(peer.pids()[-1])], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        requests = measure.wrk(peer, case, 2, folder)["requests"]
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
    calls = {}
    with open(table) as file:
        for line in file:
            words = line.split()
            if len(words) in (5, 6) and words[3].isdigit() and words[-1] != "total":
                errors = int(words[4]) if len(words) == 6 else 0
                calls[words[-1]] = (int(words[3]) / requests, errors / requests)
    return requests, calls


def main():
    arguments = parse()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    cpus = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="weir-syscalls.") as folder:
        os.chmod(folder, 0o755)  # nginx may give its worker to another user
        try:
            peers.find_binary("strace")
            with peers.make_origin(
                    peers.find_binary("nginx"), f"{folder}/origin", cpus[0]) as origin:
                for name in arguments.peers.split(","):
                    binary = peers.find_binary(name, arguments.weir if name == "weir" else None)
                    with peers.Peer(name, binary, f"{folder}/{name}", cpus[1:] or cpus,
                                    origin.port) as peer:
                        show(name, *count(peer, arguments.case, folder))
        except peers.Unavailable as reason:
            print(f"no count: {reason}", file=sys.stderr)
            return 1
    return 0


def show(name, requests, calls):
    print(f"{name}, {requests} requests")
    for call, (per_request, errors) in sorted(calls.items(), key=lambda item: -item[1][0]):
        if per_request >= SHOWN_MIN:
            failed = f", of which {errors:.2f} failed" if errors >= SHOWN_MIN else ""
            print(f"  {call:<14} {per_request:6.2f}{failed}")
    total = sum(per_request for per_request, _ in calls.values())
    print(f"  {'all':<14} {total:6.2f}\n")


if __name__ == "__main__":
    sys.exit(main())
