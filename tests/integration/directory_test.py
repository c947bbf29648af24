# SPDX-License-Identifier: Apache-2.0
"""`herald directory` between a real API server and those who watch."""
import json
import os
import signal
import subprocess
import unittest

import kube
import mesh
from authority import connect

AGENTS = f"{kube.GROUP}/agents"


class Directory:
    """One replica, as a process."""

    def __init__(self, test, name="directory"):
        self.test, self.folder = test, test.mesh.folder
        self.name, self.port = name, mesh.free_port()
        self.process = None

    def start(self):
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [os.path.abspath(mesh.HERALD), "directory", "--listen",
                 f"127.0.0.1:{self.port}", "--certificate", "directory.crt",
                 "--key", "directory.key", "--kubeconfig", "kubeconfig"],
                cwd=self.folder, stderr=log)
        self.test.addCleanup(self.stop)
        mesh.wait_for(lambda: self.ask("/readyz")[0] == 200,
                      f"{self.name} to be ready: {self.tail()}")

    def tail(self):
        return (self.folder / f"{self.name}.log").read_text()[-2000:]

    def stop(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait()

    def connect(self):
        return connect(self.test.kube.folder, self.port,
                       timeout=mesh.PATIENCE)

    def open(self, path, token=""):
        connection = self.connect()
        headers = {"authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", path, headers=headers)
        self.test.addCleanup(connection.close)
        return connection.getresponse()

    def ask(self, path, token=""):
        """Status and text; 0 where nobody answers."""
        try:
            reply = self.open(path, token)
            return reply.status, reply.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name):
        for line in self.ask("/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return None


@kube.needed
class DirectoryTest(kube.KubeTest):
    def setUp(self):
        super().setUp()
        self.kube.issue("directory", "/CN=herald-directory", "serverAuth",
                        "IP:127.0.0.1")
        for end in ("crt", "key"):
            (self.mesh.folder / f"directory.{end}").write_bytes(
                (self.kube.folder / f"directory.{end}").read_bytes())
        self.token = (self.mesh.folder / "token").read_text()
        self.directory = Directory(self)

    def names(self, reply):
        return sorted(item["metadata"]["name"]
                      for item in json.loads(reply)["items"])

    def test_a_list_is_the_api_servers(self):
        for name in ("a", "b", "c"):
            self.kube.create(self.agents_path(), self.agent(name))
        self.directory.start()
        status, text = self.directory.ask(self.agents_path(), self.token)
        self.assertEqual(200, status)
        self.assertEqual(["a", "b", "c"], self.names(text))
        theirs = self.kube.get(self.agents_path("a"))
        ours = next(item for item in json.loads(text)["items"]
                    if item["metadata"]["name"] == "a")
        self.assertEqual(theirs["spec"], ours["spec"])
        self.assertEqual(theirs["metadata"]["resourceVersion"],
                         ours["metadata"]["resourceVersion"])
        page = json.loads(self.directory.ask(
            self.agents_path() + "?limit=2", self.token)[1])
        self.assertEqual(2, len(page["items"]))
        rest = self.directory.ask(
            f"{self.agents_path()}?limit=2&continue="
            f"{page['metadata']['continue']}", self.token)[1]
        self.assertEqual(["c"], self.names(rest))

    def watch(self, directory, version):
        return directory.open(
            f"{self.agents_path()}?watch=1&resourceVersion={version}",
            self.token)

    def version(self, directory):
        listed = directory.ask(self.agents_path(), self.token)[1]
        return json.loads(listed)["metadata"]["resourceVersion"]

    def next_event(self, reply):
        event = json.loads(reply.readline())
        return event["type"], event["object"]["metadata"]["name"]

    def test_a_watch_goes_on_at_another_replica(self):
        second = Directory(self, "second")
        self.directory.start()
        second.start()
        reply = self.watch(self.directory, self.version(self.directory))
        self.assertEqual(200, reply.status)
        made = self.kube.create(self.agents_path(), self.agent("a"))
        self.assertEqual(("ADDED", "a"), self.next_event(reply))
        self.directory.stop()
        self.kube.delete(self.agents_path("a"))
        self.kube.create(self.agents_path(), self.agent("b"))
        reply = self.watch(second, made["metadata"]["resourceVersion"])
        self.assertEqual(("DELETED", "a"), self.next_event(reply))
        self.assertEqual(("ADDED", "b"), self.next_event(reply))

    def test_the_api_server_says_who_may(self):
        self.directory.start()
        path = self.agents_path()
        self.assertEqual(401, self.directory.ask(path)[0])
        self.assertEqual(401, self.directory.ask(path, "nonsense")[0])
        self.kube.account(self.space, "stranger")
        stranger = self.kube.token(self.space, "stranger")
        self.assertEqual(403, self.directory.ask(path, stranger)[0])
        self.assertEqual(200, self.directory.ask(path, self.token)[0])

    def test_who_was_known_is_served_while_the_api_server_is_away(self):
        self.kube.create(self.agents_path(), self.agent("a"))
        self.directory.start()
        reply = self.watch(self.directory, self.version(self.directory))
        self.kube.stop_api()
        try:
            status, text = self.directory.ask(self.agents_path(), self.token)
            self.assertEqual((200, ["a"]), (status, self.names(text)))
            self.assertEqual(
                503, self.directory.ask(self.agents_path(), "new")[0])
        finally:
            self.kube.start_api()
        # The same watch hears what happens afterwards.
        self.kube.create(self.agents_path(), self.agent("b"))
        self.assertEqual(("ADDED", "b"), self.next_event(reply))

    def test_a_new_policy_hash_is_no_event(self):
        self.kube.create(self.agents_path(), self.agent("a"))
        self.directory.start()
        reply = self.watch(self.directory, self.version(self.directory))
        status = self.agents_path("a") + "/status"
        self.kube.patch(status, {"status": {"policyHash": "1234"}})
        self.kube.patch(status, {"status": {"ready": False}})
        event = json.loads(reply.readline())
        self.assertEqual({"ready": False}, event["object"]["status"])

    def test_sidecars_find_each_other_through_it_and_outlive_it(self):
        through = (f"server: 'https://127.0.0.1:{self.directory.port}', "
                   f"trust: '{self.kube.folder}/ca.crt', publish: true")
        self.directory.start()
        self.site("fra")
        for sidecar in (self.mesh.planner, *self.mesh.sites.values()):
            self.use_cluster(sidecar, through)
        self.start_all()
        # One each, of the planner and of the site.
        self.assertEqual(2, self.directory.metric("herald_directory_watches"))
        with self.mesh.steady_calls() as calls:
            calls.go_on()
            self.directory.stop()
            calls.go_on(200)
            self.directory.start()
            self.kube.create(self.agents_path(), self.agent("new"))
            self.wait_peers({"fra", "new"}, seconds=60)
            calls.go_on()
        self.assertEqual({200}, set(calls.statuses))

    def test_its_end_is_quick_though_watches_are_open(self):
        self.directory.start()
        self.watch(self.directory, self.version(self.directory))
        self.assertEqual(0, self.directory.stop(signal.SIGTERM))

    def test_files_that_cannot_be_used_are_said(self):
        (self.mesh.folder / "directory.key").write_text("no key")
        done = subprocess.run(
            [os.path.abspath(mesh.HERALD), "directory", "--listen",
             "127.0.0.1:0", "--certificate", "directory.crt", "--key",
             "directory.key", "--kubeconfig", "kubeconfig"],
            cwd=self.mesh.folder, capture_output=True, text=True, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("directory.key", done.stderr)


if __name__ == "__main__":
    unittest.main()
