"""Rules about the repository as a whole: import arrows, folder names, links, decisions, papers.

The table of arrows repeats the one in DESIGN: the compiler keeps targets apart, this keeps the
manifest honest and system modules out.
"""

import os
import re

from source import Finding

SYSTEM = {"Glibc", "Musl", "Synchronization"}
ARROWS = {
    "Stats": {"CLinux"},
    "Exposition": {"Stats", "CSchemas"},
    "History": {"Stats", "CSQLite", "CZstd"},
    "HistoryQuery": {"Stats", "History", "PromQL"},
    "PromQL": {"CRE2"},
    "PromQLTest": {"PromQL"},
    "QueryAPI": {"PromQL"},
    "EventLoop": {"CLinux"},
    "HTTP1": set(),
    "Proxy": {
        "CLinux", "CSchemas", "Stats", "Exposition", "History", "HistoryQuery", "PromQL",
        "QueryAPI", "EventLoop", "HTTP1", "ArgumentParser",
    },
    "weir": {"Proxy"},
    "statsctl": {
        "Stats", "History", "HistoryQuery", "PromQL", "PromQLTest", "QueryAPI", "ArgumentParser",
    },
}
BANNED_FOLDERS = {"Helpers", "Utils", "Common", "Managers", "Models", "Extensions"}
PAPERS = [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "Makefile", ".swift-format",
    ".gitignore", ".ci/run",
]
IMPORT = re.compile(
    r"^[ ]*(?:@\w+(?:\([^)]*\))?[ ]+)*(?:(?:public|package|internal|private|fileprivate)[ ]+)?"
    r"import[ ]+(?:(?:struct|class|enum|func|protocol|typealias|var|let)[ ]+)?(\w+)", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:wo" r"rk|tmp/we" r"ir|home/\w+|root)/")


def import_arrows(tree):
    for source in tree.having("swift"):
        if source.module not in ARROWS:
            continue
        allowed = ARROWS[source.module] | SYSTEM
        for match in IMPORT.finditer(source.code):
            if match[1] not in allowed:
                yield source.at(
                    match.start(1),
                    f"{source.module} must not import {match[1]}"
                    f" (allowed: {', '.join(sorted(allowed))})")


def known_modules(tree):
    for name in sorted({source.module for source in tree.sources if source.module}):
        if name not in ARROWS and not name.startswith("C"):
            yield Finding(f"Sources/{name}", 1, "a module without a row in the table of arrows")


def folder_names(tree):
    for source in tree.sources:
        for name in source.parts[:-1] + [source.parts[-1].split(".")[0]]:
            if name in BANNED_FOLDERS:
                yield Finding(source.path, 1, f"`{name}` is a kind of thing, not a subject")


def machine_paths(tree):
    for source in tree.sources:
        for match in MACHINE_PATH.finditer(source.text):
            yield source.at(match.start(), f"{match[0]} exists on one machine only")


def links(tree):
    for source in tree.having("md"):
        for match, target in relative_links(source):
            if target not in tree.by_path and not is_folder(tree, target):
                yield source.at(match.start(), f"the link to {match[1]} leads nowhere")


def relative_links(source):
    for match in LINK.finditer(without_code_blocks(source.text)):
        target = match[1].split("#")[0]
        if target and not re.match(r"[a-z]+:", target):
            folder = os.path.dirname(source.path)
            yield match, os.path.normpath(os.path.join(folder, target))


def without_code_blocks(text):
    """Same length, so that offsets still hold."""
    return re.sub(r"```.*?```", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.DOTALL)


def is_folder(tree, path):
    return path == "." or any(source.path.startswith(path + "/") for source in tree.sources)


def decisions(tree):
    pages = [s for s in tree.having("md") if s.path.startswith("docs/decisions/")]
    numbers = []
    for page in pages:
        name = page.parts[-1]
        match = re.fullmatch(r"(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md", name)
        if not match:
            if name != "README.md":
                yield Finding(page.path, 1, "a decision is called NNNN-some-words.md")
            continue
        numbers.append(int(match[1]))
        if not page.text.startswith("# "):
            yield Finding(page.path, 1, "a decision begins with a title, `# ...`")
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        yield Finding("docs/decisions", 1, f"numbers run from 0001 without gaps: {sorted(numbers)}")


def internals_reachable(tree):
    pages = {s.path for s in tree.having("md") if s.path.startswith("docs/internals/")}
    seen, queue = set(), ["ARCHITECTURE.md"]
    while queue:
        source = tree.by_path.get(queue.pop())
        if source is None or source.path in seen:
            continue
        seen.add(source.path)
        queue += [target for _, target in relative_links(source) if target.endswith(".md")]
    for page in sorted(pages - seen):
        yield Finding(page, 1, "no way leads here from ARCHITECTURE.md")


def papers(tree):
    for path in PAPERS:
        if path not in tree.by_path:
            yield Finding(path, 1, "is missing")


RULES = [
    import_arrows, known_modules, folder_names, machine_paths, links, decisions,
    internals_reachable, papers,
]
