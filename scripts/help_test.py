#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every script tells what it is for, and does nothing else meanwhile."""

import pathlib
import subprocess
import unittest

SCRIPTS = pathlib.Path(__file__).parent


def verbs():
    return [path for path in sorted(SCRIPTS.iterdir())
            if path.is_file() and path.suffix == ""]


def help_of(path):
    done = subprocess.run([path, "--help"], capture_output=True, text=True,
                          timeout=20)
    return done.returncode, done.stdout + done.stderr


class HelpTest(unittest.TestCase):
    def test_each_script_says_what_it_is_for(self):
        for path in verbs():
            with self.subTest(path.name):
                status, text = help_of(path)
                self.assertEqual(0, status, text)
                self.assertIn(path.name, text)
                self.assertNotIn("SPDX", text)
                self.assertNotIn("herald: ", text, "it went on to work")

    def test_it_is_the_whole_head_of_the_script_and_no_more(self):
        status, text = help_of(SCRIPTS / "build")
        self.assertEqual(0, status)
        self.assertTrue(text.startswith("scripts/build: packages"), text)
        self.assertNotIn("source", text)


if __name__ == "__main__":
    unittest.main()
