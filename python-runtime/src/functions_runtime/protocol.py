"""The words of `/exec`: what a request holds, and what an answer looks like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Sequence

# The longest part of a request that is given back in an answer, in bytes.
_LONGEST_INPUT = 16 * 1024


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError(
            "string_unicode",
            "Input should be a valid string, unable to parse raw data as a unicode string",
        ) from None
    return text


Text = Annotated[str, AfterValidator(_whole)]


class Call(BaseModel):
    """A call as it came in."""

    model_config = ConfigDict(strict=True, from_attributes=True, frozen=True)

    execution_id: Text = Field(alias="executionId")
    function_name: Text = Field(alias="functionName")
    arguments: dict[str, Any] = Field(default_factory=dict, alias="args")


class MalformedError(Exception):
    """Everything that is wrong with a request."""

    def __init__(self, detail: Sequence[dict[str, Any]]) -> None:
        self._detail = detail
        told = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in detail)
        super().__init__("; ".join(told))

    def body(self) -> bytes:
        """The answer: `{"detail": [{"type", "loc", "msg", "input"}]}`."""
        return _json({"detail": self._detail})


def parse_call(body: bytes) -> Call:
    """Read the body of a request to `/exec`.

    Raises `MalformedError` where it is not the object that the protocol asks for.
    """
    if not body.strip():
        raise MalformedError([_fault("missing", ["body"], "Field required", None)])
    value = _parse(body)
    try:
        return Call.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        raise MalformedError(
            [
                _fault(fault["type"], ["body", *fault["loc"]], fault["msg"], fault["input"])
                for fault in faults
            ]
        ) from None


def parse_arguments(body: bytes) -> dict[str, Any]:
    """Read a body that is nothing but arguments; none at all stands for no arguments.

    Raises `MalformedError` where it is no JSON object.
    """
    if not body.strip():
        return {}
    value = _parse(body)
    if isinstance(value, dict):
        return value
    message = "Input should be a valid dictionary or object to extract fields from"
    raise MalformedError([_fault("model_attributes_type", ["body"], message, value)])


def succeeded(result: bytes, execution_id: str) -> bytes:
    """An answer around a result that is JSON already."""
    return b'{"success":true,"result":%b,"error":null%b' % (result, _metadata(execution_id))


def failed(error: str, execution_id: str) -> bytes:
    """An answer that tells of an error."""
    head = b'{"success":false,"result":null,"error":%b' % _json(error)
    return head + _metadata(execution_id)


def detail(text: str) -> bytes:
    """An answer to what never became a call."""
    return _json({"detail": text})


def _metadata(execution_id: str) -> bytes:
    return b',"metadata":{"executionId":%b}}' % _json(execution_id)


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Half a character is no text; what is left of it does not break the answer.
    return text.encode("utf-8", errors="replace")


def _parse(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(error.start, f"invalid UTF-8: {error.reason}") from None
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise _invalid(error.pos, error.msg) from None
    except RecursionError:
        raise _invalid(0, "Too deeply nested") from None
    except ValueError as error:
        # A number of more digits than Python reads, or one that is none.
        raise _invalid(0, str(error)) from None


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _invalid(at: int, problem: str) -> MalformedError:
    fault = _fault("json_invalid", ["body", at], "JSON decode error", {})
    return MalformedError([{**fault, "ctx": {"error": problem}}])


def _fault(kind: str, place: list[Any], message: str, given: Any) -> dict[str, Any]:
    return {"type": kind, "loc": place, "msg": message, "input": _bounded(given)}


def _bounded(value: Any) -> Any:
    length = len(_json(value))
    return value if length <= _LONGEST_INPUT else f"({length} bytes)"
