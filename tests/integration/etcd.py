# SPDX-License-Identifier: Apache-2.0
"""A real etcd on loopback, of one member or three, plain or with TLS; keys are
made on the spot, ports are nobody else's. Needs Debian's etcd-server.

    class MyTest(etcd.EtcdTest):
        def test_something(self):
            self.etcd = self.cluster(members=3)
            self.etcd.ask("/v3/kv/put", {...})
"""
import base64
import http.client
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import mesh
from authority import Authority, connect

PROGRAM = shutil.which("etcd")
START = 60.0  # seconds; three members elect on a busy machine

needed = unittest.skipUnless(
    PROGRAM, "SKIPPED, NOTHING WAS TESTED: there is no etcd; "
    "apt-get install etcd-server")


def encode(text):
    return base64.b64encode(text.encode()).decode()


def decode(text):
    return base64.b64decode(text).decode()


class Member:
    def __init__(self, cluster, number):
        self.cluster, self.name = cluster, f"m{number}"
        self.port, self.peers = mesh.free_port(), mesh.free_port()
        self.url = f"{cluster.scheme}://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        cluster = self.cluster
        argv = [PROGRAM, "--name", self.name, "--data-dir",
                cluster.folder / f"{self.name}.data", "--unsafe-no-fsync",
                "--listen-client-urls", self.url, "--advertise-client-urls",
                self.url, "--listen-peer-urls", self.peer_url(),
                "--initial-advertise-peer-urls", self.peer_url(),
                "--initial-cluster", ",".join(
                    f"{m.name}={m.peer_url()}" for m in cluster.members)]
        if cluster.tls:
            argv += ["--cert-file", cluster.folder / "etcd.crt", "--key-file",
                     cluster.folder / "etcd.key", "--trusted-ca-file",
                     cluster.folder / "ca.crt", "--client-cert-auth"]
        with open(cluster.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)

    def peer_url(self):
        return f"http://127.0.0.1:{self.peers}"

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def healthy(self):
        try:
            reply = self.cluster.ask("/v3/kv/range", {"key": encode("x")},
                                     member=self)
            return "header" in reply
        except (OSError, Refused):
            return False


class Refused(Exception):
    """etcd said no."""


class Cluster:
    def __init__(self, members=1, tls=False):
        self.tls, self.scheme = tls, "https" if tls else "http"
        self.temporary = tempfile.TemporaryDirectory(prefix="herald-etcd-")
        self.folder = pathlib.Path(self.temporary.name)
        if tls:
            authority = Authority(self.folder, "test-etcd")
            for name in ("etcd", "client"):
                authority.issue(name, f"/CN={name}", "serverAuth,clientAuth",
                                "IP:127.0.0.1")
        self.members = [Member(self, i) for i in range(members)]
        self.token = None

    def start(self):
        for member in self.members:
            member.start()
        mesh.wait_for(lambda: all(m.healthy() for m in self.members),
                      "etcd to be ready", START)

    def stop(self):
        for member in self.members:
            member.kill()
        self.temporary.cleanup()

    def ask(self, path, body, member=None):
        member = member or next(
            m for m in self.members if m.process.poll() is None)
        if self.tls:
            connection = connect(self.folder, member.port, "client")
        else:
            connection = http.client.HTTPConnection(
                "127.0.0.1", member.port, timeout=10)
        headers = {"authorization": self.token} if self.token else {}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            reply = connection.getresponse()
            text = reply.read().decode()
            if reply.status != 200:
                raise Refused(f"{reply.status}: {text}")
            return json.loads(text)
        finally:
            connection.close()

    def insist(self, path, body):
        """Asks until there is a leader who does it."""
        def done():
            try:
                return self.ask(path, body)
            except (OSError, Refused):
                return None
        return mesh.wait_for(done, f"{path} to be done", START)

    def put(self, key, value):
        self.insist("/v3/kv/put", {"key": encode(key),
                                   "value": encode(value)})

    def delete(self, key):
        self.insist("/v3/kv/deleterange", {"key": encode(key)})

    def keys(self, prefix="/herald/"):
        reply = self.ask("/v3/kv/range", {
            "key": encode(prefix), "range_end": encode(prefix[:-1] + "0"),
            "keys_only": True})
        return {decode(pair["key"]) for pair in reply.get("kvs", [])}

    def revision(self):
        reply = self.ask("/v3/kv/range", {"key": encode("x")})
        return int(reply["header"]["revision"])

    def compact(self):
        self.ask("/v3/kv/compaction", {"revision": self.revision(),
                                       "physical": True})

    def demand_login(self, user, password):
        """Users and roles; from then on nobody comes in without one."""
        self.ask("/v3/auth/user/add", {"name": "root", "password": "root"})
        self.ask("/v3/auth/user/grant", {"user": "root", "role": "root"})
        self.ask("/v3/auth/user/add", {"name": user, "password": password})
        self.ask("/v3/auth/role/add", {"name": "herald"})
        self.ask("/v3/auth/role/grant", {"name": "herald", "perm": {
            "permType": "READWRITE", "key": encode("/herald/"),
            "range_end": encode("/herald0")}})
        self.ask("/v3/auth/user/grant", {"user": user, "role": "herald"})
        self.ask("/v3/auth/enable", {})
        self.token = self.ask("/v3/auth/authenticate", {
            "name": "root", "password": "root"})["token"]


@needed
class EtcdTest(mesh.MeshTest):
    """Sidecars that find each other in an etcd alone."""

    def cluster(self, **kwargs):
        self.etcd = Cluster(**kwargs)
        self.addCleanup(self.etcd.stop)
        self.etcd.start()
        return self.etcd

    def entry(self, **more):
        endpoints = json.dumps([m.url for m in self.etcd.members])
        extra = "".join(f", {key}: {value}" for key, value in more.items())
        return f"etcd: {{endpoints: {endpoints}, ttl: 5s{extra}}}"

    def start_in_etcd(self, sites=("fra",), **more):
        for name in sites:
            self.mesh.site(name)
        for sidecar in (*self.mesh.sites.values(), self.mesh.planner):
            sidecar.discovery = self.entry(**more)
            sidecar.start()
        self.wait_for_peers(set(sites))

    def wait_for_peers(self, names, seconds=mesh.PATIENCE):
        def known():
            return {name for name, peer in self.mesh.planner.peers().items()
                    if peer["agents"]} - {"planner-0"}
        mesh.wait_for(lambda: known() == names, f"peers {names}", seconds)
