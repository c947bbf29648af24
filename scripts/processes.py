# SPDX-License-Identifier: Apache-2.0
"""What whoever starts sidecars on one machine needs: the examples, the
integration tests and the benchmark."""
import ctypes
import fcntl
import os
import pathlib
import random
import signal
import socket
import tempfile

# Below the ports that the system gives to outgoing connections: none of those
# can take one of ours between the choice and the bind.
PORTS = range(10240, 32768)
PR_SET_PDEATHSIG = 1
_claimed = []


def free_port(kind=socket.SOCK_STREAM):
    """A loopback port that is free, and that no other process of this user
    gets from here while we live."""
    folder = pathlib.Path(tempfile.gettempdir(), f"herald-ports-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        port = random.choice(PORTS)
        claim = open(folder / str(port), "w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claimed.append(claim)  # held until this process ends
        return port


def die_with_parent():
    """For a child before it runs its program: the kernel ends it when its
    parent goes, and Ctrl-C is for the parent, which ends the rest in order."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
