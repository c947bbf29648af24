# SPDX-License-Identifier: Apache-2.0
"""The caller's machine joins another network while calls are under way. Needs
root: the caller lives in a network namespace of its own."""
import contextlib
import ctypes
import http.client
import os
import pathlib
import subprocess
import unittest

import mesh

CLONE_NEWNET = 0x40000000
CALLEE = "10.213.0.1"


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True,
                          check=True)


class Namespace:
    """A machine at 10.213.1.2, connected to ours by a cable."""

    def __init__(self):
        self.name = f"herald-{os.getpid()}"
        self.cable = f"hv{os.getpid() % 100000}"
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        ip("netns", "add", self.name)
        try:
            ip("link", "add", self.cable, "type", "veth", "peer", "name",
               "up0", "netns", self.name)
            for address in (f"{CALLEE}/32", "10.213.1.1/24", "10.213.2.1/24"):
                ip("addr", "add", address, "dev", self.cable)
            ip("link", "set", self.cable, "up")
            self.ip("link", "set", "lo", "up")
            self.ip("addr", "add", "10.213.1.2/24", "dev", "up0")
            self.ip("link", "set", "up0", "up")
            self.ip("route", "add", "default", "via", "10.213.1.1")
        except BaseException:
            self.delete()
            raise
        self.there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)

    def ip(self, *words):
        return ip("-n", self.name, *words)

    def move(self):
        """The old network goes when the new one is there."""
        self.ip("addr", "add", "10.213.2.2/24", "dev", "up0")
        self.ip("route", "replace", "default", "via", "10.213.2.1")
        self.ip("addr", "del", "10.213.1.2/24", "dev", "up0")

    @contextlib.contextmanager
    def inside(self):
        """What this thread opens or starts is in there."""
        self.enter(self.there)
        try:
            yield
        finally:
            self.enter(self.home)

    @staticmethod
    def enter(descriptor):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def delete(self):
        """The cable too: the namespace lives while a process is in it."""
        for what in (("link", "del", self.cable), ("netns", "del", self.name)):
            with contextlib.suppress(subprocess.CalledProcessError):
                ip(*what)


def listen_at(sidecar, address):
    """Its mesh side; the other listeners stay on loopback."""
    write = sidecar.write

    def rewrite():
        write()
        path = sidecar.mesh.folder / f"{sidecar.name}.yaml"
        path.write_text(path.read_text().replace("mesh: 127.0.0.1:",
                                                 f"mesh: {address}:"))
    sidecar.write = rewrite


class NetworkMoveTest(mesh.MeshTest):
    def setUp(self):
        super().setUp()
        try:
            self.machine = Namespace()
        except (OSError, subprocess.CalledProcessError) as problem:
            self.skipTest(f"no network namespaces here: {problem}")
        self.addCleanup(self.machine.delete)
        self.site = self.mesh.site("fra")
        listen_at(self.site, CALLEE)
        listen_at(self.mesh.planner, "0.0.0.0")
        pathlib.Path(self.mesh.folder, "peers.yaml").write_text(
            self.mesh.peers_text().replace("127.0.0.1", CALLEE))
        self.site.start()
        with self.machine.inside():
            self.mesh.planner.start()
            self.mesh.wait_up()

    def test_stream_goes_on_in_the_new_network(self):
        agent = self.mesh.agents["fra"]
        with self.machine.inside():
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.mesh.planner.port, timeout=mesh.PATIENCE)
            self.addCleanup(connection.close)
            agent.tick.release()
            connection.request("GET", "/agents/summarizer/sse")
            reply = connection.getresponse()
            self.assertEqual(b"data: 0\n", reply.readline())
            self.machine.move()
            planner = self.mesh.planner
            mesh.wait_for(
                lambda: planner.metric("herald_network_moves_total") == 1,
                "the move to be noticed")
            agent.tick.release()
            agent.tick.release()
            self.assertEqual(b"\ndata: 1\n\ndata: 2\n\n", reply.read())
            self.assertEqual(200, self.mesh.call().status)
            self.assertEqual(0, planner.metric("herald_peer_deaths_total"))
        self.assertGreaterEqual(
            self.site.metric("herald_mesh_peer_moves_total"), 1)


if __name__ == "__main__":
    unittest.main()
