"""Prints "N passed, N failed" for the xUnit files that `swift test` wrote; exit 1 when none did.

A run that crashed writes no file: that is a failure, not an empty success.
"""

import sys
import xml.etree.ElementTree as tree

tests = failures = skipped = 0
for path in sys.argv[1:]:
    try:
        suites = tree.parse(path).getroot().iter("testsuite")
    except (OSError, tree.ParseError):
        continue
    for suite in suites:
        tests += int(suite.get("tests", 0))
        failures += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        # swift-testing's `tests` leaves out the skipped ones, XCTest's does not; neither passes.
        skipped += int(suite.get("skipped", 0))
if tests == 0:
    print("0 passed, 1 failed (no test has run)")
    sys.exit(1)
print(f"{tests - failures} passed, {failures} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failures else 0)
