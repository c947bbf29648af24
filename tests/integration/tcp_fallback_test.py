# SPDX-License-Identifier: Apache-2.0
"""UDP to a peer is blocked: calls go over TCP, by the same rules."""
import socket
import threading
import unittest

import mesh


class TcpRelay:
    """Serves a port number by TCP alone, towards another port."""

    def __init__(self, to):
        self.to = to
        self.listener = socket.create_server(("127.0.0.1", mesh.free_port()))
        self.port = self.listener.getsockname()[1]
        self.open = [self.listener]
        self.sources = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, source = self.listener.accept()
                self.sources.add(source[0])
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            self.open += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self.copy, args=pair,
                                 daemon=True).start()

    @staticmethod
    def copy(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        for one in self.open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


class TcpFallbackTest(mesh.MeshTest):
    def start_behind_relay(self, country="DE", way=""):
        site = self.mesh.site("fra", country, "FarEdge")
        self.relay = TcpRelay(site.mesh_port)
        self.addCleanup(self.relay.stop)
        address = f"address: 127.0.0.1:{self.relay.port}"
        text = self.mesh.peers_text().replace(
            f"address: 127.0.0.1:{site.mesh_port}",
            f"ways: [{{name: slice, {address}, {way}}}]" if way else address)
        self.mesh.peers_text = lambda: text
        self.mesh.start()
        return site

    def test_calls_pass_where_udp_does_not(self):
        site = self.start_behind_relay()
        for size in (0, 10, 3_000_000):
            reply = self.mesh.call("/agents/summarizer/echo", "POST",
                                   b"x" * size)
            self.assertEqual((200, "fra"),
                             (reply.status, reply.headers["herald-peer"]))
        planner = self.mesh.planner
        self.assertGreaterEqual(
            planner.metric("herald_peer_tcp_connects_total"), 1)
        self.assertGreaterEqual(
            site.metric("herald_mesh_tcp_handshakes_total"), 1)
        self.assertIn("peer_up_over_tcp", planner.tail())
        fra = planner.peers()["fra"]
        self.assertEqual("tcp", fra["transport"])
        self.assertGreater(fra["rttMs"], 0)

    def test_it_leaves_as_the_way_says(self):
        self.start_behind_relay(way="bind: 127.0.0.9, dscp: 46")
        self.assertEqual(200, self.mesh.call().status)
        self.assertEqual({"127.0.0.9"}, self.relay.sources)

    def test_policy_holds_over_tcp_too(self):
        self.start_behind_relay("US")
        self.assertEqual(200, self.mesh.call().status)
        self.mesh.agents["fra"].seen.clear()
        reply = self.mesh.call(headers={"herald-labels": "personal"})
        self.assertEqual(403, reply.status)
        self.assertEqual([], self.mesh.agents["fra"].seen)

    def test_call_cut_off_with_its_connection_is_told_and_not_doubled(self):
        self.start_behind_relay()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            self.mesh.call("/agents/summarizer/slow", "POST", b"pay")))
        thread.start()
        agent = self.mesh.agents["fra"]
        mesh.wait_for(lambda: ("POST", "/slow") in agent.seen,
                      "the call to reach the agent")
        self.relay.stop()
        thread.join()
        self.assertEqual(502, answers[0].status)
        self.assertTrue(
            answers[0].json()["type"].endswith("outcome-unknown"))
        self.assertEqual(1, agent.seen.count(("POST", "/slow")))


if __name__ == "__main__":
    unittest.main()
