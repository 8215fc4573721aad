"""How many executions run at once, and how many more wait for their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class OverloadedError(Exception):
    """As many executions run and wait as may, or one has waited as long as it could run."""

    def __init__(self) -> None:
        super().__init__("the server runs as many executions as it may; try again later")


class Queue:
    """How many wait, for whatever it is."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting = 0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait within. Raises `OverloadedError` where enough wait already."""
        if self._waiting >= self._most:
            raise OverloadedError
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


class Places:
    """So many places, each taken by one. Only for the thread of the event loop."""

    def __init__(self, capacity: int, queue: Queue) -> None:
        self._free = capacity
        self._queue = queue
        self._next: deque[asyncio.Future[None]] = deque()

    async def take(self, patience: float) -> None:
        """Take a place, and wait for it `patience` seconds at most.

        Raises `OverloadedError` where too many wait, or none became free in time.
        """
        if self._free > 0:
            self._free -= 1
            return
        with self._queue.waiting():
            turn = asyncio.get_running_loop().create_future()
            self._next.append(turn)
            try:
                await asyncio.wait({turn}, timeout=patience)
            except asyncio.CancelledError:
                self._leave(turn)
                raise
            if not turn.done():
                self._leave(turn)
                raise OverloadedError

    def give_back(self) -> None:
        """Let the one who waits longest have the place."""
        if self._next:
            self._next.popleft().set_result(None)
        else:
            self._free += 1

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self.give_back()
        else:
            self._next.remove(turn)
