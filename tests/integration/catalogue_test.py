# SPDX-License-Identifier: Apache-2.0
"""Agents are found by what they can do, and watched as they come and go."""
import contextlib
import http.client
import json
import queue
import threading
import unittest

import mesh


class Watch:
    """Server-sent events of the catalogue, as (name, data)."""

    def __init__(self, port, query):
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=mesh.PATIENCE)
        self.connection.request("GET", "/.herald/agents?watch=1" + query)
        self.reply = self.connection.getresponse()
        self.events = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        name = None
        with contextlib.suppress(OSError, ValueError, AttributeError,
                                 http.client.HTTPException):
            for line in self.reply:
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    self.events.put((name, json.loads(value)))
        self.events.put(("end", None))

    def next(self):
        return self.events.get(timeout=mesh.PATIENCE)

    def until(self, name):
        """The data of each `changed` and `removed` before that event."""
        told = []
        while (event := self.next())[0] != name:
            told.append((event[0], event[1]["name"]))
        return told

    def close(self):
        self.connection.close()


class CatalogueTest(mesh.MeshTest):
    def prepare(self):
        self.start(("fra", "DE", "FarEdge"), ("par", "FR", "NearEdge"))
        self.admin = ("--admin", f"127.0.0.1:{self.mesh.planner.admin}")

    def found(self, query):
        agents = self.mesh.call("/.herald/agents?" + query).json()["agents"]
        return {agent["name"]: [peer["name"] for peer in agent["peers"]]
                for agent in agents}

    def test_agents_are_found_by_what_and_where(self):
        self.prepare()
        everywhere = {"summarizer": ["fra", "par"]}
        self.assertEqual(everywhere, self.found("skill=summarize&tag=text"))
        self.assertEqual({"summarizer": ["par"]},
                         self.found("skill=summarize&country=FR"))
        self.assertEqual({"summarizer": ["fra"]},
                         self.found("name=summarizer&tier=FarEdge"))
        self.assertEqual({}, self.found("skill=paint"))
        wrong = self.mesh.call("/.herald/agents?country=Germany")
        self.assertEqual(400, wrong.status)
        self.assertIn("country=DE", wrong.json()["detail"])

    def test_what_an_agents_card_says_reaches_others(self):
        self.mesh.site("fra")
        self.mesh.agents["fra"].card = {
            "name": "Summarizer", "description": "Makes texts short.",
            "version": "1.2", "supportedInterfaces": [
                {"url": "http://192.0.2.1/never-called"}],
            "defaultInputModes": ["text/plain"],
            "skills": [{"id": "shorten", "tags": ["prose"]}]}
        self.mesh.start()
        found = mesh.wait_for(
            lambda: self.mesh.call("/.herald/agents?skill=shorten"
                                   "&input=text/*&tag=prose").json()["agents"],
            "the card to be heard of")
        self.assertEqual("Makes texts short.", found[0]["description"])
        self.assertEqual("1.2", found[0]["version"])
        self.assertEqual(["fra"], [peer["name"] for peer in found[0]["peers"]])
        agent, = json.loads(self.mesh.sites["fra"].ask("/config")[1])["agents"]
        self.assertTrue(agent["card"]["read"])
        agent, = json.loads(self.mesh.planner.ask("/config")[1])["agents"]
        self.assertFalse(agent["card"]["read"])  # nobody listens there
        self.assertTrue(agent["card"]["problem"])

    def test_there_is_an_ai_catalog(self):
        self.prepare()
        reply = self.mesh.call("/.herald/catalog.json?country=FR")
        self.assertEqual("application/ai-catalog+json",
                         reply.headers["content-type"])
        catalog = reply.json()
        self.assertEqual("1.0", catalog["specVersion"])
        entry, = catalog["entries"]
        self.assertEqual("urn:air:test.example:agents:summarizer",
                         entry["identifier"])
        self.assertEqual(
            f"http://127.0.0.1:{self.mesh.planner.port}/agents/summarizer"
            "/.well-known/agent-card.json", entry["url"])

    def test_people_find_them_too(self):
        self.prepare()
        found = self.mesh.herald("agents", *self.admin, "--skill",
                                 "summarize", "--country", "FR", "--json")
        agent = json.loads(found.stdout)
        self.assertEqual(["par"], [peer["name"] for peer in agent["peers"]])
        none = self.mesh.herald("agents", *self.admin, "--tag", "none",
                                check=False)
        self.assertEqual(1, none.returncode)
        wrong = self.mesh.herald("agents", *self.admin, "--tier", "Edge",
                                 check=False)
        self.assertEqual(2, wrong.returncode)
        self.assertIn("FarEdge", wrong.stderr)

    def test_a_watch_tells_who_comes_and_goes(self):
        self.prepare()
        watch = Watch(self.mesh.planner.port, "&country=FR")
        self.addCleanup(watch.close)
        self.assertEqual([("changed", "summarizer")], watch.until("listed"))
        self.mesh.write("peers.yaml", self.mesh.peers_text(
            [self.mesh.sites["fra"]]))
        self.assertEqual(("removed", {"name": "summarizer"}), watch.next())
        self.mesh.write("peers.yaml", self.mesh.peers_text())
        name, entry = watch.next()
        self.assertEqual("changed", name)
        self.assertEqual(["par"], [peer["name"] for peer in entry["peers"]])

    def test_a_watch_ends_with_the_sidecar(self):
        self.prepare()
        watch = Watch(self.mesh.planner.port, "")
        self.addCleanup(watch.close)
        watch.until("listed")
        self.mesh.planner.signal(15)
        self.assertEqual([], watch.until("end"))
        self.assertEqual(0, self.mesh.planner.wait())

    def test_a_silent_source_is_stale_and_its_peers_stay(self):
        self.prepare()
        self.assertFalse(self.mesh.planner.peers()["fra"]["stale"])
        stale = "herald_discovery_stale_seconds"
        self.assertEqual(0, self.mesh.planner.metric(stale))
        self.mesh.write("peers.yaml", "peers: [nonsense]\n")
        mesh.wait_for(lambda: self.mesh.planner.metric(stale) > 0,
                      "the source to be stale")
        peer = self.mesh.planner.peers()["fra"]
        self.assertTrue(peer["stale"])
        self.assertIn("peers.yaml", peer["source"])
        self.assertEqual(200, self.mesh.call().status)
        told = self.mesh.herald("peers", *self.admin)
        self.assertIn("is stale since", told.stderr)
        self.assertIn("up, stale", told.stdout)
        self.mesh.write("peers.yaml", self.mesh.peers_text())
        mesh.wait_for(lambda: self.mesh.planner.metric(stale) == 0,
                      "the source to be well")


if __name__ == "__main__":
    unittest.main()
