"""Arguments in, results and errors out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Serve
    from process import Server

TYPED = """
    import datetime, enum, uuid
    from dataclasses import dataclass
    from typing import Annotated, Any, Literal, Optional
    from pydantic import BaseModel, Field

    class Line(BaseModel):
        article: str
        price: int = Field(ge=0)

    @dataclass
    class Order:
        lines: list[Line]
        note: Optional[str] = None

    class Colour(enum.Enum):
        RED = "red"

    def order(order: Order) -> int:
        return sum(line.price for line in order.lines)

    def rich(day: datetime.date, id: uuid.UUID, colour: Colour, size: Literal["s", "m"] = "s"):
        return {"day": day, "id": id, "colour": colour, "size": size, "none": None}

    def bounded(share: Annotated[float, Field(ge=0, le=1)]) -> float:
        return share

    def untyped(anything):
        return anything

    def optional(name: Optional[str] = "nobody") -> str:
        return repr(name)

    def by_position(a: int, /, b: int, *, c: int = 3):
        return [a, b, c]

    def more(first: int, **others):
        return [first, others]

    def nothing() -> "TypeThatNobodyKnows":
        pass
"""


@pytest.fixture(scope="module")
def typed(serve_all: Serve) -> Server:
    return serve_all(TYPED)


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [
        ("optional", {"name": 7}, "args.name: Input should be a valid string, not 7"),
        ("order", {}, "missing required argument: 'order' (Order)"),
        (
            "order",
            {"order": {"lines": [{"article": "pen", "price": "7"}]}},
            'args.order.lines[0].price: Input should be a valid integer, not "7"',
        ),
        (
            "order",
            {"order": {"lines": [{"article": "pen", "price": -1}]}},
            "args.order.lines[0]",
        ),
        ("bounded", {"share": 1.5}, "args.share: Input should be less than or equal to 1"),
        ("bounded", {"share": True}, "args.share: Input should be a valid number, not true"),
        ("by_position", {"a": 1.5, "b": 2}, "args.a: Input should be a valid integer"),
        ("by_position", {"c": 1}, "missing required arguments: 'a' (integer), 'b' (integer)"),
        ("rich", {"day": "today"}, "args.day: Input should be a valid date"),
        ("nothing", {"x": 1}, "unknown argument 'x', expected none"),
        ("untyped", {"anything": 1, "x": 1}, "unknown argument 'x', expected only 'anything'"),
    ],
)
def test_what_is_wrong_with_an_argument_is_told(
    typed: Server, name: str, args: dict[str, object], error: str
) -> None:
    told = typed.error(name, **args)
    assert told.startswith(f"Invalid arguments for function '{name}': {error}"), told


def test_arguments_are_what_the_annotations_say(typed: Server) -> None:
    server = typed
    lines = [{"article": "pen", "price": 7}, {"article": "ink", "price": 3}]
    assert server.result("order", order={"lines": lines}) == 10
    given = {"day": "2026-11-26", "id": "8c8e2d3c-0000-4000-8000-000000000000", "colour": "red"}
    assert server.result("rich", **given) == {**given, "size": "s", "none": None}
    assert server.result("bounded", share=1) == 1.0
    assert server.result("untyped", anything={"a": [None]}) == {"a": [None]}
    assert server.result("optional", name=None) == "None"
    assert server.result("optional") == "'nobody'"
    assert server.result("by_position", a=1, b=2) == [1, 2, 3]
    assert server.result("more", first=1, p0=2, second="x") == [1, {"p0": 2, "second": "x"}]
    assert server.result("nothing") is None


def test_large_values_in_an_error_are_cut(serve: Serve) -> None:
    server = serve("def f(a: list[int]): pass")
    assert len(server.error("f", a="x" * 100_000)) < 500
    assert len(server.error("f", a=["x"] * 100_000)) < 1000
    assert len(server.error("f", **{"y" * 100_000: 1}, a=[])) < 500


RESULTS = """
    import asyncio
    from functions_runtime import function

    class Odd:
        pass

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    def odd():
        return {"odd": Odd()}

    def circle():
        circle = []
        circle.append(circle)
        return circle

    def not_finite():
        return [float("nan"), float("inf"), 1.5]

    def raises():
        try:
            open("/nowhere/at/all")
        except OSError as error:
            raise LookupError("cannot look it up") from error

    def mute():
        raise Mute

    def exits():
        raise SystemExit(3)

    async def exits_async():
        raise SystemExit(3)

    async def stops():
        raise StopIteration

    def stops_plain():
        raise StopIteration(7)

    async def cancels_itself():
        raise asyncio.CancelledError

    def surrogate():
        raise ValueError("\\ud800")

    def decorate(function):
        import functools
        @functools.wraps(function)
        def inside(*args, **kwargs):
            return function(*args, **kwargs)
        return inside

    @decorate
    async def wrapped(a: int) -> int:
        await asyncio.sleep(0)
        return a + 1

    @function
    async def marked():
        return "marked"
