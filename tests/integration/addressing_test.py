# SPDX-License-Identifier: Apache-2.0
"""The four ways to name an agent, over every protocol an agent may speak."""
import os
import socket
import stat
import subprocess
import unittest

import mesh


class AddressingTest(mesh.MeshTest):
    def test_path_prefix_names_the_agent_and_is_stripped(self):
        self.start()
        reply = self.mesh.call("/agents/summarizer/a/b?c=d")
        self.assertEqual(200, reply.status)
        self.assertEqual("/a/b?c=d", reply.json()["path"])

    def test_bare_path_prefix_means_the_root(self):
        self.start()
        self.assertEqual("/",
                         self.mesh.call("/agents/summarizer").json()["path"])

    def test_host_names_the_agent_and_stays_as_it_was(self):
        self.start()
        reply = self.mesh.call("/x", headers={"Host": "summarizer.herald"})
        self.assertEqual("summarizer.herald", reply.json()["headers"]["host"])

    def test_header_names_the_agent_and_is_taken_off(self):
        self.start()
        reply = self.mesh.call("/x", headers={"herald-agent": "summarizer"})
        self.assertEqual(200, reply.status)
        self.assertNotIn("herald-agent", {
            k.lower() for k in reply.json()["headers"]})

    def test_a_listener_of_its_own_needs_no_name(self):
        own = mesh.free_port()
        self.mesh.planner.listen.append(
            f'{{address: "127.0.0.1:{own}", agent: summarizer}}')
        self.start()
        reply = self.mesh.call("/agents/other/x", port=own)
        self.assertEqual("/agents/other/x", reply.json()["path"])

    def test_works_as_an_http_proxy(self):
        self.start()
        out = subprocess.run(
            ["curl", "-sS", "-x", f"http://127.0.0.1:{self.mesh.planner.port}",
             "http://summarizer.herald/via-proxy"],
            capture_output=True, text=True, check=True).stdout
        self.assertIn('"path": "/via-proxy"', out)

    def test_http2_with_prior_knowledge(self):
        self.start()
        out = subprocess.run(
            ["curl", "-sS", "--http2-prior-knowledge", "-d", "hello",
             "-w", "%{http_version}",
             f"http://127.0.0.1:{self.mesh.planner.port}"
             "/agents/summarizer/h2"],
            capture_output=True, text=True, check=True).stdout
        self.assertIn('"body": "hello"', out)
        self.assertTrue(out.endswith("2"), out)

    def test_unix_socket_is_private_and_serves(self):
        folder = self.mesh.folder / "run"
        folder.mkdir(mode=0o700)
        path = folder / "agents.sock"
        self.mesh.planner.listen.append(f'{{address: "unix:{path}"}}')
        self.start()
        self.assertEqual(0o600, stat.S_IMODE(os.stat(path).st_mode))
        out = subprocess.run(
            ["curl", "-sS", "--unix-socket", str(path),
             "http://summarizer.herald/over-unix"],
            capture_output=True, text=True, check=True).stdout
        self.assertIn('"path": "/over-unix"', out)

    def test_agent_sees_caller_and_handle_but_no_forged_field(self):
        self.start()
        reply = self.mesh.call("/agents/summarizer/", headers={
            "herald-caller": "spiffe://evil.example/x",
            "herald-context": "forged", "herald-labels": "public"})
        seen = {k.lower(): v for k, v in reply.json()["headers"].items()}
        self.assertEqual("spiffe://test.example/agent/planner",
                         seen["herald-caller"])
        self.assertEqual("public", seen["herald-labels"])
        self.assertIn("herald-call", seen)
        self.assertNotIn("herald-context", seen)
        self.assertEqual(2, self.mesh.planner.metric(
            "herald_stripped_headers_total"))

    def test_response_names_call_and_peer(self):
        self.start()
        reply = self.mesh.call()
        self.assertEqual(22, len(reply.headers["herald-call-id"]))
        self.assertEqual("fra", reply.headers["herald-peer"])
        self.assertNotIn("herald-context", reply.headers)

    def test_catalogue_lists_agents_by_name_and_skill(self):
        self.start()
        everyone = self.mesh.call("/.herald/agents").json()["agents"]
        self.assertEqual(["planner", "summarizer"],
                         [agent["name"] for agent in everyone])
        one = self.mesh.call("/.herald/agents/summarizer").json()
        self.assertEqual(["summarize"], one["skills"])

    def test_own_agent_is_called_without_a_second_sidecar(self):
        own = mesh.AgentServer("planner")
        self.addCleanup(own.stop)
        self.mesh.planner.agent_port = own.server_address[1]
        self.start()
        reply = self.mesh.call("/agents/planner/x", headers={
            "herald-labels": "public"})
        self.assertEqual("planner-0", reply.headers["herald-peer"])
        seen = {k.lower(): v for k, v in reply.json()["headers"].items()}
        self.assertEqual("public", seen["herald-labels"])
        self.assertIn("herald-call", seen)

    def test_malformed_http_is_answered_400_and_closed(self):
        self.start()
        with socket.create_connection(
                ("127.0.0.1", self.mesh.planner.port)) as raw:
            raw.sendall(b"GET / HTTP/1.1\nHost: x\n\n")
            raw.settimeout(mesh.PATIENCE)
            data = b""
            while piece := raw.recv(4096):
                data += piece
        self.assertTrue(data.startswith(b"HTTP/1.1 400"), data)


if __name__ == "__main__":
    unittest.main()
