"""Logs: one line an event, on standard output, that no call waits for.

Code logs with plain `logging`. A line carries the fields of the execution that it was
logged in, on the threads of plain functions as well, and what is given as `extra`. What is
printed becomes a line of the log too: whoever reads standard output reads JSON and nothing
else.
"""

from __future__ import annotations

import json
import logging
import math
import os
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .failure import exc_info

if TYPE_CHECKING:
    from collections.abc import Iterator

# Those of the service; an extra of such a name gets an underscore at its end.
_OWN = ("timestamp", "level", "message", "target", "deployment_id")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
# What a caller chose stands in each line of its execution, in characters.
_LONGEST = 1024
_BUNYAN = {"DEBUG": 20, "INFO": 30, "WARNING": 40, "ERROR": 50}

_execution: ContextVar[dict[str, str]] = ContextVar("execution", default={})  # noqa: B039


@contextmanager
def execution(execution_id: str, function_name: str) -> Iterator[None]:
    """Lines that are logged within are of this execution."""
    fields = {
        "execution_id": execution_id[:_LONGEST],
        "function_name": function_name[:_LONGEST],
    }
    token = _execution.set(fields)
    try:
        yield
    finally:
        _execution.reset(token)


def level_of(record: logging.LogRecord) -> str:
    """The name of its level: `DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    if record.levelno >= logging.ERROR:
        return "ERROR"
    if record.levelno >= logging.WARNING:
        return "WARNING"
    return "INFO" if record.levelno >= logging.INFO else "DEBUG"


def time_of(record: logging.LogRecord) -> str:
    """Its time, in UTC and to the microsecond."""
    time = datetime.fromtimestamp(record.created, timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def message_of(record: logging.LogRecord) -> str:
    """Its message. A mistake in it is told in its place."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - a stranger's values
        return f"{record.msg!r} cannot be written: {error}"


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What it carries beside its message."""
    fields: dict[str, Any] = dict(_execution.get())
    for name, value in vars(record).items():
        if name not in _STANDARD and name != "exc_info_":
            fields[f"{name}_" if name in _OWN else name] = value
    told = getattr(record, "exc_info_", None)
    if told is None and record.exc_info and record.exc_info[1] is not None:
        told = exc_info(record.exc_info[1])
    if told is not None:
        fields["exc_info"] = told
    return fields


class Json(logging.Formatter):
    """A JSON object a line."""

    def __init__(self, deployment_id: str) -> None:
        super().__init__()
        self._deployment_id = deployment_id

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        return _json(
            {
                "timestamp": time_of(record),
                "level": level_of(record),
                "message": message_of(record),
                "target": record.name,
                "deployment_id": self._deployment_id,
                **fields_of(record),
            }
        )


class Bunyan(logging.Formatter):
    """The same in Bunyan's words."""

    def __init__(self, deployment_id: str) -> None:
        super().__init__()
        self._deployment_id = deployment_id
        self._hostname = socket.gethostname()

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        return _json(
            {
                **fields_of(record),
                "v": 0,
                "name": self._deployment_id,
                "msg": message_of(record),
                "level": _BUNYAN[level_of(record)],
                "hostname": self._hostname,
                "pid": os.getpid(),
                "time": time_of(record),
                "target": record.name,
                "deployment_id": self._deployment_id,
            }
        )


class Text(logging.Formatter):
    """For people: what has lines of its own stands below, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        head = f"{time_of(record)} {level_of(record):>7} {record.name}: "
        line, below = head + _shown(message_of(record)).replace("\n", "\n    "), ""
        for name, value in fields_of(record).items():
            text = _shown(str(value))
            if "\n" in text:
                below += f"\n    {name}:" + "".join(
                    f"\n        {part}" for part in text.split("\n")
                )
            else:
                line += f" {name}={text}"
        return line + below


def _shown(text: str) -> str:
    """Text that does nothing to a terminal."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else ascii(character)[1:-1]
        for character in text
    )


def _json(fields: dict[str, Any]) -> str:
    flat = {name: _plain(value) for name, value in fields.items()}
    return json.dumps(flat, ensure_ascii=False, separators=(",", ":"), default=_words)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _words(value)
    return value


def _words(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a stranger's __repr__
        return f"a {type(value).__name__} that cannot be written"
