"""The style rules of this repository that no formatter checks, as a test.

Each rule is a function from a `Source` or the whole `Tree` to findings, and stands in one of the
two lists at the end of its file; `selftest.py` shows for each rule a text that breaks it and one
that keeps it, so no rule can pass because it never looks. Usage: tidy.py [ROOT]
"""

import os
import subprocess
import sys
import time

import rules_text
import rules_tree
import selftest
from source import Source, Tree


def tracked_files(root):
    """Paths that git tracks or would track: what .gitignore names is not ours to judge."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    paths = sorted({path for path in listed.split("\0") if path})
    return [path for path in paths if os.path.isfile(os.path.join(root, path))]


def load(root):
    sources = []
    for path in tracked_files(root):
        with open(os.path.join(root, path), "rb") as file:
            raw = file.read()
        if b"\0" not in raw[:4096]:
            sources.append(Source(path, raw.decode("utf-8", "replace")))
    return Tree(root, sources)


def main():
    started = time.monotonic()
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else f"{__file__}/../../..")
    tree = load(root)
    passed = failed = 0

    for name, complaint in selftest.run():
        failed += complaint is not None
        passed += complaint is None
        if complaint:
            print(f"selftest: {name}: {complaint}")

    for rule in rules_text.RULES + rules_tree.RULES:
        findings = list(rule(tree))
        for finding in findings:
            print(f"{finding}  [{rule.__name__}]")
        failed += bool(findings)
        passed += not findings

    for warning in rules_text.long_file_warnings(tree):
        print(f"warning: {warning}")
    print(f"tidy: {len(tree.sources)} files in {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
