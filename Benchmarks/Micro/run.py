#!/usr/bin/env python3
"""Runs the microbenchmarks and prints one table: time per operation, beside the aim where one is.

The library's plugin builds and runs them; its own tables round to whole nanoseconds, so its figures
are taken unscaled and divided here. An aim that is missed is said and does not fail: the figures
are of a machine, and of what else it did. `--filter REGEX` runs those whose name it matches.
"""

import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(f"{__file__}/../../..")
# Most nanoseconds at the median, less those of the loop round it where that was measured.
AIMS = {"counter add": (0.7, None), "histogram record, near": (3.0, "histogram loop alone"),
        "scrape, again": (40e6, None)}
PERCENTILES = ("p0", "p50", "p90", "p99")
COLUMNS = ("p0", "p25", "p50", "p75", "p90", "p99", "p100")
ROW = re.compile(r"^│ (.+?) +│(.*)│$")


def command(pattern):
    return [
        "swift", "package", "--package-path", f"{ROOT}/Benchmarks/Micro",
        "--scratch-path", f"{ROOT}/.build-micro", "benchmark", "--no-progress", "--scale",
        "--time-units", "nanoseconds", "--filter", f".*(?:{pattern}).*"]


def parse(lines):
    """{benchmark: {metric: {column: number}}}; a name stands over its table."""
    found, name, previous = {}, "", ""
    for line in lines:
        if line.startswith("╒"):
            name = previous
        elif (match := ROW.match(line)) and match[1] != "Metric":
            cells = [float(cell) for cell in match[2].split("│")]
            found.setdefault(name, {})[match[1]] = dict(zip(COLUMNS, cells))
        previous = line.strip() or previous
    return found


def time(nanos):
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if nanos >= size:
            return f"{nanos / size:,.2f} {unit}" if nanos < 100 * size else (
                f"{nanos / size:,.0f} {unit}")
    return f"{nanos:,.2f} ns"


def median(metrics):
    return metrics["Time (wall clock) (ns)"]["p50"] / metrics["operations"]["p50"]


def print_table(found):
    print(f"{'per operation':<40}" + "".join(f"{column:>11}" for column in PERCENTILES) + "  aim")
    for name in sorted(found):
        metrics = dict(found[name])
        nanos = metrics.pop("Time (wall clock) (ns)")
        count = metrics.pop("operations")["p50"]
        cells = "".join(f"{time(nanos[column] / count):>11}" for column in PERCENTILES)
        text = ""
        if name in AIMS:
            aim, loop = AIMS[name]
            own = nanos["p50"] / count - (median(found[loop]) if loop in found else 0)
            less = f", {time(own)} without the loop" if loop in found else ""
            text = f"  {time(aim)}{': MISSED' if own > aim else ''}{less}"
        extra = "".join(f"  {metric} {values['p50']:,.0f}" for metric, values in metrics.items())
        print(f"{name:<40}{cells}{text}{extra}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--filter", metavar="REGEX", default="", help="run what matches only")
    process = subprocess.Popen(
        command(parser.parse_args().filter), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(("Building", "Build of")):
            print(line.rstrip(), file=sys.stderr)
    found = parse(lines)
    if process.wait() or not found:
        print("\n".join(lines[-60:]), file=sys.stderr)
        print("bench-micro: the benchmarks did not run", file=sys.stderr)
        return 1
    print_table(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
