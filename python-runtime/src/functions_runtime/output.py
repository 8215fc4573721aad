"""Standard output: lines go into a buffer with a bound, and a thread of its own writes them.

Where the reader of the log cannot keep up, lines are lost, and a line says how many.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

from . import logs

if TYPE_CHECKING:
    from .settings import Settings

_ROOM = 8 * 1024 * 1024
# What of a line that was not ended yet is kept, in characters.
_LONGEST_LINE = 64 * 1024

_FORMATS = {"json": logs.Json, "bunyan": logs.Bunyan}


class Output(logging.Handler):
    """Takes records, and writes them as lines to a file descriptor."""

    def __init__(self, descriptor: int, room: int = _ROOM) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._room = room
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._lost = 0
        self._is_closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Format the record on the thread that logs it, which knows its execution."""
        try:
            line = self.format(record).encode("utf-8", errors="replace") + b"\n"
        except Exception as error:  # noqa: BLE001 - a stranger's values
            told = f"a line could not be written: {type(error).__name__}"
            line = b'{"message":"%b"}\n' % told.encode()
        with self._changed:
            if self._bytes + len(line) > self._room:
                self._lost += 1
                return
            self._lines.append(line)
            self._bytes += len(line)
            self._changed.notify()

    def finish(self, patience: float = 1.0) -> None:
        """Wait until all lines are written, `patience` seconds at most."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(patience)

    def _write(self) -> None:
        while True:
            with self._changed:
                while not self._lines and not self._is_closing:
                    self._changed.wait()
                lines, self._lines = self._lines, deque()
                lost, self._lost = self._lost, 0
                if not lines and not lost:
                    return
            # That nobody reads it any more is no reason to stop serving.
            with contextlib.suppress(OSError):
                self._write_all(b"".join(lines))
            with self._changed:
                self._bytes -= sum(map(len, lines))
            if lost:
                self._tell(lost)

    def _write_all(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _tell(self, lost: int) -> None:
        message = "%d lines of the log were lost: its reader does not keep up"
        name = "functions_runtime.logs"
        record = logging.LogRecord(name, logging.WARNING, "", 0, message, (lost,), None)
        with contextlib.suppress(OSError):
            self._write_all(self.format(record).encode("utf-8", errors="replace") + b"\n")


class Printed(io.TextIOBase):
    """Takes the place of `sys.stdout`: what is printed becomes lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = threading.local()
        self._log = logging.getLogger("stdout")

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Log each line that ends in `text`; what is left waits for its end."""
        *lines, rest = (getattr(self._begun, "text", "") + text).split("\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], ""
        self._begun.text = rest
        for line in lines:
            self._log.info("%s", line)
        return len(text)


def begin(settings: Settings) -> Output:
    """Send what is logged and printed in this process to standard output."""
    output = Output(os.dup(sys.stdout.fileno()))
    format_of = _FORMATS.get(settings.log_format)
    output.setFormatter(format_of(settings.deployment_id) if format_of else logs.Text())
    output.addFilter(_quieten)
    logging.basicConfig(handlers=[output], level=settings.log_level, force=True)
    for name in ("uvicorn", "asyncio"):
        logging.getLogger(name).setLevel(settings.http_log_level)
    logging.captureWarnings(capture=True)
    sys.stdout = Printed()
    return output


def _quieten(record: logging.LogRecord) -> bool:
    """What uvicorn says of itself in the normal course is said here already."""
    is_course = record.name.startswith("uvicorn") and record.levelno == logging.INFO
    return not is_course
