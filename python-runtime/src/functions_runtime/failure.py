"""How a function failed: what its caller is told, and what the log is told."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

# How much of a traceback is told, in characters; it may hold whatever a caller sent.
_LONGEST = 16 * 1024

_HERE = str(Path(__file__).parent)


@dataclass(frozen=True)
class Failure:
    """The message of an error, and all of it: where it was raised, and its causes."""

    message: str
    exc_info: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Ask the error, which is a stranger's and may fail to answer."""
        return cls(_message(error), exc_info(error))


def exc_info(error: BaseException) -> str:
    """The error with its traceback and its causes, the end of it where it is long."""
    try:
        text = "".join(_traceback(error).format()).rstrip()
    except Exception:  # noqa: BLE001 - a stranger's __str__
        text = type(error).__name__
    if len(text) <= _LONGEST:
        return text
    return f"… {len(text) - _LONGEST} more characters\n{text[-_LONGEST:]}"


def _traceback(error: BaseException) -> traceback.TracebackException:
    told = traceback.TracebackException.from_exception(error)
    # How this package called the function is of no use to its author.
    frames = [frame for frame in told.stack if not frame.filename.startswith(_HERE)]
    told.stack = traceback.StackSummary.from_list(frames)
    return told


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a stranger's __str__
        text = ""
    return text or type(error).__name__
