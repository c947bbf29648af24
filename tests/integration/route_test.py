# SPDX-License-Identifier: Apache-2.0
"""Why a call goes where it goes: asked of the sidecar, and of the call."""
import json
import subprocess
import unittest

import mesh

SITES = (("fra", "DE", "FarEdge"), ("par", "FR", "NearEdge"))


class RouteTest(mesh.MeshTest):
    def explain(self, *arguments):
        return subprocess.run(
            [mesh.HERALD, "route", "explain", *arguments, "--admin",
             f"127.0.0.1:{self.mesh.planner.admin}"],
            capture_output=True, text=True, timeout=30, check=False)

    def test_each_peer_is_shown_with_its_terms_and_why(self):
        self.start(*SITES)
        self.mesh.call()
        mesh.wait_for(lambda: all(peer["rttMs"] is not None for peer
                                  in self.mesh.planner.peers().values()),
                      "both peers to be measured")
        done = self.explain("summarizer", "--json")
        self.assertEqual(0, done.returncode, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual("fra", answer["choice"]["peer"])
        peers = {peer["peer"]: peer for peer in answer["peers"]}
        self.assertEqual({"fra", "par"}, set(peers))
        for peer in peers.values():
            terms = peer["terms"]
            added = sum(terms.values()) - 2 * (terms["nearMs"] +
                                               terms["affinityMs"])
            self.assertAlmostEqual(peer["score"], added, places=3)
        self.assertEqual(30, peers["par"]["terms"]["handicapMs"])
        self.assertEqual("in", peers["fra"]["standing"])
        table = self.explain("summarizer").stdout
        self.assertRegex(table, r"fra +FarEdge .* in +near the best")
        self.assertIn("a call would go to fra", table)

    def test_a_denied_peer_is_shown_with_what_denies_it(self):
        self.start(*SITES)
        done = self.explain("summarizer", "--label", "unheard-of", "--json")
        answer = json.loads(done.stdout)
        self.assertEqual(1, done.returncode)
        self.assertIsNone(answer["choice"])
        for peer in answer["peers"]:
            self.assertFalse(peer["allowed"])
            self.assertIn("unheard-of", peer["why"])

    def test_an_unknown_agent_is_unusable_input(self):
        self.start(*SITES)
        done = self.explain("nobody")
        self.assertEqual(2, done.returncode)
        self.assertIn("no peer serves 'nobody'", done.stderr)

    def test_a_response_says_why_when_it_is_asked(self):
        self.start(*SITES)
        reply = self.mesh.call(headers={"herald-explain": "route"})
        route = reply.headers["herald-route"]
        self.assertRegex(route, r"^peer=fra; reason=\w+; score=[0-9.]+ms; ")
        self.assertRegex(route, r"; of=2$")
        self.assertNotIn("herald-route", self.mesh.call().headers)
        self.assertEqual(400, self.mesh.call(
            headers={"herald-explain": "everything"}).status)

    def test_calls_of_one_affinity_stay_together(self):
        self.start(("a", "DE", "FarEdge"), ("b", "DE", "FarEdge"))
        ask = {"herald-affinity": "case-4711"}
        first = self.mesh.call(headers=ask).headers["herald-peer"]
        peers = [self.mesh.call(headers=ask).headers["herald-peer"]
                 for _ in range(20)]
        self.assertEqual({first}, set(peers))
        done = self.explain("summarizer", "--affinity", "case-4711", "--json")
        self.assertEqual(first, json.loads(done.stdout)["holder"])

    def test_a_required_peer_that_is_gone_is_not_replaced(self):
        self.start(("a", "DE", "FarEdge"), ("b", "DE", "FarEdge"))
        ask = {"herald-affinity": "case-4711; required"}
        first = self.mesh.call(headers=ask).headers["herald-peer"]
        self.mesh.sites[first].stop()
        mesh.wait_for(lambda: self.mesh.planner.peers()[first]["state"]
                      == "down", "the peer to be seen down")
        reply = self.mesh.call(headers=ask)
        self.assertEqual(503, reply.status)
        self.assertIn(first, reply.json()["detail"])
        self.assertEqual(200, self.mesh.call().status)


if __name__ == "__main__":
    unittest.main()
