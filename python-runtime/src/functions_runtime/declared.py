"""What the author of a function says of it beside its signature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable as AnyCallable

F = TypeVar("F", bound="AnyCallable[..., Any]")

_MARK = "__functions_runtime__"


@dataclass(frozen=True)
class Declared:
    """What was said with `@function`; where nothing was said, what holds otherwise."""

    name: str | None = None
    description: str | None = None
    timeout: float | None = None


@overload
def function(function: F, /) -> F: ...


@overload
def function(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
) -> Callable[[F], F]: ...


def function(
    function: F | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
) -> F | Callable[[F], F]:
    """Says more of a function than its signature does, and returns it as it is.

    `name` is what callers call it, where that is not its own name. `timeout` is its
    deadline in seconds, above 0; it gets no more than `CRBR_FUNCTIONS_MAX_TIMEOUT`.
    `description` stands for its docstring.

    Raises `ValueError` where the name is empty or the timeout is not a time.
    """
    if name == "":
        raise ValueError("the name of a function is empty; leave it out to use its own")
    if timeout is not None and not (0 < timeout < math.inf):
        raise ValueError(f"timeout is {timeout!r}; it must be seconds above 0")

    def declare(function: F) -> F:
        setattr(function, _MARK, Declared(name, description, timeout))
        return function

    return declare if function is None else declare(function)


def declared(function: AnyCallable[..., Any]) -> Declared | None:
    """What was said of a function; `None` where `@function` does not stand on it."""
    # A decorator that wraps a function takes the marks of its inside along, as it should.
    found = getattr(function, _MARK, None)
    return found if isinstance(found, Declared) else None
