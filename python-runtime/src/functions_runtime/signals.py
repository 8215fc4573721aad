"""What ends a server: SIGTERM and Ctrl-C, heard by a thread of their own.

Python runs the handler of a signal on its main thread, between two steps of it. A file
that blocks while it is loaded, or an async function that blocks the event loop, would hold
it up without end. So the number of the signal goes through a socket instead, and whoever
waits at its other end sees to it that the process ends.
"""

from __future__ import annotations

import signal
import socket
import threading
from typing import Callable, NoReturn

_NUMBERS = (signal.SIGTERM, signal.SIGINT)
# How long whoever heard a second signal has to end the process, in seconds.
_AT_ONCE = 1.0


class Signals:
    """Hears signals from now on. Made on the main thread, once in a process."""

    def __init__(self, end: Callable[[int], NoReturn]) -> None:
        """Whatever happens, `end` ends the process at once, with the code that it is given.

        That is what the first signal does until somebody hears it otherwise.
        """
        self._end = end
        self._hear: Callable[[], None] | None = None
        self._patience = 0.0
        self._told, tell = socket.socketpair()
        tell.setblocking(False)
        self._tell = tell
        for number in _NUMBERS:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._listen, name="signals", daemon=True).start()

    def heard_by(self, hear: Callable[[], None], patience: float) -> None:
        """Call `hear`, on the thread of signals, at each; it has so many seconds to end."""
        self._patience = patience
        self._hear = hear

    def _listen(self) -> None:
        many, code = 0, 0
        while True:
            try:
                [number] = self._told.recv(1)
            except socket.timeout:
                self._end(code)
            if number not in _NUMBERS:
                continue
            many += 1
            if self._hear is None:
                self._end(0)
            self._hear()
            code = 0 if many == 1 else 1
            self._told.settimeout(self._patience if many == 1 else _AT_ONCE)
