#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the shape of the code: what docs/STYLE.md says a script checks.

If a limit hurts, the cut is wrong. C++ is read with a small reader of its own
(cpp_reader.py): comments and strings are blanked, braces are classified, and
that is enough for lengths, nesting and parameters.

    scripts/check_shape.py [ROOT]
"""

import ast
import collections
import pathlib
import re
import subprocess
import sys

import cpp_reader

FUNCTION_LINES = 70
MAIN_LINES = 80
FILE_LINES = 500
LINE_COLUMNS = 80
NESTING = 4
PARAMETERS = 5
README_LINES = 40

SPDX = "SPDX-License-Identifier: Apache-2.0"
# Spelled in two parts, so that this file does not find itself.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
DIRECTION = re.compile(r"(up|down)" r"stream", re.I)
EMPTY_NOUN = re.compile(r"\b(?:class|struct|enum class|namespace|using)\s+"
                        r"(\w*(?:Manager|Helper|Helpers|Util|Utils|Impl))\b")
EMPTY_FILE = re.compile(r"(manager|helper|helpers|util|utils|impl)\.(h|cc)$")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
# Kinds of files in which our own words count (nginx's configuration has its
# own), and the page that must name a banned word to ban it.
OUR_WORDS = (".h", ".cc", ".proto", ".md", ".yaml")
MAY_NAME = "docs/STYLE.md"
# A README of these is a user's page, not a room's sign.
LONG_README = ("README.md", "sdk/README.md", "examples/README.md")

Problem = collections.namedtuple("Problem", "path line text")


def check_head(path, lines):
    """First line, pragma, and the essay that each file opens with."""
    if SPDX not in "\n".join(lines[:2]):
        yield Problem(path, 1, f"does not open with '{SPDX}'")
    if path.endswith(".h") and "#pragma once" not in lines:
        yield Problem(path, 1, "has no '#pragma once'")
    # A source's essay stands in a header of its folder, if it has one.
    folder = str(pathlib.Path(path).parent)
    own_header = any(l.startswith(f'#include "{folder}/') for l in lines)
    if path.endswith(".h") or (path.endswith(".cc") and not own_header and
                               not path.endswith("_test.cc")):
        essay = [l for l in lines[1:] if l.startswith("//")]
        if sum(map(len, essay)) < 30:
            yield Problem(path, 1, "has no opening essay: what this is, why it "
                          "exists, what never changes")


def check_cpp(path, text):
    lines = text.splitlines()
    yield from check_head(path, lines)
    code = cpp_reader.blank(text)
    raw = cpp_reader.raw_string_lines(text)
    for number, line in enumerate(lines, 1):
        if (len(line) > LINE_COLUMNS and number not in raw and
                "#include" not in line and "://" not in line):
            yield Problem(path, number, f"{len(line)} columns")
    is_test = path.startswith("tests/") or path.endswith("_test.cc")
    for number, line in enumerate(code.splitlines(), 1):
        noun = EMPTY_NOUN.search(line)
        if noun:
            yield Problem(path, number, f"{noun.group(1)} says nothing: name "
                          "the noun of the field")
        if is_test and SLEEP.search(line):
            yield Problem(path, number, "a test does not sleep")
    yield from check_functions(path, code)


def check_functions(path, code):
    for function in cpp_reader.functions(code):
        most = MAIN_LINES if function.name == "main" else FUNCTION_LINES
        if function.lines > most:
            yield Problem(path, function.line, f"{function.name}: "
                          f"{function.lines} lines, at most {most}")
        if function.nesting > NESTING:
            yield Problem(path, function.line, f"{function.name}: nested "
                          f"{function.nesting} deep, at most {NESTING}")
        if function.parameters > PARAMETERS:
            yield Problem(path, function.line, f"{function.name}: "
                          f"{function.parameters} parameters, at most "
                          f"{PARAMETERS}")


def check_python(path, text):
    lines = text.splitlines()
    yield from check_head(path, lines)
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS and "://" not in line:
            yield Problem(path, number, f"{len(line)} columns")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield Problem(path, node.lineno, f"{node.name}: {length} lines,"
                              f" at most {FUNCTION_LINES}")


def check_markdown(path, text):
    titles, fenced = 0, False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        titles += not fenced and line.startswith("# ")
    if titles != 1:
        yield Problem(path, 1, f"{titles} titles ('# '), wanted one")
    length = text.count("\n")
    if (path.endswith("README.md") and path not in LONG_README and
            length > README_LINES):
        yield Problem(path, 1, f"{length} lines; a folder's README has at most "
                      f"{README_LINES}")


def check_words(path, text):
    """What holds for every kind of text."""
    if EMPTY_FILE.search(path):
        yield Problem(path, 1, "its name says nothing: name the noun")
    for number, line in enumerate(text.splitlines(), 1):
        if (path.endswith(OUR_WORDS) and path != MAY_NAME and
                DIRECTION.search(line)):
            yield Problem(path, number, "say agent, peer, inbound, outbound or "
                          "next hop")
        if LEFTOVER.search(line):
            yield Problem(path, number, "unfinished: do it, or open an issue")


def check_file(path, text):
    yield from check_words(path, text)
    length = text.count("\n")
    if path.endswith((".h", ".cc", ".py", ".proto")) and length > FILE_LINES:
        yield Problem(path, 1, f"{length} lines, at most {FILE_LINES}")
    if path.endswith((".h", ".cc")):
        yield from check_cpp(path, text)
    elif path.endswith(".py"):
        yield from check_python(path, text)
    elif path.endswith(".proto"):
        yield from check_head(path, text.splitlines())
    elif path.endswith(".md"):
        yield from check_markdown(path, text)


def check_folders(files):
    """Each folder that holds code has a README."""
    folders = {str(pathlib.Path(f).parent) for f in files
               if f.endswith((".h", ".cc"))}
    for folder in sorted(folders):
        # The SDK's layout is told in one place.
        home = "sdk" if folder.startswith("sdk/") else folder
        if f"{home}/README.md" not in files:
            yield Problem(home, 0, "has no README.md: its job, its files in "
                          "reading order, its rule")


def texts(root):
    """Files that are committed or about to be, that people wrote as text."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True, check=True).stdout.split("\n")
    for name in sorted(set(listed)):
        path = root / name
        if (not name or name.startswith("tests/fuzz/corpus/") or
                name == "LICENSE" or not path.is_file()):
            continue
        try:
            yield name, path.read_text()
        except UnicodeDecodeError:
            continue


def main():
    default = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]).resolve() if sys.argv[1:] else default
    files, problems = set(), []
    for path, text in texts(root):
        files.add(path)
        problems += check_file(path, text)
    problems += check_folders(files)
    for problem in problems:
        print(f"{problem.path}:{problem.line}: {problem.text}")
    print(f"shape: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
