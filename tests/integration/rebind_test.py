# SPDX-License-Identifier: Apache-2.0
"""The caller's address changes under its calls."""
import http.client
import unittest

import mesh
import udp_relay


class RebindTest(mesh.MeshTest):
    def setUp(self):
        super().setUp()
        site = self.mesh.site("fra")
        self.relay = udp_relay.Relay(site.mesh_port, delay=0.002)
        self.addCleanup(self.relay.stop)
        text = self.mesh.peers_text().replace(
            f"127.0.0.1:{site.mesh_port}", f"127.0.0.1:{self.relay.port}")
        self.mesh.peers_text = lambda: text
        self.mesh.start()

    def moves(self):
        return self.mesh.sites["fra"].metric("herald_mesh_peer_moves_total")

    def test_stream_goes_on_when_a_nat_rebinds(self):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.mesh.planner.port, timeout=mesh.PATIENCE)
        self.addCleanup(connection.close)
        agent = self.mesh.agents["fra"]
        agent.tick.release()
        connection.request("GET", "/agents/summarizer/sse")
        reply = connection.getresponse()
        for number in range(3):
            self.assertEqual(f"data: {number}\n".encode(), reply.readline())
            self.assertEqual(b"\n", reply.readline())
            self.relay.rebind()
            before = self.moves()
            # Any call of ours shows the callee the new address.
            self.assertEqual(200, self.mesh.call().status)
            mesh.wait_for(lambda: self.moves() > before, "the peer followed")
            agent.tick.release()
        self.assertEqual(b"", reply.read())

    def test_no_call_is_lost_while_addresses_change(self):
        with self.mesh.steady_calls() as calls:
            for _ in range(5):
                self.relay.rebind()
                calls.go_on(30)
        self.assertEqual({200}, set(calls.statuses))
        self.assertGreaterEqual(self.moves(), 5)


if __name__ == "__main__":
    unittest.main()
