"""A connection, within bounds: how many there are, and how long a head may take.

uvicorn bounds how long a connection idles between requests, and nothing that is begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from .settings import Settings


def connections(settings: Settings) -> type[asyncio.Protocol]:
    """The kind of connection that keeps to these bounds."""

    class Connection(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > settings.max_connections:
                transport.close()
            else:
                self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._end_watch()
            super().connection_lost(exc)

        def _watch(self) -> None:
            has_request = self.cycle is not None and not self.cycle.response_complete
            if has_request:
                self._end_watch()
            elif self._late is None:
                close = cast("Callable[[], Any]", self.transport.close)
                self._late = self.loop.call_later(settings.header_timeout, close)

        def _end_watch(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return Connection
