# SPDX-License-Identifier: Apache-2.0
"""A rolling restart of every sidecar under steady load with 5 % long streams:
no unary call fails or is done twice, and no stream has a gap that nobody
marked. Each callee goes as in Kubernetes: the preStop hook, then SIGTERM, then
a new process in its place. The caller's sidecar goes last, once its agent has
stopped calling and while its streams still run.

HERALD_ROLL_RATE sets the calls a second (1,000); what was reached is printed.
"""
import asyncio
import os
import signal
import unittest

import mesh
from steady_load import Agents, Load

RATE = float(os.environ.get("HERALD_ROLL_RATE", "1000"))
STREAMS_EACH = 20
SITES = ("fra", "par", "mad")


class RollTest(mesh.MeshTest):
    def roll(self, site):
        self.mesh.herald("drain", "--admin", f"127.0.0.1:{site.admin}")
        site.signal(signal.SIGTERM)
        self.assertEqual(0, site.process.wait(40))
        site.start()
        self.mesh.wait_up()

    async def scenario(self, agents):
        for name, port in zip(SITES, agents.ports):
            self.mesh.sites[name] = mesh.Sidecar(
                self.mesh, name, "summarizer",
                self.mesh.facts("DE", "FarEdge"), port)
        await asyncio.to_thread(self.mesh.start)
        load = Load(self.mesh.planner.port, RATE, STREAMS_EACH)
        await asyncio.sleep(2)
        for site in self.mesh.sites.values():
            await asyncio.to_thread(self.roll, site)
        await asyncio.sleep(1)
        await load.stop()

        # The caller's agent has ended; its streams have not.
        self.assertGreater(load.open_streams, 0)
        planner = self.mesh.planner
        planner.signal(signal.SIGTERM)
        await load.streams_ended()
        self.assertEqual(0, await asyncio.to_thread(planner.process.wait, 40))
        await asyncio.to_thread(planner.start)
        again = await asyncio.to_thread(
            self.mesh.call, "/agents/summarizer/unary/again", "POST", b"1")
        self.assertEqual(200, again.status)
        return load

    def test_no_call_is_lost_doubled_or_silently_cut(self):
        agents = Agents(len(SITES))
        load = asyncio.run(self.scenario(agents))
        seen = agents.end()
        # A stream is a GET, which may be asked of two peers when one is late.
        doubled = [path for path, count in seen.items()
                   if count > 1 and path.startswith(b"/unary/")]
        print(f"\n{sum(load.statuses.values())} unary calls and "
              f"{sum(load.streams.values())} streams at "
              f"{load.calls / load.seconds:.0f} calls/s over the restart of "
              f"four sidecars: {len(load.failed)} failed, {len(doubled)} "
              f"doubled, streams {dict(load.streams)}; the slowest unary call "
              f"took {load.longest * 1000:.0f} ms")
        self.assertEqual([], load.failed[:5])
        self.assertEqual([], doubled[:5])
        self.assertEqual(0, load.streams["GAP"])
        self.assertEqual(0, load.streams["marked"],
                         "each of them fits into the grace")


if __name__ == "__main__":
    unittest.main()
