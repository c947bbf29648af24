# SPDX-License-Identifier: Apache-2.0
"""The command line that a platform team keeps its policies with."""
import os
import subprocess
import unittest

HERALD = os.environ["HERALD_BIN"]


def herald(*argv):
    return subprocess.run([HERALD, *argv], capture_output=True, text=True)


class PolicyToolsTest(unittest.TestCase):
    def test_a_caller_without_a_spiffe_id_is_unusable_input(self):
        said = herald("policy", "explain", "--caller", "nospiffe",
                      "--agent", "summarizer", "--config", "none.yaml")
        self.assertEqual(2, said.returncode, said.stderr)
        self.assertIn("'nospiffe' is no SPIFFE id", said.stderr)


if __name__ == "__main__":
    unittest.main()
