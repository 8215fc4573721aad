"""What the Python original answered, call by call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Run

PROJECT = Path(__file__).parent.parent
CASES = PROJECT.parent / "tests" / "exec-cases.jsonl"
EXAMPLES = PROJECT / "examples" / "user_function.py"


def promised(error: str) -> str:
    """The beginning of an error that is part of the protocol."""
    return error.partition("': ")[0] if error.startswith("Invalid arguments for ") else error


def equal(recorded: Any, given: Any) -> bool:
    if isinstance(recorded, dict) and isinstance(given, dict):
        return recorded.keys() == given.keys() and all(
            key == "timestamp" or equal(value, given[key]) for key, value in recorded.items()
        )
    is_flag = isinstance(recorded, bool), isinstance(given, bool)
    return bool(recorded == given) and is_flag[0] == is_flag[1]


def same_error(recorded: str | None, given: str | None) -> bool:
    if recorded is None or given is None:
        return recorded is given
    return given.startswith(promised(recorded))


def holds(recorded: dict[str, Any], given: dict[str, Any], status: int) -> bool:
    if status == 422:
        return bool(recorded["detail"][0]["loc"] == given["detail"][0]["loc"])
    return (
        list(recorded) == list(given)
        and recorded["success"] is given["success"]
        and equal(recorded["result"], given["result"])
        and recorded["metadata"] == given["metadata"]
        and same_error(recorded["error"], given["error"])
    )


def test_every_recorded_call_is_answered_as_the_original_answered_it(run: Run) -> None:
    # The recording was made with a deadline of a second.
    server = run(str(EXAMPLES), CRBR_FUNCTIONS_TIMEOUT="1")
    failed, many = [], 0
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        answer = server.request("POST", "/exec", case["body"].encode())
        given = answer.json
        if answer.status != case["status"] or not holds(case["response"], given, answer.status):
            failed.append(f"{case['case']}:\n  recorded {case['response']}\n  given    {given}")
        many += 1
    assert not failed, "\n".join(failed)
    assert many > 20


def test_the_examples_answer_as_those_of_the_server_in_rust(run: Run) -> None:
    server = run(str(EXAMPLES))
    assert server.result("echo", message="Hi") == "Echo: Hi"
    assert server.result("calculate_sum", a=2, b=3) == 5
    assert server.result("slow_operation", duration=0.1) == (
        "Operation completed after 0.1 seconds"
    )
    user = server.result("get_user_data", user_id=7)
    assert list(user) == ["id", "name", "email", "created_at", "is_active"]
    assert (user["id"], user["is_active"]) == (7, True)
    assert 1 <= server.result("generate_user")["id"] < 10_000
    stats = server.result("calculate_stats", numbers=[1, 2.5, 4])
    assert stats == {"min": 1, "max": 4, "avg": 2.5, "sum": 7.5, "count": 3}
