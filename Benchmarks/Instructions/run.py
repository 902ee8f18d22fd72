#!/usr/bin/env python3
"""User instructions per proxied request, counted by callgrind: the same on a busy machine.

For each case weir runs with one worker. After a warm-up two windows of N1 and N2 requests are
counted, and (I2 - I1) / (N2 - N1) is the figure: what is not a request cancels out. The figures are
compared with thresholds.json: 5 % more fails, 5 % less asks for `--update`, which writes the file.
They hold for one architecture and one compiler; another one prints that it is another.
"""

import argparse
import dataclasses
import json
import os
import platform
import re
import subprocess
import sys
import tempfile

import callgrind
import traffic
from callgrind import Trouble

ROOT = os.path.abspath(f"{__file__}/../../..")
THRESHOLDS = os.path.abspath(f"{__file__}/../thresholds.json")
TOLERANCE, REPEAT_TOLERANCE = 0.05, 0.01
WARM_UP, TOP = 50, 25


@dataclasses.dataclass
class Case:
    name: str
    request: bytes
    few: int = 100
    many: int = 500
    connects: bool = False


CASES = [
    Case("GET-64B", traffic.get("/64B")),
    Case("GET-16KiB", traffic.get("/16KiB")),
    Case("GET-1MiB", traffic.get("/1MiB"), 50, 250),
    Case("GET-chunked", traffic.get("/chunked")),
    Case("GET-browser", traffic.get("/64B", traffic.BROWSER)),
    Case("POST-64B", traffic.post(64)),
    Case("POST-16KiB", traffic.post(16 << 10)),
    Case("new-connection", traffic.get("/64B"), connects=True),
]


def measure(case, binary, folder):
    """Dump files of the window of few and of the window of many requests."""
    with traffic.Origin() as origin, callgrind.Weir(binary, folder, origin.port) as weir:
        client = traffic.Client(weir.wait_for_port(), case)
        try:
            client.send(WARM_UP)
            weir.end_window()
            client.send(case.few)
            few = weir.end_window()
            client.send(case.many)
            return few, weir.end_window()
        except OSError as error:
            raise Trouble(f"{case.name}: {error}") from error
        finally:
            client.close()


def per_request(case, few, many):
    return (many - few) / (case.many - case.few)


def profile(case, few, many, inclusive):
    less, more = callgrind.functions(few, inclusive), callgrind.functions(many, inclusive)
    costs = {name: per_request(case, less.get(name, 0), more[name]) for name in more}
    whole = per_request(case, callgrind.total(few), callgrind.total(many))
    top = sorted(costs.items(), key=lambda item: -item[1])[:TOP]
    print(f"\n{case.name}: {whole:,.0f} instructions per request,"
          f" {'inclusive' if inclusive else 'self'}")
    for name, (_, cost) in zip(callgrind.demangled([name for name, _ in top]), top):
        print(f"{cost:12,.1f} {cost / whole:7.1%}  {name[:150]}")


def repeat(case, binary, given):
    """The case's figure, once for each run."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="weir-instructions-") as folder:
        copy = callgrind.without_debug_info(binary, folder)
        for number in range(given.repeat):
            few, many = measure(case, copy, f"{folder}/{number}")
            figures.append(per_request(case, callgrind.total(few), callgrind.total(many)))
            if given.profile and number == 0:
                profile(case, few, many, given.profile == "inclusive")
    return figures


def verdict(found, expected):
    if expected is None:
        return "no threshold: --update writes it", False
    change = found / expected - 1
    if change > TOLERANCE:
        return f"{change:+.1%}: MORE than {TOLERANCE:.0%} over the threshold", True
    if change < -TOLERANCE:
        return f"{change:+.1%}: better; `make check-instructions ARGS=--update` keeps it", False
    return f"{change:+.1%}", False


def swift_version():
    try:
        done = subprocess.run(["swift", "--version"], capture_output=True, text=True)
    except OSError:
        return "unknown"
    match = re.search(r"Swift version (\S+)", done.stdout)
    return match[1] if match else "unknown"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", metavar="CASE", action="append", help="this case (repeatable)")
    parser.add_argument("--update", action="store_true", help="write the figures as thresholds")
    parser.add_argument("--repeat", type=int, default=1, metavar="N",
                        help="runs of each case; they must agree within 1 %%")
    parser.add_argument("--profile", choices=["self", "inclusive"], nargs="?", const="self",
                        help=f"also print the top {TOP} functions")
    parser.add_argument("--binary", default=f"{ROOT}/.build/release/weir", metavar="FILE")
    given = parser.parse_args()
    known = [case.name for case in CASES]
    for name in given.only or []:
        if name not in known:
            parser.error(f"no case {name}; there are {', '.join(known)}")
    if given.repeat < 1:
        parser.error("--repeat takes 1 or more")
    return given


def run(given):
    callgrind.find_tools()
    binary = os.path.abspath(given.binary)
    if not os.access(binary, os.X_OK):
        raise Trouble(f"no program at {binary}; `make build` makes it")
    here = {"architecture": platform.machine(), "swift": swift_version()}
    with open(THRESHOLDS) as file:
        stored = json.load(file)
    expected, failed = stored["instructions_per_request"], False
    if stored["measured_on"] != here and not given.update:
        print(f"notice: the thresholds are of {stored['measured_on']}, this is {here}")
    print(f"{'case':<16}{'instructions':>13}{'threshold':>11}{'spread':>9}  verdict")
    found = {}
    for case in CASES:
        if given.only and case.name not in given.only:
            continue
        figures = repeat(case, binary, given)
        found[case.name] = figure = sorted(figures)[len(figures) // 2]
        spread = max(figures) / min(figures) - 1
        text, is_over = verdict(figure, expected.get(case.name))
        if spread > REPEAT_TOLERANCE:
            text, is_over = f"{text}; the runs differ by {spread:.1%}", True
        failed |= is_over and not given.update
        print(f"{case.name:<16}{figure:>13,.0f}{expected.get(case.name, 0):>11,}"
              f"{f'{spread:.2%}' if given.repeat > 1 else '':>9}  {text}", flush=True)
    if given.update:
        expected.update({name: round(figure) for name, figure in found.items()})
        with open(THRESHOLDS, "w") as file:
            json.dump({"measured_on": here, "instructions_per_request": expected}, file, indent=4)
            file.write("\n")
        print(f"written: {os.path.relpath(THRESHOLDS)}")
    return failed


def main():
    try:
        return 1 if run(arguments()) else 0
    except Trouble as trouble:
        print(f"check-instructions: {trouble}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
