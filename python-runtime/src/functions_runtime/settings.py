"""The environment, read once, into types.

One list, `VARIABLES`, is the source of everything: what is read, what it is otherwise,
what an error calls allowed, the help text and the README's table. A value comes from the
environment, else from `.env` in the working directory, else from the list. Whatever cannot
be understood stops the start, all of it told at once, a line each.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from dotenv.parser import parse_stream

from . import values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIXES = ("CRBR_FUNCTIONS_", "CRBR_RABBITMQ_")
# What a server in Rust knows as well, and what has no meaning here.
_WITHOUT_EFFECT = re.compile(
    r"CRBR_RABBITMQ_.+|CRBR_FUNCTIONS_(RABBITMQ_.+|CORS_ORIGINS|DOCS|DESCRIBE)"
)
# What Knative sets for all that it runs.
_KNATIVE = "K_SERVICE"
_LONGEST_DOTENV = 1024 * 1024
_SHOWN = 100


@dataclass(frozen=True)
class Settings:
    """What a server is told from outside. Times are in seconds."""

    file: Path
    deployment_id: str
    host: str
    port: int
    timeout: float
    max_timeout: float
    log_level: int
    http_log_level: int
    log_format: str
    max_body_bytes: int
    max_header_bytes: int
    header_timeout: float
    body_timeout: float
    max_connections: int
    max_concurrency: int
    max_queue: int
    shutdown_delay: float
    shutdown_timeout: float
    workers: int
    help: bool


@dataclass(frozen=True)
class Variable:
    """A variable of the environment, and the field that it sets."""

    name: str
    field: str
    default: str
    meaning: str
    allowed: str
    read: Callable[[str], Any]
    otherwise: str | None = None
    default_in_words: str | None = None
    on_knative: str | None = None


class SettingsError(Exception):
    """What stops the start, a line for each fault."""


_SPAN = "seconds above 0, at most 31536000; decimals are fine"
_COUNT = "a whole number from 1 to 4294967295"

VARIABLES = (
    Variable(
        "CRBR_FUNCTIONS_FILE",
        "file",
        "/app/src/user_function.py",
        "The file whose functions are served. The first argument of the command wins.",
        "the path of a file",
        Path,
    ),
    Variable(
        "CRBR_DEPLOYMENT_ID",
        "deployment_id",
        "local-dev",
        "Identifier of the deployment, in answers and in every log line.",
        "any text",
        str,
    ),
    Variable(
        "CRBR_FUNCTIONS_HOST",
        "host",
        "0.0.0.0",  # noqa: S104 - a container is to be reached
        "Address to listen on.",
        "an IP address, without brackets, or a host name",
        values.host,
    ),
    Variable(
        "CRBR_FUNCTIONS_PORT",
        "port",
        "8000",
        "Port to listen on; `0` takes a free one. Knative sets `PORT`.",
        "a whole number from 0 to 65535",
        values.whole(0, 65535),
        otherwise="PORT",
    ),
    Variable(
        "CRBR_FUNCTIONS_TIMEOUT",
        "timeout",
        "30",
        "Deadline of a function that has none of its own, in seconds.",
        _SPAN,
        values.seconds_above_zero,
    ),
    Variable(
        "CRBR_FUNCTIONS_MAX_TIMEOUT",
        "max_timeout",
        "300",
        "Highest deadline, in seconds, whatever a function or the default asks for.",
        _SPAN,
        values.seconds_above_zero,
    ),
    Variable(
        "CRBR_FUNCTIONS_LOG_LEVEL",
        "log_level",
        "INFO",
        "Least level of a line that is logged.",
        "DEBUG, INFO, WARNING or ERROR, in any case; TRACE and CRITICAL as well",
        values.level,
    ),
    Variable(
        "CRBR_UVICORN_LOG_LEVEL",
        "http_log_level",
        "INFO",
        "Least level of a line of the HTTP layer.",
        "TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL, in any case",
        values.level,
    ),
    Variable(
        "CRBR_FUNCTIONS_LOG_FORMAT",
        "log_format",
        "",
        "How log lines look: one JSON object a line, the same in Bunyan's words, or text for "
        "people.",
        "json, bunyan or text, in any case",
        values.log_format,
        default_in_words="`text` on a terminal, else `json`",
    ),
    Variable(
        "CRBR_FUNCTIONS_MAX_BODY_BYTES",
        "max_body_bytes",
        "10485760",
        "Largest body of a request, in bytes. A larger one is answered with 413.",
        "a whole number from 1 to 9007199254740991",
        values.whole(1, 2**53 - 1),
    ),
    Variable(
        "CRBR_FUNCTIONS_MAX_HEADER_BYTES",
        "max_header_bytes",
        "65536",
        "Largest head of a request, in bytes: its first line and headers.",
        "a whole number from 8192 to 16777216",
        values.whole(8192, 16777216),
    ),
    Variable(
        "CRBR_FUNCTIONS_HEADER_TIMEOUT",
        "header_timeout",
        "30",
        "How long the head of a request may take to come in, and how long a connection may "
        "idle between requests, in seconds.",
        _SPAN,
        values.seconds_above_zero,
    ),
    Variable(
        "CRBR_FUNCTIONS_BODY_TIMEOUT",
        "body_timeout",
        "30",
        "How long the body of a request may take to come in, in seconds.",
        _SPAN,
        values.seconds_above_zero,
    ),
    Variable(
        "CRBR_FUNCTIONS_MAX_CONNECTIONS",
        "max_connections",
        "16384",
        "How many connections are open at once. One more is closed.",
        _COUNT,
        values.whole(1, 2**32 - 1),
    ),
    Variable(
        "CRBR_FUNCTIONS_MAX_CONCURRENCY",
        "max_concurrency",
        "1024",
        "How many executions run at once.",
        _COUNT,
        values.whole(1, 2**32 - 1),
    ),
    Variable(
        "CRBR_FUNCTIONS_MAX_QUEUE",
        "max_queue",
        "1024",
        "How many more executions wait for their turn. One more than that is answered with "
        "503.",
        "a whole number from 0 to 4294967295",
        values.whole(0, 2**32 - 1),
    ),
    Variable(
        "CRBR_FUNCTIONS_SHUTDOWN_DELAY",
        "shutdown_delay",
        "0",
        "How long callers are still let in once the server is told to stop, in seconds, "
        "since whoever sends them may hear of it late.",
        "seconds from 0 to 31536000; decimals are fine",
        values.seconds,
        default_in_words="`3` where Knative runs the server, which sets `K_SERVICE`, else `0`",
        on_knative="3",
    ),
    Variable(
        "CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT",
        "shutdown_timeout",
        "25",
        "How long running executions may still take once the server is told to stop, and "
        "lets nobody in any more, in seconds.",
        "seconds from 0 to 31536000; decimals are fine",
        values.seconds,
    ),
    Variable(
        "CRBR_FUNCTIONS_WORKERS",
        "workers",
        "32",
        "Threads that run plain functions: how many of them run at once.",
        "a whole number from 1 to 1024",
        values.whole(1, 1024),
    ),
    Variable(
        "CRBR_FUNCTIONS_HELP",
        "help",
        "false",
        "Print this list, and exit.",
        "true, false, 1, 0, yes, no, on or off, in any case",
        values.flag,
    ),
)


def load(
    environment: Mapping[str, str],
    dotenv: str = "",
) -> tuple[Settings, list[str]]:
    """Read the variables, and what looks like a mistake and stops nothing.

    Raises `SettingsError` where one cannot be understood.
    """
    faults: list[str] = []
    read = dict(_assignments(dotenv, faults))
    given = {name: value for name, value in {**read, **environment}.items() if value}
    fields: dict[str, Any] = {}

    def on_knative(variable: Variable) -> str | None:
        return variable.on_knative if environment.get(_KNATIVE) else None

    for variable in VARIABLES:
        names = [variable.name, *filter(None, [variable.otherwise])]
        name = next((name for name in names if name in given), None)
        default = on_knative(variable) or variable.default
        value = default if name is None else given[name]
        try:
            fields[variable.field] = variable.read(value)
        except ValueError:
            faults.append(f"{name} is {_shown(value)}; allowed: {variable.allowed}")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(**fields), list(_warnings(given))


def read_dotenv(path: Path) -> str:
    """The text of a `.env`; nothing where there is none.

    Raises `SettingsError` where it is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_DOTENV + 1)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error
        raise SettingsError(
            f"{path} cannot be read: {reason}; allowed: a text file in UTF-8, or no such file"
        ) from None
    if len(data) > _LONGEST_DOTENV:
        raise SettingsError(
            f"{path} is larger than {_LONGEST_DOTENV} bytes; allowed: a smaller file, or none"
        )
    return text


