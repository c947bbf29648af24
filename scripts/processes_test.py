#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ports for processes that listen a while after their port was chosen."""
import pathlib
import subprocess
import sys
import unittest

import processes

HANDED_OUT = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


class FreePortTest(unittest.TestCase):
    def test_an_outgoing_connection_cannot_take_it(self):
        lowest = int(HANDED_OUT.read_text().split()[0])
        if lowest < 32768:  # Linux' own choice; someone has lowered it
            self.skipTest(f"this system hands out ports from {lowest} on")
        self.assertLess(max(processes.PORTS), lowest)
        self.assertIn(processes.free_port(), processes.PORTS)

    def test_another_process_cannot_choose_it(self):
        port = processes.free_port()
        choose = (f"import processes; ports = iter(range({port}, 65536));"
                  "processes.random.choice = lambda _: next(ports);"
                  "print(processes.free_port())")
        other = subprocess.run([sys.executable, "-c", choose], text=True,
                               cwd=pathlib.Path(__file__).parent,
                               capture_output=True, check=True, timeout=20)
        self.assertGreater(int(other.stdout), port)


class DieWithParentTest(unittest.TestCase):
    def test_a_child_ends_when_its_parent_is_killed(self):
        parent = subprocess.run(
            [sys.executable, "-c",
             "import os, processes, signal, subprocess;"
             "subprocess.Popen(['sleep', '60'],"
             "                 preexec_fn=processes.die_with_parent);"
             "os.kill(os.getpid(), signal.SIGKILL)"],
            cwd=pathlib.Path(__file__).parent, stdout=subprocess.PIPE,
            timeout=20)  # its stdout ends when the last who holds it is gone
        self.assertEqual(-9, parent.returncode)


if __name__ == "__main__":
    unittest.main()
