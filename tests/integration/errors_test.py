# SPDX-License-Identifier: Apache-2.0
"""Bad input gets a clear error: what is wrong, where, and what to do."""
import socket
import unittest

import mesh


class ErrorsTest(mesh.MeshTest):
    def test_unknown_agent_names_the_nearest(self):
        self.start()
        reply = self.mesh.call("/agents/sumarizer/")
        self.assertEqual(404, reply.status)
        self.assertTrue(reply.json()["type"].endswith("unknown-agent"))
        self.assertIn("'summarizer'", reply.json()["detail"])

    def test_request_that_names_nobody_says_how_to(self):
        self.start()
        reply = self.mesh.call("/hello")
        self.assertEqual(404, reply.status)
        self.assertIn("/agents/NAME", reply.json()["detail"])

    def test_oversized_headers_are_431(self):
        self.start()
        reply = self.mesh.call(headers={"x-big": "a" * 70000})
        self.assertEqual(431, reply.status)

    def test_too_many_header_fields_are_431(self):
        self.start()
        reply = self.mesh.call(headers={f"x-{n}": "1" for n in range(120)})
        self.assertEqual(431, reply.status)

    def test_conflicting_framing_is_400_and_never_forwarded(self):
        self.start()
        with socket.create_connection(
                ("127.0.0.1", self.mesh.planner.port)) as raw:
            raw.sendall(b"POST /agents/summarizer/ HTTP/1.1\r\nHost: x\r\n"
                        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
                        b"\r\n0\r\n\r\n")
            raw.settimeout(mesh.PATIENCE)
            data = b""
            while piece := raw.recv(4096):
                data += piece
        self.assertTrue(data.startswith(b"HTTP/1.1 400"), data)
        self.assertEqual([], self.mesh.agents["fra"].seen)

    def test_body_cut_short_never_looks_whole_to_the_agent(self):
        self.start()
        with socket.create_connection(
                ("127.0.0.1", self.mesh.planner.port)) as raw:
            raw.sendall(b"POST /agents/summarizer/cut HTTP/1.1\r\nHost: x\r\n"
                        b"Content-Length: 10\r\n\r\nhalf")
        self.assertEqual(200, self.mesh.call().status)
        self.assertNotIn(("POST", "/cut"), self.mesh.agents["fra"].seen)

    def test_agent_that_is_down_is_502_with_its_place(self):
        self.mesh.site("fra")
        self.mesh.agents["fra"].stop()
        self.mesh.start()
        reply = self.mesh.call()
        self.assertEqual(502, reply.status)
        self.assertTrue(reply.json()["type"].endswith("bad-agent"))
        self.assertIn(f"127.0.0.1:{self.mesh.sites['fra'].agent_port}",
                      reply.json()["detail"])

    def test_slow_agent_is_504_at_the_deadline(self):
        self.start()
        reply = self.mesh.call("/agents/summarizer/slow",
                               headers={"herald-timeout": "150ms"})
        self.assertEqual(504, reply.status)
        self.assertTrue(reply.json()["type"].endswith("deadline"))

    def test_agent_that_talks_nonsense_is_502(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        site = self.mesh.site("fra")
        site.agent_port = listener.getsockname()[1]
        site.card = "none"  # it takes one connection
        self.mesh.start()
        import threading

        def babble():
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(b"no http at all\r\n\r\n")
            connection.close()
        threading.Thread(target=babble, daemon=True).start()
        reply = self.mesh.call()
        self.assertEqual(502, reply.status)
        self.assertTrue(reply.json()["type"].endswith("bad-agent"))

    def test_no_living_peer_is_503(self):
        self.start()
        self.mesh.sites["fra"].stop()
        mesh.wait_for(lambda: self.mesh.planner.peers()["fra"]["state"]
                      == "down", "the peer to be seen down")
        reply = self.mesh.call(method="POST", body=b"x")
        self.assertEqual(503, reply.status)
        self.assertTrue(reply.json()["type"].endswith("no-peer"))

    def test_doubled_herald_field_is_400(self):
        self.start()
        with socket.create_connection(
                ("127.0.0.1", self.mesh.planner.port)) as raw:
            raw.sendall(b"GET /agents/summarizer/ HTTP/1.1\r\nHost: x\r\n"
                        b"herald-purpose: a\r\nherald-purpose: b\r\n"
                        b"connection: close\r\n\r\n")
            raw.settimeout(mesh.PATIENCE)
            self.assertIn(b" 400 ", raw.recv(4096))


class StartTest(mesh.MeshTest):
    """What keeps a sidecar from starting, and how it says so."""

    def run_planner(self):
        self.mesh.planner.write()
        (self.mesh.folder / "peers.yaml").write_text("peers: []\n")
        return self.mesh.herald(
            "sidecar", "--config", self.mesh.folder / "planner-0.yaml",
            check=False)

    def test_port_in_use_names_it(self):
        with socket.create_server(
                ("127.0.0.1", self.mesh.planner.port)):
            out = self.run_planner()
        self.assertEqual(3, out.returncode, out.stderr)
        self.assertIn(f"127.0.0.1:{self.mesh.planner.port}", out.stderr)
        self.assertIn("in use", out.stderr)

    def test_key_of_another_certificate_names_the_file(self):
        self.mesh.planner.write()
        self.mesh.herald("certs", "issue", self.mesh.folder, "--id",
                         "spiffe://test.example/agent/x", "--out", "other")
        (self.mesh.folder / "other.key").rename(
            self.mesh.folder / "planner-0.key")
        out = self.run_planner()
        self.assertEqual(2, out.returncode, out.stderr)
        self.assertIn("planner-0.key", out.stderr)

    def test_all_problems_of_a_configuration_come_at_once(self):
        bad = self.mesh.folder / "bad.yaml"
        bad.write_text("node: {name: a, sit: {}}\nidentity: 7\nagent: []\n"
                       "listen: {mesh: nowhere}\n")
        out = self.mesh.herald("config", "check", bad, check=False)
        self.assertEqual(2, out.returncode)
        text = out.stdout + out.stderr
        for part in ("bad.yaml:1:", "bad.yaml:2:", "bad.yaml:3:",
                     "bad.yaml:4:", "^", "'sit'", "'agent'"):
            self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
