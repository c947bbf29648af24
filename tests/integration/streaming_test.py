# SPDX-License-Identifier: Apache-2.0
"""Bodies, events, trailers, interim answers and cancellation pass through."""
import http.client
import json
import socket
import socketserver
import threading
import unittest

import mesh

MIB = 1 << 20


class StreamingTest(mesh.MeshTest):
    def raw(self):
        raw = socket.create_connection(("127.0.0.1", self.mesh.planner.port))
        raw.settimeout(mesh.PATIENCE)
        self.addCleanup(raw.close)
        return raw

    def test_each_server_sent_event_arrives_as_soon_as_it_is_there(self):
        self.start()
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.mesh.planner.port, timeout=mesh.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/agents/summarizer/sse")
        agent = self.mesh.agents["fra"]
        agent.tick.release()  # the agent sends nothing before that
        reply = connection.getresponse()
        for number in range(3):
            self.assertEqual(f"data: {number}\n".encode(), reply.readline())
            self.assertEqual(b"\n", reply.readline())
            agent.tick.release()  # only now may the next event be made
        self.assertEqual(b"", reply.read())

    def test_expect_continue_is_answered_before_the_body(self):
        self.start()
        raw = self.raw()
        raw.sendall(b"POST /agents/summarizer/ HTTP/1.1\r\nHost: x\r\n"
                    b"Expect: 100-continue\r\nContent-Length: 4\r\n"
                    b"Connection: close\r\n\r\n")
        first = raw.recv(1000)
        self.assertTrue(first.startswith(b"HTTP/1.1 100"), first)
        raw.sendall(b"body")
        data = b""
        while piece := raw.recv(4096):
            data += piece
        self.assertIn(b" 200 ", data)
        self.assertIn(b'"body": "body"', data)

    def test_request_trailers_reach_the_agent(self):
        self.start()
        raw = self.raw()
        raw.sendall(b"POST /agents/summarizer/ HTTP/1.1\r\nHost: x\r\n"
                    b"Transfer-Encoding: chunked\r\nTrailer: x-sum\r\n"
                    b"Connection: close\r\n\r\n"
                    b"4\r\nbody\r\n0\r\nx-sum: 42\r\n\r\n")
        data = b""
        while piece := raw.recv(4096):
            data += piece
        self.assertIn(b"x-sum: 42", data)

    def test_head_has_no_body_and_the_connection_goes_on(self):
        self.start()
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.mesh.planner.port, timeout=mesh.PATIENCE)
        self.addCleanup(connection.close)
        for method in ("HEAD", "GET"):
            connection.request(method, "/agents/summarizer/")
            reply = connection.getresponse()
            self.assertEqual(200, reply.status)
            body = reply.read()
        self.assertTrue(body)

    def test_a_file_is_sent_with_its_length(self):
        self.start()
        text = self.mesh.folder / "text.txt"
        text.write_text("one text")
        said = self.mesh.herald(
            "call", "summarizer", "-d", f"@{text}", "--via",
            f"127.0.0.1:{self.mesh.planner.port}")
        seen = json.loads(said.stdout)
        self.assertEqual("one text", seen["body"])
        self.assertEqual("8", seen["headers"]["content-length"])

    def test_large_body_passes_whole(self):
        self.start()
        reply = self.mesh.call(method="POST", body=b"x" * (24 * MIB))
        self.assertEqual(24 * MIB, reply.json()["body"])

    def test_client_that_leaves_cancels_at_the_agent(self):
        gone = threading.Event()

        class Watcher(socketserver.BaseRequestHandler):
            def handle(self):
                data = b""
                while b"\r\n\r\n" not in data:
                    data += self.request.recv(1000)
                self.server.got.set()
                self.request.settimeout(mesh.PATIENCE)
                try:
                    while self.request.recv(1000):
                        pass
                except OSError:
                    pass
                gone.set()

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Watcher)
        server.daemon_threads = True
        server.got = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.mesh.site("fra").agent_port = server.server_address[1]
        self.mesh.start()
        raw = self.raw()
        raw.sendall(b"GET /agents/summarizer/ HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(server.got.wait(mesh.PATIENCE))
        raw.close()
        self.assertTrue(gone.wait(mesh.PATIENCE))

    def test_reader_that_stops_holds_the_sender_back_in_bounded_memory(self):
        received = [0]

        class Firehose(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.recv(65536)
                self.request.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                    % (512 * MIB))
                piece = b"z" * MIB
                try:
                    for _ in range(512):
                        self.request.sendall(piece)
                        received[0] += MIB
                except OSError:
                    pass

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Firehose)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.mesh.site("fra").agent_port = server.server_address[1]
        self.mesh.start()
        before = [s.rss_mib() for s in (self.mesh.planner,
                                        self.mesh.sites["fra"])]
        raw = self.raw()
        raw.sendall(b"GET /agents/summarizer/ HTTP/1.1\r\nHost: x\r\n\r\n")
        last = [-1, 0]

        def stalled():
            last[1] = last[1] + 1 if received[0] == last[0] else 0
            last[0] = received[0]
            return last[1] > 30 and received[0] > 0
        mesh.wait_for(stalled, "the sender to be held back")
        self.assertLess(received[0], 64 * MIB)
        after = [s.rss_mib() for s in (self.mesh.planner,
                                       self.mesh.sites["fra"])]
        for one, other in zip(before, after):
            self.assertLess(other - one, 40)


if __name__ == "__main__":
    unittest.main()
