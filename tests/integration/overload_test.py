# SPDX-License-Identifier: Apache-2.0
"""Too many calls: who is told to come back, who goes elsewhere, and that
memory stays bounded when an agent stops reading."""
import contextlib
import json
import os
import select
import socket
import threading
import time
import unittest

import mesh

MIB = 1 << 20


class StuckAgent:
    """Takes connections and never reads a byte."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.taken = []
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        with contextlib.suppress(OSError):
            while True:
                self.taken.append(self.listener.accept()[0])

    def stop(self):
        self.listener.close()
        for connection in self.taken:
            connection.close()


class OverloadTest(mesh.MeshTest):
    def open_calls(self, count, path="/agents/summarizer/slow", method="GET"):
        """That many requests on their way, each on a connection of its own."""
        calls = []
        for _ in range(count):
            call = socket.create_connection(
                ("127.0.0.1", self.mesh.planner.port))
            self.addCleanup(call.close)
            call.settimeout(mesh.PATIENCE)
            call.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n"
                         .encode())
            calls.append(call)
        return calls

    def status(self, call):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = call.recv(4096)
            self.assertTrue(piece, "the connection ended without an answer")
            data += piece
        head = data.split(b"\r\n\r\n")[0].decode().lower()
        return int(head.split()[1]), head

    def test_callers_own_bound_tells_its_agent_to_come_back(self):
        self.mesh.planner.extra = "limits: {openCalls: 3}"
        self.start()
        agent = self.mesh.agents["fra"]
        calls = self.open_calls(3)
        mesh.wait_for(lambda: len(agent.seen) == 3, "three calls under way")

        refused = self.mesh.call()
        self.assertEqual(429, refused.status)
        self.assertEqual("1", refused.headers["retry-after"])
        problem = refused.json()
        self.assertTrue(problem["type"].endswith("/overloaded"))
        self.assertIn("limits.openCalls", problem["detail"])

        grpc = self.mesh.call(method="POST", headers={
            "content-type": "application/grpc"})
        self.assertEqual(200, grpc.status)
        self.assertEqual("8", grpc.headers["grpc-status"])
        self.assertIn("overloaded", grpc.headers["grpc-message"])
        self.assertEqual("1", grpc.headers["retry-after"])
        self.assertEqual("1000", grpc.headers["grpc-retry-pushback-ms"])

        agent.release.set()
        self.assertEqual([200] * 3, [self.status(call)[0] for call in calls])
        self.assertEqual(200, self.mesh.call().status)
        self.assertEqual(4, len(agent.seen))  # none of the refused
        shown = json.loads(self.mesh.planner.ask("/config")[1])
        self.assertEqual({"openCalls": 3}, shown["limits"])

    def test_more_than_the_agent_may_have_at_once_waits_or_goes_elsewhere(self):
        self.start(("fra", "DE", "FarEdge"))
        agent, site = self.mesh.agents["fra"], self.mesh.sites["fra"]
        calls = self.open_calls(230)
        mesh.wait_for(lambda: len(agent.seen) == 100, "the agent to be full")
        # Those that waited a second for nothing, and those for whom there was
        # no room to wait, are told so.
        mesh.wait_for(lambda: site.metric("herald_admission_refused_total")
                      == 130, "the others to be turned away")
        self.assertEqual(100, len(agent.seen))
        self.assertEqual(100, site.metric("herald_admission_limit"))
        agent.release.set()
        answers = [self.status(call) for call in calls]
        self.assertEqual(100, [code for code, _ in answers].count(200))
        refused = [head for code, head in answers if code == 429]
        self.assertEqual(130, len(refused))
        self.assertIn("retry-after: 1", refused[0])

        # With a second peer nobody is turned away who has room there.
        agent.release.clear()
        agent.seen.clear()
        self.mesh.site("par", "FR", "FarEdge").start()
        self.mesh.write("peers.yaml", self.mesh.peers_text())
        mesh.wait_for(lambda: len(self.mesh.planner.peers()) == 2, "par known")
        self.mesh.wait_up()
        other = self.mesh.agents["par"]
        calls = self.open_calls(190)
        mesh.wait_for(lambda: len(agent.seen) + len(other.seen) == 190,
                      "each call to reach an agent")
        agent.release.set()
        other.release.set()
        self.assertEqual({200}, {self.status(call)[0] for call in calls})

    def test_memory_is_bounded_when_an_agent_stops_reading(self):
        stuck = StuckAgent()
        self.addCleanup(stuck.stop)
        site = self.mesh.site("fra")
        site.agent_port = stuck.port
        site.card = "none"
        other = mesh.Sidecar(self.mesh, "par", "translator",
                             self.mesh.facts("FR", "FarEdge"), 0)
        agent = mesh.AgentServer("par")
        other.agent_port = agent.server_address[1]
        other.card = "none"
        self.mesh.sites["par"], self.mesh.agents["par"] = other, agent
        peers_text = self.mesh.peers_text

        def with_translator(sites=None):
            head, tail = peers_text(sites).split("- name: par")
            return head + "- name: par" + tail.replace(
                "summarizer", "translator")
        self.mesh.peers_text = with_translator
        self.mesh.start()
        before = {s.name: s.rss_mib() for s in (self.mesh.planner, site)}

        calls = self.open_calls(0)
        for _ in range(200):
            call = socket.create_connection(
                ("127.0.0.1", self.mesh.planner.port))
            self.addCleanup(call.close)
            call.setblocking(False)
            call.send(b"POST /agents/summarizer/ HTTP/1.1\r\nHost: x\r\n"
                      b"Content-Length: 1000000000\r\n\r\n")
            calls.append(call)
        sent, peak, slowest = 0, {}, 0.0
        quiet = time.monotonic() + 3
        while time.monotonic() < quiet:  # until nobody takes more for 3 s
            _, writable, _ = select.select([], calls, [], 0.1)
            for call in writable:
                try:
                    sent += call.send(b"x" * 65536)
                    quiet = time.monotonic() + 3
                except BlockingIOError:
                    pass
                except OSError:  # answered with 429, and closed
                    calls.remove(call)
            began = time.monotonic()
            self.assertEqual(200, self.mesh.call(
                "/agents/translator/", "POST", b"y" * 1000).status)
            slowest = max(slowest, time.monotonic() - began)
            for s in (self.mesh.planner, site):
                peak[s.name] = max(peak.get(s.name, 0), s.rss_mib())
        grown = {name: peak[name] - before[name] for name in peak}
        print(f"\n200 callers offered {sent / MIB:.0f} MiB that nobody reads; "
              f"resident memory grew by "
              + ", ".join(f"{mib:.0f} MiB at {name}"
                          for name, mib in grown.items())
              + f"; calls to others took at most {slowest * 1000:.0f} ms")
        self.assertLess(slowest, 2)
        if os.environ.get("HERALD_SANITIZED"):
            self.skipTest("THE BOUNDS WERE NOT LOOKED AT: a sanitizer keeps "
                          "what was freed for a while")
        # A window a call at its caller, one window a connection at the callee.
        self.assertLess(grown["planner-0"], 320)
        self.assertLess(grown["fra"], 64)


if __name__ == "__main__":
    unittest.main()
