# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: refuse new, finish old, say goodbye, exit 0."""
import signal
import threading
import unittest

import mesh


class ShutdownTest(mesh.MeshTest):
    def test_open_call_is_finished_before_the_caller_side_exits(self):
        self.start()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            self.mesh.call("/agents/summarizer/slow")))
        thread.start()
        agent = self.mesh.agents["fra"]
        mesh.wait_for(lambda: agent.seen, "the call to reach the agent")
        self.mesh.planner.signal(signal.SIGTERM)
        mesh.wait_for(lambda: "drain" in self.mesh.planner.tail(),
                      "the drain to begin")
        agent.release.set()
        thread.join()
        self.assertEqual(200, answers[0].status)
        self.assertEqual(0, self.mesh.planner.wait())

    def test_open_call_is_finished_before_the_callee_side_exits(self):
        self.start()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            self.mesh.call("/agents/summarizer/slow", "POST", b"x")))
        thread.start()
        agent = self.mesh.agents["fra"]
        mesh.wait_for(lambda: agent.seen, "the call to reach the agent")
        site = self.mesh.sites["fra"]
        site.signal(signal.SIGTERM)
        mesh.wait_for(lambda: "drain" in site.tail(), "the drain to begin")
        agent.release.set()
        thread.join()
        self.assertEqual(200, answers[0].status)
        self.assertEqual(0, site.wait())

    def test_draining_peer_loses_no_call(self):
        self.start(("fra", "DE", "FarEdge"), ("par", "FR", "NearEdge"))
        with self.mesh.steady_calls() as calls:
            calls.go_on()
            self.mesh.sites["fra"].signal(signal.SIGTERM)
            self.assertEqual(0, self.mesh.sites["fra"].wait())
            calls.go_on()
        self.assertEqual({200}, set(calls.statuses))

    def test_second_signal_ends_at_once(self):
        self.start()
        thread = threading.Thread(target=lambda: self.assertRaises(
            Exception, self.mesh.call, "/agents/summarizer/slow"))
        thread.start()
        mesh.wait_for(lambda: self.mesh.agents["fra"].seen, "an open call")
        self.mesh.planner.signal(signal.SIGTERM)
        mesh.wait_for(lambda: "drain" in self.mesh.planner.tail(),
                      "the drain to begin")
        self.mesh.planner.signal(signal.SIGTERM)
        self.mesh.planner.wait()
        thread.join()


if __name__ == "__main__":
    unittest.main()
