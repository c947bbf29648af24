# SPDX-License-Identifier: Apache-2.0
"""What the example shows: at most 100 columns; colour only on a terminal that
wants it (NO_COLOR, TERM=dumb)."""

import os
import shlex
import textwrap
import time


class Page:
    """Commands, what came of them, and which promises were kept."""

    WIDTH = 100

    def __init__(self, out):
        self.out = out
        self.colour = (out.isatty() and not os.environ.get("NO_COLOR") and
                       os.environ.get("TERM") != "dumb")
        self.promises = []
        self.began = time.monotonic()

    def line(self, text="", code=None):
        if code and self.colour:
            text = f"\033[{code}m{text}\033[0m"
        print(text, file=self.out, flush=True)

    def title(self, text, detail):
        self.line()
        self.line(text, "1")
        self.line("  " + detail, "2")

    def note(self, text):
        self.line("  " + text, "36")

    def command(self, words, done, lines=None):
        """What a person would type, and what came of it."""
        self.line("  $ herald " + shlex.join(words), "1")
        said = (done.stdout + done.stderr).rstrip().splitlines()
        self.text(said[:lines])
        if lines and len(said) > lines:
            self.line(f"      ... {len(said) - lines} lines more", "2")
        if done.returncode:
            self.line(f"      exit {done.returncode}", "2")

    def text(self, lines):
        for line in lines:
            indent = " " * (len(line) - len(line.lstrip()) + 4)
            for piece in textwrap.wrap(
                    line, self.WIDTH, initial_indent="      ",
                    subsequent_indent="      " + indent,
                    drop_whitespace=True) or [""]:
                self.line(piece, "33")

    def promise(self, text, kept):
        self.promises.append((text, kept))
        self.line(("  kept    " if kept else "  BROKEN  ") + text,
                  "32" if kept else "31;1")

    def summary(self):
        kept = sum(1 for _, fine in self.promises if fine)
        fine = kept == len(self.promises)
        self.line()
        self.line(f"{kept} of {len(self.promises)} promises kept, "
                  f"{time.monotonic() - self.began:.0f} s",
                  "32;1" if fine else "31;1")
        for text, held in self.promises:
            if not held:
                self.line(f"  broken: {text}")
        return fine
