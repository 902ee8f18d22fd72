"""Runs the system tests; the last line is "N passed, N failed". Usage: run.py [-k WORD] [MODULE...]

Every module runs in a process of its own, so that one that hangs or dies is one failure. `-k` keeps
the tests whose name contains the word. WEIR_JOBS runs that many modules at a time (default 1).
"""

import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MODULE_SECONDS_MAX = 240
SUMMARY = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
COUNTS = re.compile(r"(failures|errors|skipped|unexpected successes)=(\d+)")


def run_module(name, keep):
    command = [sys.executable, "-B", "-W", "error::SyntaxWarning", "-m", "unittest", "-v"]
    command += [f"-k={word}" for word in keep] + [name]
    slow = float(os.environ.get("WEIR_SLOW") or (5 if os.environ.get("WEIR_SANITIZER") else 1))
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=MODULE_SECONDS_MAX * slow)
        output = done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace") + "\n*** out of time"
    return name, output, time.monotonic() - started


def count(output):
    """(passed, failed, skipped); a module without a summary is one failure."""
    if not (ran := SUMMARY.search(output)):
        return 0, 1, 0
    tail = output[ran.end():]
    numbers = {key: int(value) for key, value in COUNTS.findall(tail)}
    failed = numbers.get("failures", 0) + numbers.get("errors", 0)
    skipped = numbers.get("skipped", 0)
    return max(0, int(ran[1]) - failed - skipped), failed, skipped


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", action="append", default=[], metavar="WORD")
    parser.add_argument("modules", nargs="*")
    arguments = parser.parse_args()
    modules = [os.path.basename(m).removesuffix(".py") for m in arguments.modules] or sorted(
        os.path.basename(path)[:-3] for path in glob.glob(f"{HERE}/test_*.py"))

    binary = os.path.abspath(os.environ.get("WEIR_BINARY") or f"{HERE}/../../.build/release/weir")
    if not os.access(binary, os.X_OK):
        print(f"no weir at {binary}: `make build` makes one\n0 passed, 1 failed")
        return 1

    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("WEIR_JOBS", "1"))) as pool:
        jobs = [pool.submit(run_module, name, arguments.k) for name in modules]
        for job in concurrent.futures.as_completed(jobs):
            name, output, seconds = job.result()
            good, bad, left_out = count(output)
            passed, failed, skipped = passed + good, failed + bad, skipped + left_out
            if bad:
                print(output)
            else:
                print("\n".join(line for line in output.splitlines() if " skipped " in line))
            print(f"{name}: {good} passed, {bad} failed, {left_out} skipped, {seconds:.1f} s",
                  flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
