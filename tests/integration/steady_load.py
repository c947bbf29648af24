# SPDX-License-Identifier: Apache-2.0
"""Calls at a steady rate, some of them long streams of events, and agents that
answer them: the load for roll_test. Written on asyncio's protocols, where a
call costs a few tens of microseconds, so that the sidecars between the two are
what is loaded.

The rate is kept whatever becomes of the calls: one that waits makes no other
wait.
"""
import asyncio
import collections
import functools
import multiprocessing
import time

EVENTS, EVENT_SECONDS = 50, 0.1  # of each stream: five seconds
TICK = 0.01
PATIENCE = 30.0


def event(number):
    return b"data: %d\n\n" % number


def split_head(buffer):
    """The first line, the fields and what follows; or none of them yet."""
    head, end, rest = buffer.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.split(b"\r\n")
    return first, dict(line.lower().split(b": ", 1) for line in lines), rest


class AgentConnection(asyncio.Protocol):
    def __init__(self, agent):
        self.agent = agent
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while self.answer_one():
            pass

    def answer_one(self):
        parts = split_head(self.buffer)
        if parts is None:
            return False
        first, fields, rest = parts
        length = int(fields.get(b"content-length", 0))
        if len(rest) < length:
            return False
        self.buffer = rest[length:]
        path = first.split()[1]
        self.agent.seen[path] += 1
        if path.startswith(b"/stream/"):
            self.agent.begin_stream(self.transport)
        else:
            self.transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        return True


class Agent:
    """Notes each call it gets, and answers at once or with a stream."""

    def __init__(self):
        self.seen = collections.Counter()
        # Streams by when their next event is due, as a wheel of ticks.
        self.wheel = collections.deque(
            [] for _ in range(round(EVENT_SECONDS / TICK)))

    async def start(self):
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(
            lambda: AgentConnection(self), "127.0.0.1", 0, backlog=512)
        self.ticking = asyncio.create_task(self.tick())
        return self.server.sockets[0].getsockname()[1]

    def begin_stream(self, transport):
        transport.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
                        b"content-type: text/event-stream\r\n\r\n")
        self.wheel[-1].append((transport, 0))

    async def tick(self):
        due = time.monotonic()
        while True:
            due += TICK
            await asyncio.sleep(max(0, due - time.monotonic()))
            streams, self.wheel[0] = self.wheel[0], []
            self.wheel.rotate(-1)
            for transport, number in streams:
                self.go_on(transport, number)

    def go_on(self, transport, number):
        if transport.is_closing():
            return
        if number == EVENTS:
            transport.write(b"0\r\n\r\n")
            return
        text = event(number)
        transport.write(b"%x\r\n%s\r\n" % (len(text), text))
        self.wheel[-1].append((transport, number + 1))


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
        """How often each call was seen, by its path."""
        self.ours.send("end")
        seen = self.ours.recv()
        self.process.join()
        return seen


class Caller(asyncio.Protocol):
    """One connection, one call at a time."""

    def __init__(self, load):
        self.load = load
        self.done = None  # told the status (None: it broke), fields and body

    def connection_made(self, transport):
        self.transport = transport

    def ask(self, request, done):
        self.buffer, self.done = b"", done
        self.transport.write(request)

    def data_received(self, data):
        self.buffer += data
        parts = split_head(self.buffer)
        if parts is None or self.done is None:
            return
        first, fields, body = parts
        if b"content-length" in fields:
            whole = len(body) >= int(fields[b"content-length"])
        else:
            whole = body.endswith(b"0\r\n\r\n")
        if whole:
            self.end(int(first.split()[1]), fields, body)

    def connection_lost(self, error):
        if self.done is not None:
            parts = split_head(self.buffer)
            self.end(None, parts[1] if parts else {},
                     parts[2] if parts else b"")

    def end(self, status, fields, body):
        done, self.done = self.done, None
        done(status, body)
        if status is not None and fields.get(b"connection") != b"close":
            self.load.idle.append(self)
        else:
            self.transport.close()


class Load:
    """`rate` calls a second of the agent summarizer; each `streams_each`th is
    a stream. Runs in the loop that makes it."""

    def __init__(self, port, rate, streams_each):
        self.port, self.rate, self.streams_each = port, rate, streams_each
        self.calls = 0
        self.idle = []
        self.open_streams = 0
        self.open_calls = 0
        self.statuses = collections.Counter()
        self.streams = collections.Counter()  # whole, marked, GAP
        self.failed = []
        self.longest = 0.0
        self.began = time.monotonic()
        self.pacing = asyncio.create_task(self.pace())

    async def pace(self):
        while True:
            due = int((time.monotonic() - self.began) * self.rate)
            while self.calls < due:
                self.calls += 1
                await self.begin(self.calls)
            await asyncio.sleep(0.002)

    async def stop(self):
        """No further calls; what is open goes on."""
        self.pacing.cancel()
        self.seconds = time.monotonic() - self.began
        await self.none_left(lambda: self.open_calls)

    async def streams_ended(self):
        await self.none_left(lambda: self.open_streams)

    @staticmethod
    async def none_left(how_many):
        end = time.monotonic() + PATIENCE
        while how_many() > 0:
            if time.monotonic() > end:
                raise AssertionError(f"{how_many()} still open after "
                                     f"{PATIENCE:.0f} s")
            await asyncio.sleep(0.02)

    async def caller(self):
        while self.idle:
            caller = self.idle.pop()
            if not caller.transport.is_closing():
                return caller
        loop = asyncio.get_running_loop()
        _, caller = await loop.create_connection(
            lambda: Caller(self), "127.0.0.1", self.port)
        return caller

    async def begin(self, number):
        caller = await self.caller()
        if number % self.streams_each == 0:
            self.open_streams += 1
            caller.ask(b"GET /agents/summarizer/stream/%d HTTP/1.1\r\n"
                       b"host: x\r\n\r\n" % number, self.on_stream)
        else:
            self.open_calls += 1
            caller.ask(b"POST /agents/summarizer/unary/%d HTTP/1.1\r\n"
                       b"host: x\r\ncontent-length: 1\r\n\r\n1" % number,
                       functools.partial(self.on_call, number,
                                         time.monotonic()))

    def on_call(self, number, began, status, body):
        self.open_calls -= 1
        self.statuses[status] += 1
        self.longest = max(self.longest, time.monotonic() - began)
        if status != 200:
            self.failed.append((number, status, body))

    def on_stream(self, status, body):
        self.open_streams -= 1
        sent = b"".join(b"%x\r\n%s\r\n" % (len(event(i)), event(i))
                        for i in range(EVENTS))
        # The body of a refusal is its reason.
        got = data_of(body) if status in (200, None) else b""
        self.streams[self.judge(status, got, data_of(sent))] += 1

    @staticmethod
    def judge(status, got, sent):
        if status == 200 and got == sent:
            return "whole"
        if status != 200 and sent.startswith(got):
            return "marked"
        return "GAP"


def data_of(chunked):
    """The whole events in a chunked body, however it was cut in chunks."""
    data = b""
    while chunked:
        size, _, rest = chunked.partition(b"\r\n")
        length = int(size or b"0", 16)
        if length == 0:
            break
        data += rest[:length]
        chunked = rest[length + 2:]
    return data[:data.rfind(b"\n\n") + 2] if b"\n\n" in data else b""
