"""What is served: the functions of a file, and its handler."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from .arguments import Arguments
from .declared import Declared, declared

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Target:
    """Something that is run: by whom it is run, and for how long."""

    name: str
    call: Callable[..., Any]
    is_async: bool
    timeout: float | None

    @classmethod
    def of(cls, call: Callable[..., Any], name: str) -> Target:
        """Read what is said of `call`, which has `name` unless it says another one."""
        said = declared(call) or Declared()
        # A plain function around an async one gives out what can be awaited, and it is.
        is_async = inspect.iscoroutinefunction(call)
        return cls(said.name or name, call, is_async, said.timeout)


@dataclass(frozen=True)
class Function:
    """A function that callers reach by name."""

    target: Target
    arguments: Arguments
    description: str

    @classmethod
    def of(cls, call: Callable[..., Any], name: str) -> Function:
        """Read the signature of `call`.

        Raises `UnusableSignatureError` where it cannot be called by name.
        """
        said = declared(call) or Declared()
        description = said.description or inspect.getdoc(call) or ""
        return cls(Target.of(call, name), Arguments(call), description)

    @property
    def name(self) -> str:
        """What callers call it."""
        return self.target.name


@dataclass(frozen=True)
class Served:
    """Everything that a file has to offer."""

    functions: Mapping[str, Function]
    handler: Target | None
