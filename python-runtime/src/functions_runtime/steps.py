"""Runs a coroutine step by step, and tells of a step that takes too long.

All async functions share one thread. One that computes for long, or calls something that
blocks, takes it from all others, from `/ready` as well, and no deadline can stop it. So
its author is told.
"""

from __future__ import annotations

import time
import types
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

# How long a step may take before it is told, in seconds.
LONG_STEP = 0.5


@types.coroutine
def watched(
    coroutine: Coroutine[Any, Any, Any],
    tell: Callable[[float], None],
) -> Generator[Any, Any, Any]:
    """Await `coroutine`, and tell once for how many seconds a step has kept the thread."""
    is_told = False
    step: Callable[[], Any] = partial(coroutine.send, None)
    while True:
        started = time.monotonic()
        try:
            waits_for = step()
        except StopIteration as end:
            return end.value
        finally:
            held = time.monotonic() - started
            if held >= LONG_STEP and not is_told:
                is_told = True
                tell(held)
        try:
            sent = yield waits_for
        except BaseException as thrown:  # noqa: BLE001 - it is for the function
            step = partial(coroutine.throw, thrown)
        else:
            step = partial(coroutine.send, sent)
