"""The other style: one `handler(request)`, which is given whatever comes to `POST /`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError, to_json
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.datastructures import Headers, QueryParams

_PREFIX = "Error serializing to JSON: "


@dataclass(frozen=True)
class Request:
    """A request, all of it there, so that a plain function can read it without waiting."""

    method: str
    path: str
    query: QueryParams
    """By name; the last one of a repeated name counts."""
    headers: Headers
    """By name, in any case."""
    body: bytes
    execution_id: str
    """From the header `X-Execution-Id`, or a new one."""

    def text(self) -> str:
        """The body as text. Raises `ValueError` where it is not UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body, read as JSON. Raises `ValueError` where it is none."""
        return json.loads(self.body)


def respond(value: Any) -> Response:
    """The answer that a result stands for.

    A `Response` is itself. `bytes` and texts are sent as they are, `None` is an answer
    without a body (204), and everything else is JSON. A status, and headers, may follow:
    `return {"id": 1}, 201`.
    """
    status: int | None = None
    headers: dict[str, str] | None = None
    if isinstance(value, tuple) and len(value) in {2, 3} and _is_status(value[1]):
        status = value[1]
        headers = dict(value[2]) if len(value) == 3 else None
        value = value[0]
    if isinstance(value, Response):
        return value
    if value is None:
        return Response(b"", status or 204, headers)
    if isinstance(value, str):
        return Response(value, status or 200, headers, "text/plain")
    if isinstance(value, bytes):
        return Response(value, status or 200, headers, "application/octet-stream")
    return Response(encode(value), status or 200, headers, "application/json")


def encode(value: Any) -> bytes:
    """A result as JSON: models, data classes, dates and the like included.

    Raises `ValueError` where it cannot be written.
    """
    try:
        return to_json(value, inf_nan_mode="null", by_alias=True)
    except PydanticSerializationError as error:
        reason = str(error).removeprefix(_PREFIX)
        raise ValueError(f"its result is no JSON: {reason}") from None


def _is_status(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599
