"""From settings to a server, and back: the socket, the signals, the end.

SIGTERM or Ctrl-C asks for an orderly end: not ready, nobody new, what runs to its end or to
the cap. A second signal is for an end at once. The process ends in any case, whatever the
threads of functions still do.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from typing import TYPE_CHECKING

import uvicorn

from .app import App
from .connection import connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .served import Served
    from .settings import Settings
    from .signals import Signals

# How long before the cap what still runs is cancelled, so that it can end by itself: this
# part of the cap, and this many seconds at most.
_EARLY_PART = 0.2
_EARLY = 1.0
# What the event loop has beyond the cap, in seconds. A function that blocks it has no more.
_LAST = 0.5

log = logging.getLogger("functions_runtime.server")


class BindError(Exception):
    """Why the address cannot be listened on, and what to do."""


class EndedAtOnceError(Exception):
    """A second signal came while the end was under way."""


class _Uvicorn(uvicorn.Server):
    """uvicorn, without its own ideas of signals: it would end this process by one."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def close_door(self) -> None:
        """Let nobody new in."""
        for server in self.servers:
            server.close()


def bind(settings: Settings) -> socket.socket:
    """Listen, so that whoever can connect is answered soon.

    Raises `BindError` where that is not possible.
    """
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, number, _, address = found[0]
        listening = socket.socket(family, kind, number)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise BindError(f"cannot listen on {where}: {error}. {_advice(error)}") from error
    return listening


async def serve(
    served: Served,
    settings: Settings,
    listening: socket.socket,
    signals: Signals,
) -> bool:
    """Serve until a signal comes; tells whether everything that ran has ended.

    Raises `EndedAtOnceError` where a second one comes.
    """
    app = App(served, settings)
    server = _Uvicorn(_config(app, settings))
    stop, at_once = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hear() -> None:
        (at_once if stop.is_set() else stop).set()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # It has ended already.
            loop.call_soon_threadsafe(hear)

    signals.heard_by(tell, settings.shutdown_delay + settings.shutdown_timeout + _LAST)
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    _announce(served, listening)
    told = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
        raise RuntimeError("the HTTP server has ended by itself")
    interrupted = asyncio.ensure_future(at_once.wait())
    ending = asyncio.ensure_future(_end(app, server, serving, settings))
    await asyncio.wait({ending, interrupted}, return_when=asyncio.FIRST_COMPLETED)
    if not ending.done():
        raise EndedAtOnceError(
            f"ended at once by a second signal, with {app.executor.running} executions running"
        )
    log.info("Stopped")
    return ending.result()


async def _end(
    app: App,
    server: _Uvicorn,
    serving: asyncio.Future[None],
    settings: Settings,
) -> bool:
    app.is_ready = False
    if settings.shutdown_delay:
        log.info(
            "About to stop: not ready any more, and callers are let in for a while",
            extra={"delay_seconds": settings.shutdown_delay},
        )
        await asyncio.wait({serving}, timeout=settings.shutdown_delay)
    cap = settings.shutdown_timeout
    log.info(
        "Stopping: finishing what runs",
        extra={"running": app.executor.running, "cap_seconds": cap},
    )
    server.close_door()
    server.should_exit = True
    hurrying = asyncio.ensure_future(app.bodies.hurry())
    early = min(_EARLY, cap * _EARLY_PART)
    await asyncio.wait({serving}, timeout=cap - early)
    if not serving.done():
        log.warning(
            "The time to stop is nearly over: what still runs is told to end, or cut off",
            extra={"running": app.executor.running},
        )
        app.executor.cancel_all()
        await asyncio.wait({serving}, timeout=early)
    hurrying.cancel()
    return serving.done() and app.executor.running == 0


def _config(app: App, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app.asgi,
        http=connections(settings),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=settings.max_header_bytes,
        timeout_keep_alive=settings.header_timeout,  # type: ignore[arg-type]
    )


def _announce(served: Served, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    local = "localhost" if host in {"0.0.0.0", "::"} else shown  # noqa: S104
    names = list(served.functions)
    log.info(
        "Serving functions",
        extra={
            "address": f"{shown}:{port}",
            "url": f"http://{local}:{port}",
            "function_count": len(names),
            "functions": ", ".join(names),
            "handler": served.handler is not None,
        },
    )


def _advice(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            "Another program listens there: end it, or set CRBR_FUNCTIONS_PORT to another "
            "port, 0 for any that is free"
        )
    if error.errno == errno.EACCES:
        return "Ports below 1024 are for root: set CRBR_FUNCTIONS_PORT to a higher one"
    return "Set CRBR_FUNCTIONS_HOST to an address of this machine, such as 0.0.0.0 or 127.0.0.1"
