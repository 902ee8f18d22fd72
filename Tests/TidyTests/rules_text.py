"""Rules that look at one file at a time: sizes, white space, file tops, words.

A banned word names what to write instead. The words are put together from halves here, so that
this file keeps its own rules.
"""

import ast
import re

from source import Finding

LINES_MAX, LINES_LONG, FUNCTION_LINES_MAX, COLUMNS_MAX = 600, 400, 60, 100
HEADER_LINES = range(3, 9)
OURS = ("swift", "c", "h", "py", "sh", "md")
CODE = ("swift", "c", "h", "py", "sh")
GENERATED = ("docs/metrics.md",)

ANYWHERE = [
    (r"\bTO" r"DO\b", "do it, or leave it out"),
    (r"\bFIX" r"ME\b", "fix it, or open an issue"),
    (r"\bXX" r"X\b", "say what is wrong, in words"),
    (r"-Ounch" r"ecked", "-O: the checks stay"),
    (r"enforce-exclusivity=unch" r"ecked", "the checks stay"),
    (r"fatalError\(\"not impl" r"emented", "leave the case out until it is written"),
]
IN_SWIFT = [
    (r"\btry!", "a typed error, or a result enum for bytes from a peer"),
    (r"\bas!", "`as?` with a precondition that names the bug"),
    (r"\bDispatch(Queue|Group|Semaphore)\b", "a named thread and its mailbox"),
]
IN_SOURCES = [
    (r"\bNSLock\b", "a mailbox; `Mutex` on the control plane"),
]
ON_WORKERS = [
    (r"\b(async|await)\b", "the worker's loop: return to it and come back by an event"),
    (r"\bTask\b(?!\s*:)", "the worker's loop"),
    (r"^\s*(\w+ )*actor\b", "a plain class that its worker owns"),
    (r"\bMutex\b", "state that one worker owns, or a message to its mailbox"),
]
WORKER_FOLDERS = tuple(
    f"Sources/Proxy/{name}/" for name in ("Worker", "Downstream", "Upstream", "Filters"))


def file_length(tree):
    for source in tree.having(*OURS):
        count = source.text.count("\n")
        if count > LINES_MAX and source.path not in GENERATED:
            yield Finding(source.path, count, f"{count} lines, the limit is {LINES_MAX}: split it")


def long_file_warnings(tree):
    for source in tree.having(*CODE):
        count = source.text.count("\n")
        if LINES_LONG < count <= LINES_MAX:
            yield f"{source.path}: {count} lines are long, {LINES_LONG} is home"


def line_length(tree):
    for source in tree.having(*CODE):
        for number, line in enumerate(source.lines, 1):
            if len(line) > COLUMNS_MAX:
                yield Finding(source.path, number, f"{len(line)} columns, limit {COLUMNS_MAX}")


def white_space(tree):
    for source in tree.having(*OURS, "yaml", "json", "proto", "sql"):
        for number, line in enumerate(source.lines, 1):
            if line != line.rstrip():
                yield Finding(source.path, number, "white space at the end of the line")
            if "\t" in line:
                yield Finding(source.path, number, "a tab: indent with 4 spaces")
        if source.text and not source.text.endswith("\n"):
            yield Finding(source.path, len(source.lines), "no newline at the end of the file")
        if source.text.endswith("\n\n"):
            yield Finding(source.path, len(source.lines), "empty lines at the end of the file")


def file_top(tree):
    for source in tree.having("swift", "c", "h"):
        if source.parts[0] != "Sources":
            continue
        lines = list(source.lines)
        if lines[0].startswith("// swift-tools-version"):
            lines = lines[1:]
        count = header_lines(lines)
        if count not in HEADER_LINES:
            yield Finding(
                source.path, 1,
                f"{count} comment lines at the top; 3 to 8 say what the file owns, why, its thread")


def header_lines(lines):
    if lines and lines[0].startswith("/*"):
        for number, line in enumerate(lines, 1):
            if "*/" in line:
                return number
    count = 0
    while count < len(lines) and lines[count].startswith("//"):
        count += 1
    return count


def banned_words(tree):
    for source in tree.having(*OURS):
        yield from words(source, source.text, ANYWHERE)
    for source in tree.having("swift"):
        yield from words(source, source.code, IN_SWIFT)
        if source.path.startswith("Sources/"):
            yield from words(source, source.code, IN_SOURCES)
        if source.path.startswith(WORKER_FOLDERS):
            yield from words(source, source.code, ON_WORKERS)


def words(source, text, table):
    for pattern, substitute in table:
        for match in re.finditer(pattern, text, re.MULTILINE):
            yield source.at(match.start(), f"`{match[0].strip()}`: {substitute}")


SWIFT_FUNCTION = re.compile(r"\b(?:func\s+[^\s(<]+|init[?!]?|deinit|subscript)(?=\s*[(<{])")
C_FUNCTION = re.compile(r"^[A-Za-z_][^\n;={}]*\([^;{}]*\)\s*(?=\{)", re.MULTILINE)


def function_length(tree):
    for source in tree.having("swift", "c", "h", "py"):
        for name, offset_line, count in functions(source):
            if count > FUNCTION_LINES_MAX:
                yield Finding(
                    source.path, offset_line,
                    f"{name} has {count} lines, the limit is {FUNCTION_LINES_MAX}")


def functions(source):
    if source.suffix == "py":
        for node in ast.walk(ast.parse(source.text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name, node.lineno, node.end_lineno - node.lineno + 1
        return
    pattern = SWIFT_FUNCTION if source.suffix == "swift" else C_FUNCTION
    for match in pattern.finditer(source.code):
        is_swift = source.suffix == "swift"
        brace = body_brace(source.code, match.end()) if is_swift else match.end()
        if brace is None or preceded_by_dot(source.code, match.start()):
            continue
        first = source.line_of(match.start())
        last = source.line_of(closing_brace(source.code, brace))
        yield match[0].split("(")[0].strip(), first, last - first + 1


def preceded_by_dot(code, offset):
    """`self.init(...)` and `.init(...)` are calls."""
    return offset > 0 and code[offset - 1] == "."


def body_brace(code, position):
    """Offset of the brace that opens a Swift function's body; None for a requirement or a call."""
    depth = 0
    while position < len(code):
        letter = code[position]
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0 and letter == "{":
            return position
        elif depth == 0 and letter in "};":
            return None
        elif depth == 0 and letter == "\n":
            rest = code[position:].lstrip()
            if not re.match(r"->|where\b|throws\b|rethrows\b|async\b|\{|\(", rest):
                return None
        position += 1
    return None


def closing_brace(code, position):
    depth = 0
    for match in re.compile(r"[{}]").finditer(code, position):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return len(code)


RULES = [file_length, line_length, white_space, file_top, banned_words, function_length]
