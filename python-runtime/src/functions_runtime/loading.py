"""From a file to what it serves, or to the reason why it serves nothing."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Callable

from .arguments import UnusableSignatureError
from .declared import declared
from .served import Function, Served, Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HANDLER = "handler"


class LoadError(Exception):
    """Why a file does not load: with its path, and the line where there is one."""


def load(path: Path) -> Served:
    """Run the file at `path`, and collect what is public in it.

    Raises `LoadError` where it is not there, fails, or has nothing to serve.
    """
    module = _run(path)
    functions: dict[str, Function] = {}
    handler: Target | None = None
    for name, call in _public(module):
        if name == HANDLER and declared(call) is None:
            handler = _handler(path, call)
            continue
        function = _function(path, call, name)
        other = functions.setdefault(function.name, function)
        if other is not function:
            places = f"{_place(path, other.target.call)} and {_place(path, call)}"
            raise LoadError(f"two functions are called '{function.name}': {places}")
    if not functions and handler is None:
        raise LoadError(
            f"{path} has nothing to serve: define a function whose name does not begin with "
            f"an underscore, or a '{HANDLER}(request)'"
        )
    return Served(dict(sorted(functions.items())), handler)


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise LoadError(
            f"{path} is no file; CRBR_FUNCTIONS_FILE names the file whose functions are served"
        )
    spec = importlib.util.spec_from_file_location(_module_name(path), path)
    if spec is None or spec.loader is None:
        raise LoadError(f"{path} is no Python file: its name has to end in .py")
    module = importlib.util.module_from_spec(spec)
    # Found by itself and by its neighbours, as it would be where Python had started it.
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise LoadError(f"{path} does not load: {_reason(path, error)}") from error
    return module


def _module_name(path: Path) -> str:
    # One that stands for another module would hide it from everybody.
    other = importlib.util.find_spec(path.stem) if path.stem.isidentifier() else None
    is_taken = other is not None and other.origin != str(path)
    return f"functions_of_{path.stem}" if is_taken else path.stem


def _reason(path: Path, error: BaseException) -> str:
    line = _line_of(path, error)
    where = "" if line is None else f"line {line}: "
    name = type(error).__name__
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{where}{name}: {message}" if message else f"{where}{name}"


def _line_of(path: Path, error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return lines[-1] if lines else None


def _public(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions that are for others: those of `__all__`, where there is one."""
    listed = getattr(module, "__all__", None)
    for name, value in vars(module).items():
        if listed is not None:
            is_public = name in listed and callable(value) and not isinstance(value, type)
        else:
            is_own = getattr(value, "__module__", None) == module.__name__
            is_function = (
                inspect.isfunction(inspect.unwrap(value)) if callable(value) else False
            )
            is_public = is_own and is_function and not name.startswith("_")
        if is_public:
            yield name, value


def _function(path: Path, call: Callable[..., Any], name: str) -> Function:
    try:
        return Function.of(call, name)
    except UnusableSignatureError as error:
        place = _place(path, call)
        raise LoadError(f"{place}: '{name}' cannot be called by name: {error}") from error


def _handler(path: Path, call: Callable[..., Any]) -> Target:
    try:
        inspect.signature(call).bind(object())
    except (TypeError, ValueError) as error:
        place = _place(path, call)
        raise LoadError(
            f"{place}: '{HANDLER}' has to take one argument, the request: {error}"
        ) from error
    return Target.of(call, HANDLER)


def _place(path: Path, call: Callable[..., Any]) -> str:
    inner = inspect.unwrap(call)
    code = inner.__code__ if isinstance(inner, FunctionType) else None
    return str(path) if code is None else f"{code.co_filename}, line {code.co_firstlineno}"
