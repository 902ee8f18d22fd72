#!/usr/bin/env python3
"""Builds the fuzzer with AddressSanitizer and runs its targets one after the other.

What a run learns stays in .build-fuzz/corpus/TARGET and is where the next one begins; what it
finds is in .build-fuzz/findings/TARGET, ready to be copied to Tests/Fuzz/Corpus/TARGET. Ends with
a table, and with exit code 1 when there is a finding.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(f"{__file__}/../../..")
SCRATCH = f"{ROOT}/.build-fuzz"
BINARY = f"{SCRATCH}/release/WeirFuzz"
TARGETS = ("PromQLText", "ChunkDecoding", "OpenMetricsImport", "HTTPHead")
# SwiftPM's own flag leaves main to libFuzzer; it knows one sanitizer at a time, the compiler two.
BUILD = [
    "swift", "build", "-c", "release", "--package-path", f"{ROOT}/Tests/Fuzz", "--scratch-path",
    SCRATCH, "--product", "WeirFuzz", "--sanitize=fuzzer", "-Xswiftc",
    "-sanitize=fuzzer,address", "-Xswiftc", "-enable-testing"]
# A query or an import of a few kilobytes is a matter of milliseconds and of a few megabytes.
LIMITS = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=1500", "-malloc_limit_mb=600"]


def environment(target, folder):
    return {
        **os.environ, "WEIR_FUZZ_TARGET": target, "TMPDIR": folder,
        # Swift's own crash report waits for a debugger's leave; libFuzzer's does not.
        "SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "detect_leaks=0"}


def run(target, seconds, folder):
    """Runs one target; (lines of the log, exit code)."""
    corpus, seeds, findings = (
        f"{SCRATCH}/{name}/{target}" for name in ("corpus", "seeds", "findings"))
    shutil.rmtree(seeds, ignore_errors=True)
    for path in (corpus, seeds, findings):
        os.makedirs(path, exist_ok=True)
    variables = environment(target, folder)
    subprocess.run([BINARY], env={**variables, "WEIR_FUZZ_SEEDS": seeds}, check=True)
    given = [path for path in (f"{ROOT}/Tests/Fuzz/Corpus/{target}",) if os.path.isdir(path)]
    log = f"{SCRATCH}/{target}.log"
    with open(log, "w", encoding="utf-8") as output:
        code = subprocess.run(
            ["nice", BINARY, f"-max_total_time={seconds}", *LIMITS, "-print_final_stats=1",
             f"-artifact_prefix={findings}/", corpus, seeds, *given],
            env=variables, stdout=output, stderr=subprocess.STDOUT).returncode
    with open(log, encoding="utf-8", errors="replace") as lines:
        return lines.read().split("\n"), code


def row(target, lines, code):
    edges = [int(found[1]) for line in lines if (found := re.search(r"\bcov: (\d+)", line))]
    runs = next((line.split()[-1] for line in lines if "number_of_executed_units" in line), "0")
    found = next((line.split()[-1] for line in lines if "Test unit written to" in line), "none")
    if found != "none":
        found = os.path.relpath(found, ROOT)
    elif code:
        found = f"exit {code}, see .build-fuzz/{target}.log"
    grown = f"{edges[0]:,} to {edges[-1]:,}" if edges else "-"
    return f"{target:<20}{int(runs):>12,}{grown:>18}   {found}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--target", choices=TARGETS, help="this one only")
    parser.add_argument("--seconds", type=int, default=60, help="for each target, 60 if not given")
    options = parser.parse_args()
    if subprocess.run(BUILD).returncode:
        return 1
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    rows, failed = [], False
    for target in [options.target] if options.target else TARGETS:
        print(f"{target}: {options.seconds} s", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="weir-fuzz-", dir=shared) as folder:
            lines, code = run(target, options.seconds, folder)
        failed = failed or code != 0
        rows.append(row(target, lines, code))
        if code:
            shown = [line for line in lines if not line.startswith(("#", "0x"))]
            print("\n".join(shown[-40:]), file=sys.stderr)
    print(f"{'target':<20}{'inputs':>12}{'edges reached':>18}   finding")
    print("\n".join(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
