"""The kinds of values that variables hold, and their bounds.

Each reader raises `ValueError` where a text is none of its kind.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import sys
from typing import Callable, TypeVar

Value = TypeVar("Value")
Number = TypeVar("Number", int, float)

_YEAR = 31_536_000.0

_LEVELS = {
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "CRITICAL": logging.ERROR,
}
_FLAGS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within these bounds."""

    def read(text: str) -> int:
        text = text.strip()
        if not re.fullmatch(r"\+?[0-9]{1,20}", text):
            raise ValueError(text)
        return _within(int(text), least, most)

    return read


def seconds(text: str) -> float:
    """A time in seconds, of a year at most."""
    if "_" in text:
        raise ValueError(text)
    return _within(float(text), 0.0, _YEAR)


def seconds_above_zero(text: str) -> float:
    """A time that is no moment."""
    read = seconds(text)
    if read == 0:
        raise ValueError(text)
    return read


def host(text: str) -> str:
    """An address or a name."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,253}", text):
            raise
        return text


def level(text: str) -> int:
    """The level of a line of the log."""
    return _among(_LEVELS, text.strip().upper())


def log_format(text: str) -> str:
    """A format, and the one that fits standard output where none is named."""
    if not text:
        return "text" if sys.stdout.isatty() else "json"
    return _among({"json": "json", "bunyan": "bunyan", "text": "text"}, text.strip().lower())


def flag(text: str) -> bool:
    """Yes or no."""
    return _among(_FLAGS, text.strip().lower())


def _among(words: dict[str, Value], word: str) -> Value:
    if word not in words:
        raise ValueError(word)
    return words[word]


def _within(value: Number, least: Number, most: Number) -> Number:
    if not (least <= value <= most):
        raise ValueError(value)
    return value
