"""From the arguments of a caller to those of a function.

The annotations of a function become one model, which reads the arguments as JSON and
strictly: a value has to be of the type that is asked for, and nothing is made of a text
that looks like a number. What JSON has no type for (a date, a set, a `UUID`) is read from
the one that it is written as.
"""

from __future__ import annotations

import inspect
import json
import types
import typing
import warnings
from typing import Any, Callable

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.json_schema import PydanticJsonSchemaWarning
from pydantic_core import to_json

if typing.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

# The caller chooses how long a value is, and how many are wrong.
_LONGEST_VALUE = 200
_LONGEST_KEY = 100
_LONGEST_PATH = 512
_MOST_FAULTS = 5

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class ArgumentsError(Exception):
    """Why arguments do not fit: which one, and what was expected."""


class UnusableSignatureError(Exception):
    """Why a function cannot be called by name."""


class Arguments:
    """The arguments that a function takes."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Read them from the signature of `function`.

        Raises `UnusableSignatureError` where an annotation cannot be used.
        """
        parameters = _parameters_of(function)
        # Callers' names are not always names that a field may have, so fields are numbered.
        self._fields = {f"p{at}": parameter for at, parameter in enumerate(parameters)}
        self._takes_more = _takes_more(function)
        self._model = self._model_of(function)
        self._names = [parameter.name for parameter in parameters]
        schema = _schema_of(self._model)
        self._definitions = schema.get("$defs", {})
        self._schemas: dict[str, dict[str, Any]] = schema.get("properties", {})

    def read(self, arguments: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Read the arguments of a call, by position and by name.

        Raises `ArgumentsError` where they do not fit.
        """
        try:
            read = self._model.model_validate_json(to_json(arguments), strict=True)
        except ValidationError as error:
            raise ArgumentsError(self._told(error)) from None
        except ValueError:
            # Half a character, which is no JSON that could be read again.
            raise ArgumentsError("args: expected text in Unicode") from None
        positional: list[Any] = []
        more = arguments.keys() - set(self._names) if self._takes_more else ()
        named = {name: arguments[name] for name in more}
        for field, parameter in self._fields.items():
            value = getattr(read, field)
            if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
                positional.append(value)
            elif field in read.model_fields_set:
                named[parameter.name] = value
        return positional, named

    def describe(self) -> list[dict[str, Any]]:
        """What callers may give: names, whether they have to, and schemas."""
        return [
            {
                "name": parameter.name,
                "description": self._schemas.get(parameter.name, {}).get("description", ""),
                "required": parameter.default is inspect.Parameter.empty,
                "schema": self._schema(parameter.name),
            }
            for parameter in self._fields.values()
        ]

    def _schema(self, name: str) -> dict[str, Any]:
        own = {
            key: value for key, value in self._schemas.get(name, {}).items() if key != "title"
        }
        return {**own, "$defs": self._definitions} if "$ref" in json.dumps(own) else own

    def _model_of(self, function: Callable[..., Any]) -> type[BaseModel]:
        fields: dict[str, Any] = {}
        for field, parameter in self._fields.items():
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            fields[field] = (parameter.annotation, Field(default, alias=parameter.name))
        extra: Any = "allow" if self._takes_more else "forbid"
        config = ConfigDict(
            extra=extra,
            arbitrary_types_allowed=False,
            protected_namespaces=(),
        )
        name = getattr(function, "__name__", "function")
        try:
            return create_model(name, __config__=config, **fields)
        except Exception as error:
            raise UnusableSignatureError(_first_line(error)) from error

    def _told(self, error: ValidationError) -> str:
        faults = error.errors(include_url=False, include_context=False)
        missing = [fault for fault in faults if _is_top(fault, "missing")]
        unknown = [fault for fault in faults if _is_top(fault, "extra_forbidden")]
        others = [fault for fault in faults if fault not in missing and fault not in unknown]
        told = [_fault(fault) for fault in others[:_MOST_FAULTS]]
        if unknown:
            told.append(self._unknown(str(unknown[0]["loc"][0])))
        if missing:
            told.append(self._missing([str(fault["loc"][0]) for fault in missing]))
        return "; ".join(told)

    def _unknown(self, name: str) -> str:
        name = _shortened(name, _LONGEST_KEY)
        if not self._names:
            return f"unknown argument '{name}', expected none"
        only = "only " if len(self._names) == 1 else ""
        known = "', '".join(self._names)
        return f"unknown argument '{name}', expected {only}'{known}'"

    def _missing(self, names: list[str]) -> str:
        listed = ", ".join(
            f"'{name}' ({_type_name(self._schemas.get(name, {}))})" for name in names
        )
        plural = "" if len(names) == 1 else "s"
        return f"missing required argument{plural}: {listed}"


def _parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        signature = inspect.signature(function)
        hints = _hints_of(function)
    except Exception as error:
        raise UnusableSignatureError(_first_line(error)) from error
    return [
        parameter.replace(annotation=hints.get(parameter.name, Any))
        for parameter in signature.parameters.values()
        if parameter.kind in _BY_NAME or parameter.kind is inspect.Parameter.POSITIONAL_ONLY
    ]


def _hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    inner = inspect.unwrap(function)
    if not isinstance(inner, types.FunctionType):
        return typing.get_type_hints(function, include_extras=True)

    def parameters() -> None: ...

    # What a function returns is not read, and need not be known here.
    annotations = inner.__annotations__.items()
    parameters.__annotations__ = {name: kind for name, kind in annotations if name != "return"}
    return typing.get_type_hints(parameters, inner.__globals__, include_extras=True)


def _takes_more(function: Callable[..., Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)


def _is_top(fault: ErrorDetails, kind: str) -> bool:
    return fault["type"] == kind and len(fault["loc"]) == 1


def _fault(fault: ErrorDetails) -> str:
    given = "" if fault["type"] in {"missing", "extra_forbidden"} else _given(fault["input"])
    return f"{_path(fault['loc'])}: {fault['msg']}{given}"


def _given(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return ""
    return f", not {_shortened(text, _LONGEST_VALUE)}"


def _path(steps: Iterable[int | str]) -> str:
    path = "args"
    for step in _steps(steps):
        if len(path) > _LONGEST_PATH:
            break
        path += step
    return path


def _steps(steps: Iterable[int | str]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, int):
            yield f"[{step}]"
        elif step.replace("_", "a").isalnum():
            yield f".{_shortened(step, _LONGEST_KEY)}"
        else:
            yield f"[{json.dumps(_shortened(step, _LONGEST_KEY), ensure_ascii=False)}]"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _type_name(schema: Mapping[str, Any]) -> str:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return reference.rsplit("/", 1)[-1]
    alternatives = schema.get("anyOf")
    if isinstance(alternatives, list):
        return " or ".join(_type_name(alternative) for alternative in alternatives)
    kind = schema.get("type")
    if kind == "array" and isinstance(schema.get("items"), dict):
        return f"array of {_type_name(schema['items'])}"
    return kind if isinstance(kind, str) else "any"


def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    with warnings.catch_warnings():
        # A default that JSON cannot write is left out, and that is all right.
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
        try:
            return model.model_json_schema()
        except Exception:  # noqa: BLE001 - a type of its own may have no schema
            return {}