def help_text() -> str:
    """All variables, for a terminal."""
    told = (
        f"{variable.name} (default: {_default(variable).replace('`', '')})\n"
        f"    {variable.meaning.replace('`', '')}\n"
        f"    Allowed: {variable.allowed}."
        for variable in VARIABLES
    )
    return "\n\n".join(told)


def markdown() -> str:
    """All variables, as a table."""
    rows = (
        f"| `{row.name}` | {_default(row)} | {row.meaning} | {row.allowed} |"
        for row in VARIABLES
    )
    head = "| variable | default | meaning | allowed |\n| --- | --- | --- | --- |"
    return "\n".join([head, *rows])


def _default(variable: Variable) -> str:
    plain = variable.default_in_words or f"`{variable.default}`"
    return f"`{variable.otherwise}`, else {plain}" if variable.otherwise else plain


def _assignments(text: str, faults: list[str]) -> Iterator[tuple[str, str]]:
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            # Its text stays out of the message: it may hold a secret.
            faults.append(
                f".env, line {binding.original.line}: cannot be read; allowed: NAME=value, "
                "with quotes closed"
            )
        elif binding.key is not None and binding.value is not None:
            yield binding.key, binding.value


def _warnings(given: Mapping[str, str]) -> Iterator[str]:
    known = [variable.name for variable in VARIABLES]
    for name in sorted(given):
        if _WITHOUT_EFFECT.fullmatch(name):
            yield f"{name} has no effect in the Python runtime"
        elif name.startswith(_PREFIXES) and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.85)
            advice = f"did you mean {near[0]}?" if near else "CRBR_FUNCTIONS_HELP=1 lists all"
            yield f"{name} is not a known variable; {advice}"


def _shown(value: str) -> str:
    shown = value[:_SHOWN]
    if not shown.isprintable():
        shown = shown.encode("unicode_escape").decode("ascii")
    return f"'{shown}{'…' if len(value) > _SHOWN else ''}'"
