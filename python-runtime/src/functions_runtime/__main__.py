"""The command: `functions-runtime [FILE]`."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import logging
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from . import output, server, settings
from .loading import LoadError, load
from .signals import Signals

if TYPE_CHECKING:
    import socket

    from .output import Output
    from .served import Served
    from .settings import Settings

USAGE = """\
Usage: functions-runtime [FILE]

Serves the public functions of FILE over HTTP, else those of the file that
CRBR_FUNCTIONS_FILE names. CRBR_FUNCTIONS_HELP=1 lists all variables of the environment.
"""

# How long what a program does at its end may take, in seconds.
_LAST = 1.0

log = logging.getLogger("functions_runtime.server")


def main() -> None:
    """Run the command, and end the process."""
    arguments = sys.argv[1:]
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(USAGE)
        return
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        _complain(f"{' '.join(arguments)!r} is not one file.\n\n{USAGE}", code=2)
    try:
        dotenv = settings.read_dotenv(Path(".env"))
        config, warnings = settings.load(os.environ, dotenv)
    except settings.SettingsError as error:
        _complain(str(error), code=1)
    if config.help:
        sys.stdout.write(f"{settings.help_text()}\n")
        return
    if arguments:
        config = dataclasses.replace(config, file=Path(arguments[0]))
    written = output.begin(config)
    # Registered before anything of the file is, so that it comes last.
    atexit.register(written.finish)
    signals = Signals(lambda code: _end_at_once(written, code))
    for warning in warnings:
        log.warning("%s", warning)
    _end(written, _run(config, written, signals))


def _run(config: Settings, written: Output, signals: Signals) -> int:
    """Serve, and tell with which code the process ends."""
    try:
        served = load(config.file.absolute())
        listening = server.bind(config)
    except LoadError as error:
        log.error("%s", error, exc_info=error.__cause__)  # noqa: TRY400 - its cause tells
        return 1
    except server.BindError as error:
        log.error("%s", error)  # noqa: TRY400 - it says all
        return 1
    asyncio.run(_serve(served, config, listening, signals, written))
    return 0


async def _serve(
    served: Served,
    config: Settings,
    listening: socket.socket,
    signals: Signals,
    written: Output,
) -> None:
    """Serve to the end. Where something still runs then, nobody waits for it."""
    try:
        is_over = await server.serve(served, config, listening, signals)
    except server.EndedAtOnceError as error:
        log.error("%s", error)  # noqa: TRY400 - it is no mistake
        _end_at_once(written, 1)
    if not is_over:
        _end_at_once(written, 0)
    _end_soon(written, 0)


def _end(written: Output, code: int) -> NoReturn:
    """End the process in order, and soon: a thread of the file may never end."""
    _end_soon(written, code)
    sys.exit(code)


def _end_soon(written: Output, code: int) -> None:
    timer = threading.Timer(_LAST, _end_at_once, (written, code))
    timer.daemon = True
    timer.start()


def _end_at_once(written: Output, code: int) -> NoReturn:
    written.finish()
    os._exit(code)


def _complain(text: str, code: int) -> NoReturn:
    for line in text.splitlines():
        sys.stderr.write(f"error: {line}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
