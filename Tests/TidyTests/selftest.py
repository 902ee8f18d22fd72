"""For each rule a tree that breaks it and one that keeps it: a rule that cannot fail is no rule."""

import rules_text
import rules_tree
from source import Source, Tree

TOP = "// one\n// two\n// three\n"
LONG_FUNCTION = "func f(\n    a: Int\n) -> Int {\n" + "    g()\n" * 58 + "}\n"
HOME_FUNCTION = "func f(\n    a: Int\n) -> Int {\n" + "    g()\n" * 56 + "}\n"
LATER = "TO" + "DO"
ALL_PAPERS = {path: "" for path in rules_tree.PAPERS}
BRACES = 'func f() {\n    g("{ \\(h("{")) {")\n}\n' + "let x = 1\n" * 70


def papers_and(**extra):
    return {**ALL_PAPERS, **extra}


# rule, files that break it, files that keep it
CASES = [
    (rules_text.file_length, {"Sources/A/a.swift": "\n" * 601}, {"Sources/A/a.swift": "\n" * 600}),
    (rules_text.line_length, {"a.py": "x" * 101 + "\n"}, {"a.py": "x" * 100 + "\n"}),
    (rules_text.white_space, {"a.md": "a \n"}, {"a.md": "a\n"}),
    (rules_text.white_space, {"a.swift": "\tlet a\n"}, {"a.swift": "    let a\n"}),
    (rules_text.white_space, {"a.swift": "let a"}, {"Makefile": "x:\n\ty\n"}),
    (rules_text.white_space, {"a.md": "a\n\n"}, {"a.md": ""}),
    (rules_text.file_top, {"Sources/A/a.swift": "// a\n// b\nimport X\n"},
     {"Sources/A/a.swift": TOP + "import X\n"}),
    (rules_text.file_top, {"Sources/A/a.h": "// a\n" * 9}, {"Tests/A/a.swift": "import X\n"}),
    (rules_text.file_top, {"Sources/A/a.c": "/* a */\n"}, {"Sources/A/a.c": "/* a\n b\n c */\n"}),
    (rules_text.banned_words, {"a.md": f"{LATER}: later\n"}, {"a.md": f"{LATER}S\n"}),
    (rules_text.banned_words, {"a.swift": "try! f()\n"}, {"a.swift": "// try! is banned\n"}),
    (rules_text.banned_words, {"Sources/Proxy/Worker/a.swift": "let m = Mutex(0)\n"},
     {"Sources/Proxy/Server/a.swift": "let m = Mutex(0)\n"}),
    (rules_text.banned_words, {"Sources/Proxy/Upstream/a.swift": "func f() async {\n}\n"},
     {"Sources/Proxy/Upstream/a.swift": 'let a = "async"  // await a Task\n'}),
    (rules_text.banned_words, {"Sources/Proxy/Downstream/a.swift": "final actor A {\n}\n"},
     {"Sources/Proxy/Downstream/a.swift": "let factor = actors\n"}),
    (rules_text.function_length, {"a.swift": LONG_FUNCTION}, {"a.swift": HOME_FUNCTION}),
    (rules_text.function_length, {"a.swift": "init?<T>(a: T)\nwhere T: B {\n" + "x\n" * 60 + "}\n"},
     {"a.swift": "protocol P {\n    func f()\n}\nstruct S {\n" + "    let x = 1\n" * 70 + "}\n"}),
    (rules_text.function_length, {"a.c": "int f(int a) {\n" + "    g();\n" * 60 + "}\n"},
     {"a.c": "int f(int a);\n" + "int g(void) { return 1; }\n" * 70}),
    (rules_text.function_length, {"a.py": "def f():\n" + "    g()\n" * 60}, {"a.swift": BRACES}),
    (rules_tree.import_arrows, {"Sources/Stats/a.swift": "import EventLoop\n"},
     {"Sources/Stats/a.swift": "public import CLinux\nimport Glibc\n"}),
    (rules_tree.import_arrows,
     {"Sources/HTTP1/a.swift": "@preconcurrency import struct Foundation.Data\n"},
     {"Sources/HTTP1/a.swift": "// import Foundation\n"}),
    (rules_tree.known_modules, {"Sources/New/a.swift": ""}, {"Sources/CLinux/a.c": ""}),
    (rules_tree.folder_names, {"Sources/Stats/Utils/a.swift": ""}, {"Sources/Stats/Cut.swift": ""}),
    (rules_tree.folder_names, {"Sources/Stats/Helpers.swift": ""}, {"docs/Util.md": ""}),
    (rules_tree.machine_paths, {"a.sh": "cd /wo" + "rk/main\n"},
     {"a.sh": "cd net/wo" + "rk/main\n"}),
    (rules_tree.links, {"docs/a.md": "[b](b.md)\n"},
     {"docs/a.md": "[b](../c.md#x) [u](https://a/b) ![p](gone.png)\n```\n[x](y)\n```\n",
      "c.md": ""}),
    (rules_tree.decisions, {"docs/decisions/0002-a.md": "# A\n"},
     {"docs/decisions/0001-a.md": "# A\n"}),
    (rules_tree.decisions, {"docs/decisions/first.md": "# A\n"}, {"docs/decisions/README.md": ""}),
    (rules_tree.decisions, {"docs/decisions/0001-a.md": "A\n"}, {}),
    (rules_tree.internals_reachable, {"docs/internals/a.md": "", "ARCHITECTURE.md": ""},
     {"docs/internals/a.md": "", "docs/internals/b.md": "[a](a.md)",
      "ARCHITECTURE.md": "[b](docs/internals/b.md)"}),
    (rules_tree.papers, {}, papers_and()),
]


def run():
    """Yields (rule name, None or what is wrong)."""
    for rule, breaking, keeping in CASES:
        complaint = None
        if not list(rule(tree_of(breaking))):
            complaint = f"finds nothing wrong in {breaking}"
        elif found := list(rule(tree_of(keeping))):
            complaint = f"complains about a good text: {found[0]}"
        yield rule.__name__, complaint
    untested = set(rules_text.RULES + rules_tree.RULES) - {case[0] for case in CASES}
    yield "every rule is shown to fail", f"not shown: {untested}" if untested else None


def tree_of(files):
    return Tree("/", [Source(path, text) for path, text in files.items()])
