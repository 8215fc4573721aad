"""Runs what is served: turn, deadline, errors, log.

An async function runs on the event loop, and is cancelled at its deadline. A plain one
runs on a thread, so that it may block, and a thread cannot be stopped: its caller is
answered at the deadline all the same, and its place is taken until it comes back. A
caller who hangs up stops neither.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, Union

from .admission import Places, Queue
from .failure import Failure
from .logs import execution as execution_fields
from .steps import watched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .served import Target
    from .settings import Settings

T = TypeVar("T")

log = logging.getLogger("functions_runtime.execution")


@dataclass(frozen=True)
class Returned(Generic[T]):
    """It returned, and this is what was made of its value."""

    value: T


@dataclass(frozen=True)
class TimedOut:
    """Its deadline, in seconds, has passed."""

    error: str


Ended = Union[Returned[T], Failure, TimedOut]


class Executor:
    """Runs so many executions at once. Made and used on the event loop."""

    def __init__(self, settings: Settings) -> None:
        queue = Queue(settings.max_queue)
        self._places = Places(settings.max_concurrency, queue)
        self._threads = Places(settings.workers, queue)
        self._pool = ThreadPoolExecutor(settings.workers, thread_name_prefix="function")
        self._running: set[_Execution[Any]] = set()
        self._timeout = settings.timeout
        self._max_timeout = settings.max_timeout

    @property
    def running(self) -> int:
        """How many executions run right now, those that nobody waits for any more as well."""
        return len(self._running)

    def timeout_of(self, target: Target) -> float:
        """Its own deadline or the default, at most the highest one, in seconds."""
        own = self._timeout if target.timeout is None else target.timeout
        return min(own, self._max_timeout)

    async def run(
        self,
        target: Target,
        arguments: tuple[Sequence[Any], Mapping[str, Any]],
        finish: Callable[[Any], T],
        execution_id: str,
    ) -> Ended[T]:
        """Run it to its end or its deadline; `finish` makes an answer of its result.

        Raises `OverloadedError` where as many run and wait as may.
        """
        timeout = self.timeout_of(target)
        # Whoever waits for a thread does not keep a place from those who need none.
        gates = [self._places] if target.is_async else [self._threads, self._places]
        await _take(gates, timeout)
        with execution_fields(execution_id, target.name):
            execution = _Execution(target, arguments, finish, self._pool)
            task = asyncio.ensure_future(execution.run())
            self._running.add(execution)
            execution.task = task

            def over(_: asyncio.Future[Any]) -> None:
                self._running.discard(execution)
                for gate in gates:
                    gate.give_back()

            task.add_done_callback(over)
            started = time.monotonic()
            await asyncio.wait({task}, timeout=timeout)
            ended = task.result() if task.done() else _expire(execution, timeout)
            _log(ended, time.monotonic() - started)
            return ended

    def cancel_all(self) -> None:
        """Cancel what can be cancelled of what still runs."""
        for execution in list(self._running):
            execution.cancel("the server stops")


class _Execution(Generic[T]):
    def __init__(
        self,
        target: Target,
        arguments: tuple[Sequence[Any], Mapping[str, Any]],
        finish: Callable[[Any], T],
        pool: ThreadPoolExecutor,
    ) -> None:
        self.task: asyncio.Future[Ended[T]] | None = None
        self.target = target
        self._arguments = arguments
        self._finish = finish
        self._pool = pool
        self._is_in_thread = False
        self._why_cancelled: str | None = None

    def cancel(self, why: str) -> None:
        """Cancel it, unless it is in a thread. A second time is one time too many."""
        if self._why_cancelled is None:
            self._why_cancelled = why
            if self.task is not None and not self._is_in_thread:
                self.task.cancel()

    async def run(self) -> Ended[T]:
        """Run it; whatever it does is an end of it, `sys.exit` as well."""
        try:
            if self.target.is_async:
                return Returned(self._finish(await watched(self._call(), _tell)))
            ended = await self._run_in_thread()
            if not isinstance(ended, _Unfinished):
                return ended
            if self._why_cancelled is not None:
                ended.close()
                return Failure(self._why_cancelled, self._why_cancelled)
            return Returned(self._finish(await watched(ended.wait(), _tell)))
        except asyncio.CancelledError as error:
            why = self._why_cancelled
            return Failure.of(error) if why is None else Failure(why, why)
        except BaseException as error:  # noqa: BLE001 - a stranger's code
            return Failure.of(error)

    def _call(self) -> Any:
        positional, named = self._arguments
        return self.target.call(*positional, **named)

    async def _run_in_thread(self) -> Ended[T] | _Unfinished:
        context = contextvars.copy_context()
        self._is_in_thread = True
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, context.run, self._work)
        finally:
            self._is_in_thread = False

    def _work(self) -> Ended[T] | _Unfinished:
        try:
            value = self._call()
            if inspect.isawaitable(value):
                return _Unfinished(value)
            return Returned(self._finish(value))
        except BaseException as error:  # noqa: BLE001 - a stranger's code
            return Failure.of(error)


class _Unfinished:
    """What a plain function has given out for others to await."""

    def __init__(self, awaitable: Any) -> None:
        self._awaitable = awaitable

    async def wait(self) -> Any:
        return await self._awaitable

    def close(self) -> None:
        if inspect.iscoroutine(self._awaitable):
            self._awaitable.close()


async def _take(gates: Sequence[Places], patience: float) -> None:
    taken: list[Places] = []
    try:
        for gate in gates:
            await gate.take(patience)
            taken.append(gate)
    except BaseException:
        for gate in taken:
            gate.give_back()
        raise


def _expire(execution: _Execution[Any], timeout: float) -> TimedOut:
    name = execution.target.name
    error = f"Function '{name}' execution timed out after {float(timeout)!r} seconds"
    execution.cancel(error)
    return TimedOut(error)


def _tell(held: float) -> None:
    log.warning(
        "The function kept the event loop without an await; all others wait for it, and "
        "/ready as well. Write it as a plain function, which gets a thread of its own, or "
        "move blocking work into asyncio.to_thread",
        extra={"held_ms": _milliseconds(held)},
    )


def _log(ended: Ended[Any], seconds: float) -> None:
    fields: dict[str, Any] = {"status": "success", "duration_ms": _milliseconds(seconds)}
    if isinstance(ended, Returned):
        log.info("Function executed", extra=fields)
    elif isinstance(ended, TimedOut):
        log.error(
            "Function timed out",
            extra={**fields, "status": "timeout", "exc_info_": ended.error},
        )
    else:
        log.error(
            "Function failed", extra={**fields, "status": "error", "exc_info_": ended.exc_info}
        )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
