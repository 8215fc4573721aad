"""Reading the body of a request within bounds: its size, its time, and how many large ones
are held at once.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

    from .settings import Settings

# Up to here a body is read without a place among the large ones, in bytes.
_SMALL = 64 * 1024
_LARGE_BODIES = 64
# What a body that is half sent still gets when the server stops, in seconds.
_GRACE = 1.0


class BodyError(Exception):
    """Why a body was not read, and the status of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Bodies:
    """Reads bodies. Made and used on the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_body_bytes
        self._timeout = settings.body_timeout
        self._large = asyncio.Semaphore(_LARGE_BODIES)
        self._reading: set[asyncio.Task[bytes]] = set()

    async def read(self, request: Request) -> bytes:
        """Read all of the body.

        Raises `BodyError` where it is too large, too slow or breaks off.
        """
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._most:
            raise self._too_large()
        task = asyncio.ensure_future(self._collect(request))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        await asyncio.wait({task}, timeout=self._timeout)
        if not task.done() or task.cancelled():
            task.cancel()
            text = f"The body was not all there within {self._timeout:g} seconds"
            raise BodyError(408, text)
        return task.result()

    async def hurry(self) -> None:
        """Give up, after a short while, what is half sent."""
        end = time.monotonic() + _GRACE
        while self._reading and time.monotonic() < end:
            await asyncio.wait(self._reading, timeout=end - time.monotonic())
        for task in self._reading:
            task.cancel()

    async def _collect(self, request: Request) -> bytes:
        parts: list[bytes] = []
        length = 0
        has_place = False
        try:
            async for part in request.stream():
                length += len(part)
                if length > self._most:
                    raise self._too_large()
                parts.append(part)
                if length > _SMALL and not has_place:
                    await self._large.acquire()
                    has_place = True
        except ClientDisconnect:
            raise BodyError(400, "The body could not be read: it broke off") from None
        finally:
            if has_place:
                self._large.release()
        return b"".join(parts)

    def _too_large(self) -> BodyError:
        text = f"The body is larger than the {self._most} bytes that are allowed"
        return BodyError(413, text)
