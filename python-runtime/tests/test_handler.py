"""The other style: a `handler(request)` at `POST /`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Serve

HANDLER = """
    import asyncio, threading
    from dataclasses import dataclass
    from functions_runtime import Response

    @dataclass
    class Order:
        id: int

    def add(a: int, b: int) -> int:
        return a + b

    {kind} handler(request):
        wanted = request.query.get("give")
        if wanted is None:
            return request.json()
        return {{
            "text": "words",
            "bytes": b"\\0",
            "nothing": None,
            "model": [Order(1)],
            "status": ({{"id": 1}}, 201),
            "headers": ("moved", 301, {{"Location": "/there"}}),
            "response": Response("teapot", 418),
            "about": [request.method, request.path, request.headers.get("X-Own"),
                      request.body.decode(), request.execution_id],
            "odd": object(),
        }}[wanted]
"""


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_handler_is_given_the_request_and_answers_what_it_returns(
    serve: Serve, kind: str
) -> None:
    server = serve(HANDLER.format(kind=kind))

    def give(what: str) -> tuple[int, str | None, bytes]:
        answer = server.request("POST", f"/?give={what}")
        return answer.status, answer.headers.get("content-type"), answer.body

    assert server.request("POST", "/", {"a": 1}).json == {"a": 1}
    assert give("text") == (200, "text/plain; charset=utf-8", b"words")
    assert give("bytes") == (200, "application/octet-stream", b"\0")
    assert give("nothing") == (204, None, b"")
    assert give("model") == (200, "application/json", b'[{"id":1}]')
    assert give("status") == (201, "application/json", b'{"id":1}')
    assert give("response") == (418, None, b"teapot")
    assert server.request("POST", "/?give=headers").headers["location"] == "/there"
    answer = server.request("POST", "/?give=about", "é", x_own="1", x_execution_id="7")
    assert answer.json == ["POST", "/", "1", "é", "7"]


def test_a_handler_that_fails_is_told_by_a_status(serve: Serve) -> None:
    server = serve(HANDLER.format(kind="def"))
    answer = server.request("POST", "/", "not json", x_execution_id="7")
    assert answer.status == 500
    assert answer.json["detail"].startswith("Function execution failed: Expecting value")
    line = server.says("Function failed")
    assert (line["function_name"], line["execution_id"]) == ("handler", "7")
    assert "JSONDecodeError" in line["exc_info"]
    answer = server.request("POST", "/?give=odd")
    assert answer.status == 500
    assert "its result is no JSON" in answer.json["detail"]


def test_a_handler_keeps_to_deadlines_and_bounds(serve: Serve) -> None:
    server = serve(
        """
        import threading
        gate = threading.Event()
        def handler(request):
            print("Waiting")
            gate.wait()
        """,
        CRBR_FUNCTIONS_TIMEOUT="0.3",
        CRBR_FUNCTIONS_WORKERS="1",
        CRBR_FUNCTIONS_MAX_QUEUE="0",
        CRBR_FUNCTIONS_MAX_BODY_BYTES="10",
    )
    answer = server.request("POST", "/", "0123456789")
    assert answer.status == 504
    detail = "Function 'handler' execution timed out after 0.3 seconds"
    assert answer.json == {"detail": detail}
    assert server.request("POST", "/", "").status == 503
    assert server.request("POST", "/", "0123456789a").status == 413
    assert server.request("GET", "/").status == 405


def test_a_handler_is_no_function_and_functions_stand_beside_it(serve: Serve) -> None:
    server = serve(HANDLER.format(kind="def"))
    assert server.request("GET", "/ready").json["functions"] == ["add"]
    assert server.result("add", a=1, b=2) == 3
    assert server.error("handler") == "Function 'handler' not found"
    assert server.says("Serving functions")["handler"] is True
