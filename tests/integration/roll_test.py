# SPDX-License-Identifier: Apache-2.0
"""A rolling restart of every sidecar under steady load with 5 % long streams:
no unary call fails or is done twice, and no stream has a gap that nobody
marked. Each callee goes as in Kubernetes: the preStop hook, then SIGTERM, then
a new process in its place. The caller's sidecar goes last, once its agent has
stopped calling and while its streams still run.

HERALD_ROLL_RATE sets the calls a second (1,000); what was reached is printed.
"""
import asyncio
import collections
import multiprocessing
import os
import signal
import time
import unittest

import mesh

RATE = float(os.environ.get("HERALD_ROLL_RATE", "1000"))
SITES = ("fra", "par", "mad")
WORKERS = 24
STREAM_SECONDS, EVENTS = 5.0, 50


async def read_head(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    return lines[0], fields


class Agent:
    """Notes each call it gets, and answers at once or with a stream."""

    def __init__(self):
        self.seen = collections.Counter()

    async def start(self):
        self.server = await asyncio.start_server(
            self.serve, "127.0.0.1", 0, backlog=512)
        return self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while True:
                first, fields = await read_head(reader)
                await reader.readexactly(int(fields.get("content-length", 0)))
                path = first.split()[1]
                self.seen[path] += 1
                if path.startswith("/stream/"):
                    await self.stream(writer)
                else:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
                                 b"\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError,
                asyncio.CancelledError):  # the last at the test's end
            pass
        finally:
            writer.close()

    async def stream(self, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
                     b"content-type: text/event-stream\r\n\r\n")
        for number in range(EVENTS):
            event = b"data: %d\n\n" % number
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            await asyncio.sleep(STREAM_SECONDS / EVENTS)
        writer.write(b"0\r\n\r\n")


class Agents:
    """Several, in a process of their own: a processor for them and one for
    those who call."""

    def __init__(self, count):
        self.ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=self.run, args=(count, theirs), daemon=True)
        self.process.start()
        self.ports = self.ours.recv()

    @staticmethod
    def run(count, pipe):
        async def serve():
            agents = [Agent() for _ in range(count)]
            pipe.send([await agent.start() for agent in agents])
            await asyncio.to_thread(pipe.recv)
            pipe.send(sum((agent.seen for agent in agents),
                          collections.Counter()))
        asyncio.run(serve())

    def end(self):
        """How often each call was seen."""
        self.ours.send("end")
        seen = self.ours.recv()
        self.process.join()
        return seen


class Load:
    """Calls at a steady rate over kept connections; streams on their own."""

    def __init__(self, port):
        self.port = port
        self.calls = 0
        self.statuses = collections.Counter()
        self.failed = []
        self.streams = collections.Counter()  # whole, marked, GAP
        self.longest = 0.0
        self.running = set()
        self.stopping = False

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def worker(self, index):
        reader, writer = await self.connect()
        due = time.monotonic() + index / RATE
        while not self.stopping:
            await asyncio.sleep(max(0, due - time.monotonic()))
            due = max(due + WORKERS / RATE, time.monotonic() - 0.1)
            self.calls += 1
            number = self.calls
            if number % 20 == 0:
                task = asyncio.create_task(self.stream(number))
                self.running.add(task)
                task.add_done_callback(self.running.discard)
                continue
            began = time.monotonic()
            try:
                writer.write(b"POST /agents/summarizer/unary/%d HTTP/1.1\r\n"
                             b"host: x\r\ncontent-length: 1\r\n\r\n1" % number)
                first, fields = await read_head(reader)
                body = await reader.readexactly(int(fields["content-length"]))
                status = int(first.split()[1])
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                status, body = repr(error), b""
                reader, writer = await self.connect()
            self.statuses[status] += 1
            self.longest = max(self.longest, time.monotonic() - began)
            if status != 200:
                self.failed.append((number, status, body))
        writer.close()

    async def stream(self, number):
        reader, writer = await self.connect()
        data, marked = b"", False
        try:
            writer.write(b"GET /agents/summarizer/stream/%d HTTP/1.1\r\n"
                         b"host: x\r\n\r\n" % number)
            first, _ = await read_head(reader)
            marked = " 200 " not in first
            while not marked:
                size = int(await reader.readuntil(b"\r\n"), 16)
                data += (await reader.readexactly(size + 2))[:-2]
                if size == 0:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            marked = True
        finally:
            writer.close()
        events = [b"data: %d" % i for i in range(EVENTS)]
        got = data.split(b"\n\n")[:-1]
        if not marked and got == events:
            self.streams["whole"] += 1
        elif marked and got == events[:len(got)]:
            self.streams["marked"] += 1
        else:
            self.streams["GAP"] += 1


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
        load = Load(self.mesh.planner.port)
        workers = [asyncio.create_task(load.worker(i)) for i in range(WORKERS)]
        began = time.monotonic()
        await asyncio.sleep(2)
        for site in self.mesh.sites.values():
            await asyncio.to_thread(self.roll, site)
        await asyncio.sleep(1)
        load.stopping = True
        await asyncio.gather(*workers)
        rate = load.calls / (time.monotonic() - began)

        # The caller's agent has ended; its streams have not.
        self.assertTrue(load.running)
        planner = self.mesh.planner
        planner.signal(signal.SIGTERM)
        await asyncio.gather(*load.running)
        self.assertEqual(0, await asyncio.to_thread(planner.process.wait, 40))
        await asyncio.to_thread(planner.start)
        again = await asyncio.to_thread(
            self.mesh.call, "/agents/summarizer/unary/again", "POST", b"1")
        self.assertEqual(200, again.status)
        return load, rate

    def test_no_call_is_lost_doubled_or_silently_cut(self):
        agents = Agents(len(SITES))
        load, rate = asyncio.run(self.scenario(agents))
        seen = agents.end()
        # A stream is a GET, which may be asked of two peers when one is late.
        doubled = [path for path, count in seen.items()
                   if count > 1 and path.startswith("/unary/")]
        unary = sum(load.statuses.values())
        print(f"\n{unary} unary calls and {sum(load.streams.values())} streams "
              f"at {rate:.0f} calls/s over the restart of four sidecars: "
              f"{len(load.failed)} failed, {len(doubled)} doubled, streams "
              f"{dict(load.streams)}; the slowest unary call took "
              f"{load.longest * 1000:.0f} ms")
        self.assertEqual([], load.failed[:5])
        self.assertEqual([], doubled[:5])
        self.assertEqual(0, load.streams["GAP"])
        self.assertEqual(0, load.streams["marked"],
                         "each of them fits into the grace")


if __name__ == "__main__":
    unittest.main()
