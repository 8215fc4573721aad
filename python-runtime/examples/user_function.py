"""The example functions: the same as those of the server in Rust, under the same names."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timezone

from functions_runtime import function

LONGEST = 2.0


def count_invoices(includePaid: bool) -> int:  # noqa: N803 - callers call it so
    """Counts the invoices."""
    return 42 if includePaid else 35


async def add_numbers(a: int, b: int) -> int:
    """Adds two numbers together."""
    return a + b


@function(name="multiply")
async def multiply_numbers(x: float, y: float) -> float:
    """Multiplies two numbers. It is called by another name than it has here."""
    return x * y


@function(description="Divides a by b", timeout=5)
def divide(a: float, b: float) -> float:
    """An error is what callers read."""
    if b == 0:
        raise ValueError("Cannot divide by zero")
    return a / b


@function(name="calculate_sum")
async def my_addition_function(a: int, b: int) -> int:
    """Adds two numbers, as in the first steps of the documentation."""
    return a + b


def calculate_stats(numbers: list[float]) -> dict[str, float]:
    """Tells the smallest, the largest, the mean and the sum of some numbers."""
    if not numbers:
        return {"min": 0, "max": 0, "avg": 0, "sum": 0, "count": 0}
    total = sum(numbers)
    return {
        "min": min(numbers),
        "max": max(numbers),
        "avg": total / len(numbers),
        "sum": total,
        "count": len(numbers),
    }


@dataclass
class Processed:
    """What came of it."""

    processed_items: int
    delay_per_item_ms: int
    total_time_s: float
    status: str
    timestamp: datetime


async def process_data(items: int, delay_ms: int = 100) -> Processed:
    """Pretends to process some items, one after the other; it is cut short after 2 seconds."""
    time = min(items * delay_ms / 1000, LONGEST)
    await asyncio.sleep(time)
    return Processed(items, delay_ms, time, "completed", _now())


@dataclass
class User:
    """Somebody."""

    id: int
    name: str
    email: str
    created_at: datetime
    is_active: bool


def generate_user() -> User:
    """Makes up a user."""
    return _user(random.randrange(1, 10_000), is_active=random.random() < 0.5)


def get_user_data(user_id: int) -> User:
    """Looks a user up."""
    return _user(user_id, is_active=True)


async def slow_operation(duration: float = 35.0) -> str:
    """Waits, by default for longer than a function may take."""
    await asyncio.sleep(duration)
    return f"Operation completed after {duration} seconds"


async def echo(message: str) -> str:
    """Says what it is told."""
    return f"Echo: {message}"


def _user(number: int, *, is_active: bool) -> User:
    return User(number, f"User {number}", f"user{number}@example.com", _now(), is_active)


def _now() -> datetime:
    return datetime.now(timezone.utc)
