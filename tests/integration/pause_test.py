# SPDX-License-Identifier: Apache-2.0
"""Every sidecar stands still for 100 ms now and then, as a container does that
has used up its share of the processor, while all of them call each other. None
is taken for dead, none is down more than once a day for it, and no call fails.

HERALD_PAUSE_SECONDS sets how long it goes on (60); what was counted is printed.
"""
import asyncio
import collections
import os
import random
import signal
import unittest

import mesh
import steady_load

SECONDS = float(os.environ.get("HERALD_PAUSE_SECONDS", "60"))
SEED = int(os.environ.get("HERALD_PAUSE_SEED", "1"))
SIDECARS = 6
EVERY = 0.2  # seconds; a call from each to each
PAUSE = 0.1
BETWEEN = 3.0  # seconds from one pause to the next, on the average
DAY = 24 * 3600


class PauseTest(mesh.MeshTest):
    def names(self):
        return [f"s{number}" for number in range(SIDECARS)]

    def peers_of(self, own):
        return "peers:\n" + "".join(f"""- name: {site.name}
  address: 127.0.0.1:{site.mesh_port}
  identity: {site.identity}
  site: {site.site}
  agents: [{{name: {site.agent}}}]
""" for site in self.mesh.sites.values() if site.name != own)

    async def start(self):
        self.agents = [steady_load.Agent() for _ in self.names()]
        for name, agent in zip(self.names(), self.agents):
            site = mesh.Sidecar(self.mesh, name, name,
                                self.mesh.facts("DE", "FarEdge"),
                                await agent.start())
            site.discovery = f"file: {name}.peers.yaml"
            self.mesh.sites[name] = site
        for name, site in self.mesh.sites.items():
            self.mesh.write(f"{name}.peers.yaml", self.peers_of(name))
            await asyncio.to_thread(site.start)

    def all_up(self):
        return all(peer["state"] == "up" for site in self.mesh.sites.values()
                   for peer in site.peers().values())

    async def caller(self, site, to):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        while not self.stopping:
            await asyncio.sleep(EVERY * self.random.uniform(0.5, 1.5))
            writer.write(b"GET /agents/%s/x HTTP/1.1\r\nhost: x\r\n\r\n" %
                         to.encode())
            first, fields, _ = steady_load.split_head(
                await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(fields[b"content-length"]))
            self.statuses[int(first.split()[1])] += 1
        writer.close()

    async def pauser(self, site):
        while not self.stopping:
            await asyncio.sleep(self.random.expovariate(1 / BETWEEN))
            site.signal(signal.SIGSTOP)
            await asyncio.sleep(PAUSE)
            site.signal(signal.SIGCONT)
            self.pauses += 1

    def total(self, metric):
        return [int(site.metric(metric)) for site in self.mesh.sites.values()]

    async def scenario(self):
        self.random = random.Random(SEED)
        self.statuses, self.pauses = collections.Counter(), 0
        self.stopping = False
        await self.start()
        await asyncio.to_thread(mesh.wait_for, self.all_up, "all to be up")
        # What a start of six processes at once cost is not what is measured.
        before = self.total("herald_peer_downs_total")
        sites = self.mesh.sites.values()
        work = [asyncio.create_task(self.caller(site, to)) for site in sites
                for to in self.names() if to != site.name]
        work += [asyncio.create_task(self.pauser(site)) for site in sites]
        await asyncio.sleep(SECONDS)
        self.stopping = True
        await asyncio.gather(*work)
        return before

    def test_a_pause_is_not_an_outage(self):
        before = asyncio.run(self.scenario())
        after = self.total("herald_peer_downs_total")
        deaths = sum(self.total("herald_peer_deaths_total"))
        links = SIDECARS * (SIDECARS - 1)
        downs = sum(after) - sum(before)
        print(f"\nseed {SEED}: {links} links for {SECONDS:.0f} s are "
              f"{links * SECONDS / DAY:.2f} peer-days; {self.pauses} pauses of "
              f"{PAUSE * 1000:.0f} ms, {sum(self.statuses.values())} calls: "
              f"{downs} downs, {deaths} deaths; answers {dict(self.statuses)}")
        self.assertEqual({200}, set(self.statuses))
        self.assertEqual(0, deaths)
        # The first pause of a link counts, the next ones of that day do not.
        self.assertLessEqual(downs, links)


if __name__ == "__main__":
    unittest.main()
