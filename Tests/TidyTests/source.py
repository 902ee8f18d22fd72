"""One file under test, and all of them together: text, lines, and code with the prose blanked out.

`code` has the same line and column positions as `text`, with comments and string contents turned
into spaces, so that rules about words and braces never trip over prose.
"""

import functools
import re


class Finding:
    def __init__(self, path, line, message):
        self.path, self.line, self.message = path, line, message

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.suffix = path.rsplit(".", 1)[-1] if "." in path.rsplit("/", 1)[-1] else ""
        self.parts = path.split("/")

    def __repr__(self):
        return self.path

    @property
    def module(self):
        """`Stats` for Sources/Stats/Shard.swift, None outside Sources."""
        return self.parts[1] if self.parts[0] == "Sources" and len(self.parts) > 2 else None

    @functools.cached_property
    def code(self):
        return blank_prose(self.text) if self.suffix in ("swift", "c", "h") else self.text

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def at(self, offset, message):
        return Finding(self.path, self.line_of(offset), message)


class Tree:
    def __init__(self, root, sources):
        self.root = root
        self.sources = sources
        self.by_path = {source.path: source for source in sources}

    def having(self, *suffixes):
        return [source for source in self.sources if source.suffix in suffixes]


TOKEN = re.compile(
    r"""//[^\n]*|/\*|(?P<hashes>\#+)?(?P<quotes>\"\"\"|\")|'(?:\\.|[^'\\\n])'""", re.VERBOSE)


def blank_prose(text):
    out = list(text)
    position = 0
    while match := TOKEN.search(text, position):
        start = match.start()
        if match["quotes"]:
            end = string_end(text, match.end(), match["quotes"], match["hashes"] or "")
        elif match[0] == "/*":
            end = comment_end(text, match.end())
        else:
            end = match.end()
        for i in range(start, end):
            if out[i] != "\n":
                out[i] = " "
        position = max(end, match.end())
    return "".join(out)


def comment_end(text, position):
    """Swift's block comments nest; C's do not, but nobody opens one inside another."""
    depth = 1
    for match in re.compile(r"/\*|\*/").finditer(text, position):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    return len(text)


def string_end(text, position, quotes, hashes):
    close, escape = quotes + hashes, "\\" + hashes
    while position < len(text):
        if text.startswith(close, position):
            return position + len(close)
        if text.startswith(escape, position):
            position += len(escape)
            if text.startswith("(", position):
                position = interpolation_end(text, position + 1)
            else:
                position += 1
        elif text[position] == "\n" and quotes == '"':
            return position
        else:
            position += 1
    return position


def interpolation_end(text, position):
    depth = 1
    while position < len(text) and depth:
        letter = text[position]
        if letter == '"':
            quotes = '"""' if text.startswith('"""', position) else '"'
            position = string_end(text, position + len(quotes), quotes, "")
            continue
        depth += {"(": 1, ")": -1}.get(letter, 0)
        position += 1
    return position
