# SPDX-License-Identifier: Apache-2.0
"""A drain in order: callers go elsewhere before anything is refused, what is
open ends, our agents' own calls go on, and SIGTERM finds little left to do."""
import http.client
import json
import signal
import time
import unittest

import mesh


class DrainTest(mesh.MeshTest):
    def drain(self, sidecar, *more):
        return self.mesh.herald("drain", "--admin",
                                f"127.0.0.1:{sidecar.admin}", *more)

    def test_callers_go_elsewhere_and_none_is_even_refused(self):
        self.start(("fra", "DE", "FarEdge"), ("par", "FR", "NearEdge"))
        fra, par = self.mesh.sites["fra"], self.mesh.sites["par"]
        with self.mesh.steady_calls(callers=4) as calls:
            calls.go_on()
            told = json.loads(self.drain(fra, "--json").stdout)
            self.assertTrue(told["draining"])
            mesh.wait_for(lambda: json.loads(
                self.drain(fra, "--json").stdout)["shut"], "fra to be shut")
            served = len(self.mesh.agents["fra"].seen)
            calls.go_on()
            self.assertEqual(served, len(self.mesh.agents["fra"].seen))
            self.assertEqual(503, fra.ask("/readyz")[0])

            # The agent of fra calls on, until its sidecar is told to end.
            self.assertEqual(200, self.mesh.call(port=fra.port).status)
        statuses = calls.statuses
        self.assertEqual({200}, set(statuses))
        self.assertEqual(len(statuses), len(self.mesh.agents["fra"].seen) +
                         len(self.mesh.agents["par"].seen) - 1)
        began = time.monotonic()
        fra.signal(signal.SIGTERM)
        self.assertEqual(0, fra.wait())
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(200, self.mesh.call().status)
        self.assertEqual(200, par.ask("/readyz")[0])

    def test_a_call_that_is_open_ends_before_the_sidecar_does(self):
        self.start()
        fra, agent = self.mesh.sites["fra"], self.mesh.agents["fra"]
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.mesh.planner.port, timeout=mesh.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/agents/summarizer/sse")
        agent.tick.release()
        stream = connection.getresponse()
        self.assertEqual(b"data: 0\n", stream.readline())
        self.assertIn("1 of their calls", self.drain(fra).stdout)
        fra.signal(signal.SIGTERM)
        mesh.wait_for(lambda: "grace_s" in fra.tail(), "SIGTERM to arrive")
        agent.tick.release()
        agent.tick.release()
        self.assertEqual(b"\ndata: 1\n\ndata: 2\n\n", stream.read())
        self.assertEqual(0, fra.wait())
        self.assertIn("calls_cut=0", fra.tail())

    def test_only_this_machine_and_no_web_page_may_drain(self):
        self.start()
        fra = self.mesh.sites["fra"]
        connection = http.client.HTTPConnection("127.0.0.1", fra.admin)
        self.addCleanup(connection.close)
        connection.request("POST", "/drain",
                           headers={"origin": "http://evil.example"})
        self.assertEqual(403, connection.getresponse().status)
        self.assertEqual(200, fra.ask("/readyz")[0])

    def test_nobody_there_to_drain_is_said(self):
        told = self.mesh.herald("drain", "--admin", "127.0.0.1:9",
                                check=False)
        self.assertEqual(3, told.returncode)
        self.assertIn("--admin", told.stderr)


if __name__ == "__main__":
    unittest.main()
