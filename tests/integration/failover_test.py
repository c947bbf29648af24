# SPDX-License-Identifier: Apache-2.0
"""Peers die; calls are neither lost without a word nor done twice."""
import signal
import threading
import unittest

import mesh

SITES = (("fra", "DE", "FarEdge"), ("par", "FR", "NearEdge"))


class FailoverTest(mesh.MeshTest):
    def start_idempotent(self):
        for site in SITES:
            self.mesh.site(*site).idempotent = ["POST /summarize"]
        self.mesh.start()

    def test_calls_prefer_the_nearer_tier(self):
        self.start(*SITES)
        peers = [self.mesh.call().headers["herald-peer"] for _ in range(20)]
        self.assertGreaterEqual(peers.count("fra"), 18, peers)

    def test_no_idempotent_call_is_lost_when_a_sidecar_is_killed(self):
        self.start_idempotent()
        with self.mesh.steady_calls("/agents/summarizer/summarize") as calls:
            calls.go_on()
            self.mesh.sites["fra"].signal(signal.SIGKILL)
            calls.go_on()
        self.assertEqual({200}, set(calls.statuses))

    def test_lost_call_that_is_not_idempotent_is_told_and_not_doubled(self):
        self.start(*SITES)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            self.mesh.call("/agents/summarizer/slow", "POST", b"pay")))
        thread.start()
        agent = self.mesh.agents["fra"]
        mesh.wait_for(lambda: ("POST", "/slow") in agent.seen,
                      "the call to reach the agent")
        self.mesh.sites["fra"].signal(signal.SIGKILL)
        thread.join()
        self.assertEqual(502, answers[0].status)
        self.assertTrue(
            answers[0].json()["type"].endswith("outcome-unknown"))
        self.assertEqual([], self.mesh.agents["par"].seen)

    def test_agent_that_is_down_is_passed_over_unseen(self):
        self.start(*SITES)
        self.mesh.agents["fra"].stop()
        reply = self.mesh.call(method="POST", body=b"x")
        self.assertEqual((200, "par"),
                         (reply.status, reply.headers["herald-peer"]))

    def test_peer_that_returns_is_used_again(self):
        self.start(*SITES)
        site = self.mesh.sites["fra"]
        site.signal(signal.SIGKILL)
        site.process.wait()
        mesh.wait_for(lambda: self.mesh.planner.peers()["fra"]["state"]
                      == "down", "the peer to be seen down")
        self.assertEqual("par", self.mesh.call().headers["herald-peer"])
        site.start()
        mesh.wait_for(
            lambda: self.mesh.call().headers["herald-peer"] == "fra",
            "calls to come back")


if __name__ == "__main__":
    unittest.main()
