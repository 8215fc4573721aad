"""Bounds: deadlines, executions, threads, bodies, heads, connections."""

from __future__ import annotations

import contextlib
import select
from typing import TYPE_CHECKING, Callable

import pytest
from process import PATIENCE

if TYPE_CHECKING:
    import socket

    from conftest import Serve
    from process import Line

GATED = """
    import asyncio, threading, time
    from functions_runtime import function

    gate = threading.Event()
    entered = []

    def blocks(n: int = 0):
        print(f"Entered {n}")
        gate.wait()
        return n

    async def waits(n: int = 0):
        print(f"Entered {n}")
        while not gate.is_set():
            await asyncio.sleep(0.005)
        return n

    async def releases():
        gate.set()

    @function(timeout=0.2)
    async def short_of_time():
        await asyncio.sleep(3600)

    @function(timeout=0.2)
    def short_of_time_and_blocking():
        gate.wait()
        print("Came back")

    @function(timeout=1000)
    async def wants_too_much():
        await asyncio.sleep(3600)

    @function(timeout=0.2)
    async def tidies_up():
        try:
            await asyncio.sleep(3600)
        finally:
            print("Tidied up")

    async def echo(value):
        return value

    async def blocks_the_loop(seconds: float):
        time.sleep(seconds)
"""


@pytest.mark.parametrize("name", ["short_of_time", "short_of_time_and_blocking"])
def test_a_function_has_the_deadline_that_it_asks_for(serve: Serve, name: str) -> None:
    server = serve(GATED)
    told = f"Function '{name}' execution timed out after 0.2 seconds"
    assert server.error(name) == told
    line = server.line(lambda line: line.get("status") == "timeout")
    assert (line["level"], line["message"]) == ("ERROR", "Function timed out")
    assert (line["execution_id"], line["function_name"]) == ("test", name)
    assert line["exc_info"] == told
    assert line["duration_ms"] >= 200


def test_no_function_has_more_time_than_the_highest_deadline(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_MAX_TIMEOUT="0.25")
    told = "execution timed out after 0.25 seconds"
    assert server.error("wants_too_much") == f"Function 'wants_too_much' {told}"
    assert server.error("waits") == f"Function 'waits' {told}"


def test_at_its_deadline_a_function_can_tidy_up(serve: Serve) -> None:
    server = serve(GATED)
    assert "timed out" in server.error("tidies_up")
    assert server.says("Tidied up")["function_name"] == "tidies_up"


def test_a_caller_who_hangs_up_does_not_stop_a_function(serve: Serve) -> None:
    server = serve(GATED)
    for name in ("blocks", "waits"):
        running = server.begin_call(name, n=7)
        server.line(of(name, message="Entered 7"))
        running.connection.close()
    server.result("releases")
    for name in ("blocks", "waits"):
        server.line(of(name, status="success"))


def test_plain_functions_run_on_threads_and_hold_up_nobody(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_WORKERS="3")
    running = [server.begin_call("blocks", n=n) for n in range(3)]
    for n in range(3):
        server.says(f"Entered {n}")
    assert server.result("echo", value=1) == 1
    assert server.request("GET", "/ready").status == 200
    server.result("releases")
    assert [pending.answer().json["result"] for pending in running] == [0, 1, 2]


def test_of_plain_functions_only_so_many_run_at_once_and_the_next_takes_its_turn(
    serve: Serve,
) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_WORKERS="1", CRBR_FUNCTIONS_MAX_QUEUE="1")
    first = server.begin_call("blocks", n=1)
    server.says("Entered 1")
    # One of these waits, and there is no room for another one to wait.
    others = [server.begin_call("blocks", n=2), server.begin_call("blocks", n=3)]
    sockets = [pending.connection.sock for pending in others]
    [answered], _, _ = select.select(sockets, [], [], PATIENCE)
    refused = others.pop(sockets.index(answered)).answer()
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    # Those who need no thread do not wait for one.
    assert server.result("releases") is None
    assert first.answer().json["result"] == 1
    assert others[0].answer().json["success"] is True


