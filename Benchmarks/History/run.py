#!/usr/bin/python3
"""The history beside Prometheus and VictoriaMetrics, in one run on one machine: `run.py --help`.

size     real traffic, exported and put into all three
queries  the same samples in all three, the same questions over HTTP, stores in turn within a round
write    what 10,000 series a second cost weir's writer
import   OpenMetrics samples a second
start    how long statsctl takes to answer

Figures are medians, and only figures of one run compare. Beside each aim stands whether it is met.
"""

import argparse
import datetime
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(1, os.path.abspath(f"{__file__}/../../SideBySide"))

import queries  # noqa: E402
import report  # noqa: E402
import size  # noqa: E402
import stores  # noqa: E402

PARTS = ("size", "queries", "write", "import", "start")
WRITE_SERIES, WRITE_SHARE_MAX = 10_000, 0.01
IMPORT_RATE_MIN, START_MS_MAX = 1_000_000, 30
SIZE_MAX, FRAMES_SIZE_MAX = 0.25, 1.0


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    release = f"{stores.ROOT}/.build/release"
    parser.add_argument("--only", default=",".join(PARTS), metavar="PARTS")
    parser.add_argument("--db", metavar="FILE", help="a history for size, instead of capturing one")
    parser.add_argument("--minutes", type=float, default=5, help="of capture (default 5)")
    parser.add_argument("--series", type=int, default=500)
    parser.add_argument("--hours", type=int, default=24, help="of queries (default 24, even)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default="prometheus,victoriametrics")
    parser.add_argument("--weir", default=f"{release}/weir", metavar="PATH")
    parser.add_argument("--statsctl", default=f"{release}/statsctl", metavar="PATH")
    parser.add_argument("--load", default=f"{release}/HistoryLoad", metavar="PATH")
    parser.add_argument("--out", default=f"{stores.ROOT}/.build/bench-history", metavar="DIR")
    parser.add_argument("--smoke", action="store_true", help="everything once, very short")
    arguments = parser.parse_args()
    arguments.only = [part for part in arguments.only.split(",") if part]
    arguments.peers = [name for name in arguments.peers.split(",") if name]
    if unknown := set(arguments.only) - set(PARTS):
        parser.error(f"--only: {', '.join(sorted(unknown))}: known are {', '.join(PARTS)}")
    if unknown := set(arguments.peers) - set(stores.NAMES[1:]):
        parser.error(f"--peers: {', '.join(sorted(unknown))}: known are "
                     + ", ".join(stores.NAMES[1:]))
    if arguments.smoke:
        arguments.minutes, arguments.series, arguments.hours, arguments.rounds = 0.1, 20, 2, 1
    if arguments.hours < 2 or arguments.hours % 2 or arguments.rounds < 1 or arguments.series < 1:
        parser.error("--hours is even and at least 2, --rounds and --series begin at 1")
    return arguments


def write_load(arguments, folder):
    series, seconds = (200, 20) if arguments.smoke else (WRITE_SERIES, 300)
    start = int(time.time() - seconds) * 1000
    figures = json.loads(stores.run(
        arguments.load, "write", f"{folder}/write.db", str(series), str(start), str(seconds)))
    figures["share"] = (figures["flush_s"] + figures["upkeep_s"]) / figures["seconds"]
    return figures


def import_rate(arguments, folder):
    """One-second samples of the query set, two hours of them at most."""
    source = f"{folder}/import-source.db"
    seconds = 300 if arguments.smoke else stores.BLOCK_SECONDS
    start = int(time.time()) // stores.BLOCK_SECONDS * stores.BLOCK_SECONDS - 86_400
    stores.run(arguments.load, "make", source, str(arguments.series), str(start * 1000),
               str(seconds))
    text = f"{folder}/import.om"
    samples, _, _ = size.export(arguments, source, text)
    begin = time.perf_counter()
    stores.run(arguments.statsctl, "import", text, "--db", f"{folder}/imported.db")
    return {"samples": samples, "rate": samples / (time.perf_counter() - begin)}


def start_time(arguments, folder):
    """Of the whole command, from fork to exit."""
    source = f"{folder}/start.db"
    stores.run(arguments.load, "make", source, "100", str(int(time.time() - 60) * 1000), "60")
    times = {"--version": [], "info": []}
    for _ in range(5 if arguments.smoke else 25):
        for name, command in (("--version", ["--version"]), ("info", ["info", "--db", source])):
            begin = time.perf_counter()
            subprocess.run([arguments.statsctl, *command], check=True, capture_output=True)
            times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values) * 1000 for name, values in times.items()}


