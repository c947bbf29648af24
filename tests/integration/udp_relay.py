# SPDX-License-Identifier: Apache-2.0
"""A link between sidecars that a test can slow down and cut.

    relay = udp_relay.Relay(to=site.mesh_port, delay=0.02)
    ... relay.port in the peers file ...
    relay.cut()
"""
import heapq
import itertools
import selectors
import socket
import threading
import time

HIGH_ENOUGH = 65535
# Longer ones mostly probe how long they may be, which takes hundreds of KiB
# of a new path.
ORDINARY = 1300


class Relay:
    """Carries datagrams to and from 127.0.0.1:`to`, each `delay` seconds late;
    one socket beyond it for each caller, so that answers find their way."""

    def __init__(self, to, delay=0.0):
        self.to = ("127.0.0.1", to)
        self.delay = delay
        self.cut_off = False  # "both", "there" or "back"
        self.rebinding = False
        self.carried = 0  # bytes, of ordinary datagrams
        self.late = []  # (due, number, socket, datagram, address)
        self.numbers = itertools.count()
        self.beyond = {}  # caller's address -> our socket towards `to`
        self.selector = selectors.DefaultSelector()
        self.front = self.socket(None)
        self.port = self.front.getsockname()[1]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def socket(self, caller):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        self.selector.register(one, selectors.EVENT_READ, caller)
        return one

    def cut(self, way="both"):
        """Nothing passes from now on, either way or but one."""
        self.cut_off = way

    def mend(self):
        self.cut_off = False

    def rebind(self):
        """What comes from here has another source port from now on, as when
        a NAT forgets; answers to the old one are lost."""
        self.rebinding = True

    def stop(self):
        self.stopping.set()
        self.thread.join()
        for one in [self.front, *self.beyond.values()]:
            one.close()

    def run(self):
        while not self.stopping.is_set():
            if self.rebinding:
                self.forget()
            for key, _ in self.selector.select(self.patience()):
                self.receive(key.fileobj, key.data)
            self.send_due()

    def forget(self):
        self.rebinding = False
        for one in self.beyond.values():
            self.selector.unregister(one)
            one.close()
        self.beyond.clear()

    def patience(self):
        if not self.late:
            return 0.05
        return max(0.0, min(0.05, self.late[0][0] - time.monotonic()))

    def receive(self, one, caller):
        while True:
            try:
                datagram, source = one.recvfrom(HIGH_ENOUGH)
            except (BlockingIOError, ConnectionRefusedError):
                return
            way = "there" if one is self.front else "back"
            if self.cut_off in ("both", way):
                continue
            if len(datagram) <= ORDINARY:
                self.carried += len(datagram)
            if one is self.front:
                if source not in self.beyond:
                    self.beyond[source] = self.socket(source)
                leaving, to = self.beyond[source], self.to
            else:
                leaving, to = self.front, caller
            heapq.heappush(self.late, (time.monotonic() + self.delay,
                                       next(self.numbers), leaving,
                                       datagram, to))

    def send_due(self):
        while self.late and self.late[0][0] <= time.monotonic():
            _, _, leaving, datagram, to = heapq.heappop(self.late)
            try:
                leaving.sendto(datagram, to)
            except OSError:
                pass  # lost, as datagrams are