def test_one_more_than_may_run_and_wait_is_refused(serve: Serve) -> None:
    server = serve(
        GATED,
        CRBR_FUNCTIONS_MAX_CONCURRENCY="2",
        CRBR_FUNCTIONS_MAX_QUEUE="0",
    )
    running = [server.begin_call("waits", n=1), server.begin_call("blocks", n=2)]
    server.says("Entered 1")
    server.says("Entered 2")
    for name in ("waits", "blocks"):
        answer = server.begin_call(name, n=3).answer()
        assert answer.status == 503
        assert answer.json == {
            "detail": "the server runs as many executions as it may; try again later"
        }
    for pending in running:
        pending.connection.close()


def test_a_thread_that_does_not_come_back_keeps_its_place(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_WORKERS="1", CRBR_FUNCTIONS_MAX_QUEUE="0")
    assert "timed out" in server.error("short_of_time_and_blocking")
    assert server.begin_call("blocks").answer().status == 503
    server.result("releases")
    server.says("Came back")
    # Its place is free a moment after that.
    while server.begin_call("blocks").answer().status == 503:
        assert server.process.poll() is None


def test_who_waits_as_long_as_it_could_run_is_refused(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_WORKERS="1", CRBR_FUNCTIONS_TIMEOUT="0.3")
    assert "timed out" in server.error("blocks")
    assert server.begin_call("blocks").answer().status == 503


def test_a_function_that_blocks_the_loop_is_told_what_to_do(serve: Serve) -> None:
    server = serve(GATED)
    server.result("blocks_the_loop", seconds=0.6)
    line = server.line(lambda line: line["level"] == "WARNING")
    assert "asyncio.to_thread" in line["message"]
    assert line["held_ms"] >= 500
    assert line["function_name"] == "blocks_the_loop"


def test_many_calls_at_once_are_each_answered_with_their_own(serve: Serve) -> None:
    server = serve(GATED)
    running = [server.begin_call("echo", value=n) for n in range(100)]
    assert [pending.answer().json["result"] for pending in running] == list(range(100))


def test_a_body_that_is_too_large_is_refused_whether_declared_or_not(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_MAX_BODY_BYTES="1000")
    whole = b'{"executionId": "1", "functionName": "echo", "args": {"value": 1}}'
    assert server.request("POST", "/exec", whole.ljust(1000)).status == 200
    answer = server.request("POST", "/exec", whole.ljust(1001))
    assert answer.status == 413
    detail = "The body is larger than the 1000 bytes that are allowed"
    assert answer.json == {"detail": detail}
    with server.connect() as connection:
        head = b"POST /exec HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        connection.sendall(head + b"3e9\r\n" + whole.ljust(1001) + b"\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_large_body_that_is_allowed_is_read(serve: Serve) -> None:
    server = serve(GATED)
    value = "x" * 5_000_000
    assert server.result("echo", value=value) == value


def test_a_body_that_does_not_come_is_given_up(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_BODY_TIMEOUT="0.2")
    with server.connect() as connection:
        connection.sendall(b"POST /exec HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"The body was not all there within 0.2 seconds" in answer


@pytest.mark.parametrize(
    "begun",
    [b"", b"POST /exec HTTP/1.1\r\nhost", b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\nGET /rea"],
)
def test_a_head_that_does_not_come_is_given_up(serve: Serve, begun: bytes) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_HEADER_TIMEOUT="0.2")
    with server.connect() as connection:
        connection.sendall(begun)
        everything(connection)
    assert server.request("GET", "/ready").status == 200


def test_a_head_that_is_too_large_is_refused(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_MAX_HEADER_BYTES="8192")
    with server.connect() as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /ready HTTP/1.1\r\nx: " + b"y" * 20_000)
        with contextlib.suppress(ConnectionError):
            assert everything(connection)[:12] in {b"", b"HTTP/1.1 400"}
    assert server.request("GET", "/ready").status == 200


def test_one_connection_too_many_is_closed(serve: Serve) -> None:
    server = serve(GATED, CRBR_FUNCTIONS_MAX_CONNECTIONS="2")
    kept = [server.begin("GET", "/ready") for _ in range(2)]
    for pending in kept:
        assert pending.connection.getresponse().read()
    with server.connect() as connection:
        assert everything(connection) == b""
    for pending in kept:
        pending.connection.close()
    # Their places are free a moment after that.
    while True:
        with contextlib.suppress(ConnectionError):
            assert server.request("GET", "/ready").status == 200
            break


def of(function: str, **fields: str) -> Callable[[Line], bool]:
    """A line of this function with these fields."""
    wanted = {"function_name": function, **fields}
    return lambda line: wanted.items() <= line.items()


def everything(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)