"""


@pytest.fixture(scope="module")
def results(serve_all: Serve) -> Server:
    return serve_all(RESULTS)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (
            "odd",
            (
                "its result is no JSON: Unable to serialize unknown type: "
                "<class 'user_function.Odd'>"
            ),
        ),
        (
            "circle",
            "its result is no JSON: ValueError: Circular reference detected (id repeated)",
        ),
        ("raises", "cannot look it up"),
        ("mute", "Mute"),
        ("exits", "3"),
        ("exits_async", "3"),
        ("stops", "coroutine raised StopIteration"),
        ("stops_plain", "7"),
        ("cancels_itself", "CancelledError"),
        ("surrogate", "?"),
    ],
)
def test_whatever_a_function_does_its_caller_is_answered(
    results: Server, name: str, error: str
) -> None:
    assert results.error(name) == f"Function execution failed: {error}"
    assert results.result("marked") == "marked"


def test_results_are_json_whatever_they_are(results: Server) -> None:
    assert results.result("not_finite") == [None, None, 1.5]
    assert results.result("wrapped", a=1) == 2


def test_a_function_is_called_by_path_with_its_arguments_alone(serve: Serve) -> None:
    server = serve("def f(a: int = 1): return a")
    answer = server.request("POST", "/functions/f", {"a": 2}, x_execution_id="7")
    assert answer.json["result"] == 2
    assert answer.json["metadata"] == {"executionId": "7"}
    answer = server.request("POST", "/functions/f")
    assert answer.json["result"] == 1
    assert len(answer.json["metadata"]["executionId"]) == 36
    assert server.request("POST", "/functions/f", [1]).status == 422
    answer = server.request("POST", "/functions/nobody")
    assert answer.json["error"] == "Function 'nobody' not found"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", ["body"]),
        (b"\xff", ["body", 0]),
        (b'{"a": nope}', ["body", 6]),
        (b'{"executionId": NaN}', ["body", 0]),
        (b"[" * 200_000, ["body", 0]),
        (b"1" * 10_000, ["body", 0]),
        (b'{"executionId": "\\ud800", "functionName": "f"}', ["body", "executionId"]),
    ],
)
def test_what_is_no_request_is_told_by_its_place(
    results: Server, body: bytes, place: list[object]
) -> None:
    answer = results.request("POST", "/exec", body)
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == place
    assert len(answer.body) < 20_000


def test_the_body_is_json_and_says_so_or_says_nothing(serve: Serve) -> None:
    server = serve("def f(): return 1")
    body = {"executionId": "1", "functionName": "f"}
    for kind in ("application/json; charset=utf-8", "Application/CloudEvents+JSON"):
        assert server.request("POST", "/exec", body, content_type=kind).status == 200
    answer = server.request("POST", "/exec", body, content_type="text/plain")
    assert answer.status == 415
    advice = "send the body as application/json"
    assert answer.json == {"detail": f'Content-Type is "text/plain"; {advice}'}
    assert server.request("POST", "/exec", body, content_encoding="gzip").status == 415


def test_paths_and_methods_that_are_unknown_are_told(serve: Serve) -> None:
    server = serve("def f(): pass")
    for path in ("/nowhere", "/exec/", "/"):
        answer = server.request("POST", path)
        assert (answer.status, answer.json) == (404, {"detail": "Not Found"})
    answer = server.request("GET", "/exec")
    assert (answer.status, answer.json) == (405, {"detail": "Method Not Allowed"})


def test_ready_tells_what_may_be_called(serve: Serve) -> None:
    server = serve(
        """
        from os.path import join
        from functions_runtime import function

        class Thing: pass
        def _private(): pass
        def b(): pass
        @function(name="a")
        def another(): pass
        """,
        CRBR_DEPLOYMENT_ID="blue",
    )
    answer = server.request("GET", "/ready")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json.items()) == [
        ("status", "ready"),
        ("deployment_id", "blue"),
        ("function_count", 2),
        ("functions", ["a", "b"]),
        ("rabbitmq_enabled", False),
        ("rabbitmq_connected", False),
    ]


def test_functions_are_described_with_their_arguments(serve: Serve) -> None:
    server = serve(
        """
        from dataclasses import dataclass
        from typing import Annotated
        from pydantic import Field
        from functions_runtime import function

        @dataclass
        class Order:
            id: int

        @function(name="ship", timeout=5)
        def f(order: Order, hurry: Annotated[bool, Field(description="At once")] = False):
            "Ships an order."
        """
    )
    [ship] = server.request("GET", "/functions").json
    order, hurry = ship.pop("arguments")
    assert ship == {
        "name": "ship",
        "description": "Ships an order.",
        "returns": {},
        "timeout": 5,
    }
    assert (order["name"], order["required"], hurry["required"]) == ("order", True, False)
    assert order["schema"]["$defs"]["Order"]["properties"]["id"]["type"] == "integer"
    assert hurry["description"] == "At once"
    assert hurry["schema"]["type"] == "boolean"
    assert server.error("ship").endswith("missing required argument: 'order' (Order)")
