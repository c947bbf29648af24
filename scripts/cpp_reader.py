# SPDX-License-Identifier: Apache-2.0
"""Reads as much of C++ as check_shape.py needs, and no more.

blank() replaces comments, strings and preprocessor lines by spaces, so that
what is left can be read by its braces; functions() classifies each brace by
the text before it. It knows this repository's style (clang-format, Google), not
every C++ there is.
"""

import dataclasses
import re

TOKEN = re.compile(
    r"""(?P<raw>\b(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")
      |(?P<line>//(?:\\\n|[^\n])*)
      |(?P<block>/\*.*?\*/)
      |(?P<string>"(?:\\.|[^"\\\n])*")
      |(?P<char>(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+')
      |(?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)""",
    re.S | re.M | re.X)


def blank(text):
    """The text with comments, strings and directives as spaces (a string
    keeps its quotes)."""

    def spaces(match):
        kept = re.sub(r"[^\n]", " ", match.group())
        if match.lastgroup in ("raw", "tag", "string", "char"):
            kept = '"' + kept[1:-1] + '"' if len(kept) > 1 else kept
        return kept

    return TOKEN.sub(spaces, text)


def raw_string_lines(text):
    """The numbers of the lines that raw strings touch."""
    touched = set()
    for match in TOKEN.finditer(text):
        if match.group("raw"):
            first = text.count("\n", 0, match.start()) + 1
            last = first + match.group().count("\n")
            touched.update(range(first, last + 1))
    return touched


@dataclasses.dataclass
class Function:
    name: str
    line: int
    lines: int = 0
    nesting: int = 0
    parameters: int = 0


CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
AFTER_PARAMETERS = re.compile(
    r"(\)|\b(const|noexcept|override|final|mutable|else|do|try)|"
    r"->\s*[\w:<>,&*\s]+)\s*$")
CONTROL = re.compile(r"\b(if|for|while|switch|catch)\b.*\)\s*$|"
                     r"\b(else|do|try)\s*$", re.S)
LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(<[^<>]*>\s*)?(\([^{}]*\)\s*)?"
                    r"(mutable|noexcept|\s)*(->\s*[\w:<>,&*\s]+)?\s*$", re.S)
INITIALISER_LIST = re.compile(r"\)\s*(noexcept\s*)?:[^:]", re.S)


def classify(head, inside):
    """What a brace opens, by the text since the last boundary; inside is what
    it stands in: container, function, block or value."""
    stripped = head.rstrip()
    if inside == "value":
        return "block" if LAMBDA.search(stripped) else "value"
    if inside == "container":
        if "(" not in stripped and CONTAINER.search(stripped):
            return "container"
        if CONTAINER.match(re.sub(r"^\s*(template\s*<.*?>\s*)?", "", stripped,
                                  flags=re.S)) and not stripped.endswith(")"):
            return "container"
        if LAMBDA.search(stripped) and "=" in stripped:
            return "block"
        if INITIALISER_LIST.search(stripped) and re.search(r"[\w>]$", stripped):
            return "value"  # a member's braces in a constructor's list
        if AFTER_PARAMETERS.search(stripped) and "(" in stripped:
            return "function"
        if stripped.endswith("}") or stripped.endswith(","):
            return "function"  # the body after such a list
        return "value"
    if CONTROL.search(stripped):
        return "block"
    if LAMBDA.search(stripped):
        return "block"
    if stripped == "" or stripped.endswith(":"):
        return "plain"  # a bare scope, or a case's
    if "(" not in stripped and CONTAINER.search(stripped):
        return "container"
    return "value"


def parameters(head):
    """(name, how many) of the function whose head this is. The signature of a
    C library's callback is not ours to choose: one that takes a void* counts
    as none."""
    head = re.sub(r"\[\[.*?\]\]", "", head, flags=re.S)
    match = re.search(r"([~\w:]+|operator\s*\S+?|operator\s*\(\s*\))\s*\(",
                      head)
    if not match:
        return "", 0
    if re.search(r"\bvoid\s*\*", head):
        return match.group(1), 0
    depth, count, seen = 0, 0, False
    for char in head[match.end() - 1:]:
        if char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
            if depth == 0:
                break
        elif char == "," and depth == 1:
            count += 1
        elif not char.isspace():
            seen = True
    return match.group(1), count + 1 if seen else 0


class _Walk:
    """One pass over the braces. Each open brace is (kind, how many round
    brackets were open before it, the function it opens or None)."""

    def __init__(self, code):
        self.code = code
        self.stack = []
        self.found = []
        self.current = None
        self.start = 0  # where the text before the next brace begins
        self.rounds = 0

    def run(self):
        for at, char in enumerate(self.code):
            if char in "()":
                self.rounds += 1 if char == "(" else -1
            elif char == ";" and self.rounds == self._rounds_here():
                self.start = at + 1  # but not those of for (;;)
            elif char == "{":
                self._open(at)
            elif char == "}" and self.stack:
                self._close(at)
        return self.found

    def _rounds_here(self):
        return self.stack[-1][1] if self.stack else 0

    def _open(self, at):
        inside = self.stack[-1][0] if self.stack else "container"
        if inside in ("plain", "block"):
            inside = "function"
        kind = classify(self.code[self.start:at], inside)
        function = None
        if kind == "function" and self.current is None:
            function = self.current = self._function(at)
        self.stack.append((kind, self.rounds, function))
        if self.current and kind == "block":
            deep = sum(1 for entry in self.stack if entry[0] == "block")
            self.current.nesting = max(self.current.nesting, deep)
        if kind != "value":
            self.start = at + 1

    def _close(self, at):
        kind, self.rounds, function = self.stack.pop()
        if function:
            last = self.code.count("\n", 0, at) + 1
            function.lines = last - function.line + 1
            self.found.append(function)
            self.current = None
        if kind != "value":
            self.start = at + 1

    def _function(self, at):
        head = self.code[self.start:at]
        lead = len(head) - len(head.lstrip())
        line = self.code.count("\n", 0, self.start + lead) + 1
        name, count = parameters(head)
        return Function(name=name, line=line, parameters=count)


def functions(code):
    """The functions that the blanked code defines."""
    return _Walk(code).run()