def verdict(is_met):
    return "met" if is_met else "NOT MET"


def size_rows(result):
    aims = {"weir, frames alone": FRAMES_SIZE_MAX, "weir, compacted": SIZE_MAX}
    return [[name, f"{row['bytes']:,}", f"{row['per_sample']:.3f}",
             f"<= {aims[name]}, {verdict(row['per_sample'] <= aims[name])}"
             if name in aims else "-"]
            for name, row in result["rows"].items()]


def text(results):
    lines = ["# The history beside Prometheus and VictoriaMetrics\n"]
    lines.append(f"{results['time']}, `make bench-history`, {results['machine']}\n")
    for name, reason in results["reasons"].items():
        lines.append(f"- {name}: none: {reason}\n")
    if found := results.get("size"):
        lines.append(f"\n## Size\n\n{found['samples']:,} samples of {found['series']:,} series as "
                     "/metrics prints them; whole files and folders.\n\n")
        lines.append(report.grid(["store", "bytes", "a sample", "aim"], size_rows(found)))
    if found := results.get("queries"):
        lines.append(queries.text(found))
    rows = []
    if found := results.get("write"):
        rows.append([f"write load at {found['series']:,} series/s",
                     f"{found['share']:.2%} of a core",
                     f"<= 1 %, {verdict(found['share'] <= WRITE_SHARE_MAX)}"])
    if found := results.get("import"):
        rows.append(["import", f"{found['rate']:,.0f} samples/s",
                     f">= 1,000,000, {verdict(found['rate'] >= IMPORT_RATE_MIN)}"])
    if found := results.get("start"):
        for name, millis in found.items():
            rows.append([f"statsctl {name}", f"{millis:.1f} ms",
                         f"< {START_MS_MAX} ms, {verdict(millis < START_MS_MAX)}"])
    if rows:
        lines.append("\n## Write, import, start\n\n")
        lines.append(report.grid(["what", "measured", "aim"], rows))
    return "".join(lines)


def main():
    arguments = parse()
    # However it is told to end, the stores it started end first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    results = {"time": datetime.datetime.now(datetime.timezone.utc).isoformat("T", "seconds"),
               "machine": f"{len(os.sched_getaffinity(0))} cores", "reasons": {}}
    for name in list(arguments.peers):
        if reason := stores.missing(name):
            results["reasons"][name] = reason
            arguments.peers.remove(name)
    for program in (arguments.weir, arguments.statsctl, arguments.load):
        if not shutil.which(program):
            sys.exit(f"bench-history: no program at {program}: make build")
    os.makedirs(arguments.out, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="run-", dir=arguments.out)
    parts = {"size": size.measure, "queries": queries.measure, "write": write_load,
             "import": import_rate, "start": start_time}
    try:
        for part in PARTS:
            if part not in arguments.only:
                continue
            stores.progress(part)
            try:
                results[part] = parts[part](arguments, folder)
            except (stores.Unavailable, OSError) as error:
                results["reasons"][part] = str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with open(f"{arguments.out}/bench.json", "w") as file:
        json.dump(results, file, indent=1)
    document = text(results)
    with open(f"{arguments.out}/bench.md", "w") as file:
        file.write(document)
    print(document)


if __name__ == "__main__":
    main()
