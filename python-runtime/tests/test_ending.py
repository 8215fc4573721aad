"""The end of a server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from process import COMMAND, PATIENCE

if TYPE_CHECKING:
    from conftest import Serve
    from process import Server

WAITING = """
    import asyncio, logging, threading, time
    log = logging.getLogger(__name__)

    gate = threading.Event()

    async def sleeps(seconds: float):
        print("Sleeping")
        await asyncio.sleep(seconds)
        return seconds

    def blocks():
        print("Blocking")
        gate.wait()
        return "released"

    def naps(seconds: float):
        print("Napping")
        time.sleep(seconds)
        return seconds

    async def tidies_up():
        print("Sleeping")
        try:
            await asyncio.sleep(3600)
        finally:
            log.info("Tidied up")

    async def blocks_the_loop():
        print("Blocking")
        gate.wait()

    async def stubborn():
        print("Sleeping")
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                log.info("No")
"""


def terminate_and_hear(server: Server) -> None:
    server.terminate()
    server.says("Stopping: finishing what runs")


def is_open(server: Server) -> bool:
    try:
        with socket.create_connection(server.address, PATIENCE):
            return True
    except ConnectionError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_running_executions_end_before_the_server_does(serve: Serve, number: int) -> None:
    server = serve(WAITING)
    running = server.begin_call("sleeps", seconds=0.5)
    server.says("Sleeping")
    server.process.send_signal(number)
    answer = running.answer()
    assert answer.json["result"] == 0.5
    assert answer.headers["connection"] == "close"
    assert server.wait() == 0
    assert server.lines[-1]["message"] == "Stopped"


def test_plain_functions_end_before_the_server_does_and_nobody_new_is_let_in(
    serve: Serve,
) -> None:
    server = serve(WAITING)
    running = server.begin_call("naps", seconds=1)
    server.says("Napping")
    terminate_and_hear(server)
    while is_open(server):
        assert server.process.poll() is None, "the door is still open"
    assert running.answer().json["result"] == 1
    assert server.wait() == 0


def test_callers_who_come_soon_after_the_signal_are_let_in_where_that_is_set(
    serve: Serve,
) -> None:
    server = serve(WAITING, CRBR_FUNCTIONS_SHUTDOWN_DELAY="3")
    server.says("Serving functions")
    server.terminate()
    server.says("About to stop: not ready any more, and callers are let in for a while")
    for _ in range(10):
        assert server.begin_call("naps", seconds=0).answer().json["result"] == 0
    assert server.wait() == 0


def test_half_sent_requests_and_idle_connections_do_not_hold_up_the_end(serve: Serve) -> None:
    server = serve(WAITING, CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT="600")
    begun = [server.connect() for _ in range(5)]
    begun[1].sendall(b"POST /exec HT")
    begun[2].sendall(b"POST /exec HTTP/1.1\r\nhost: x\r\ncontent-le")
    begun[3].sendall(b"POST /exec HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
    begun[4].sendall(b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n")
    assert begun[4].recv(15) == b"HTTP/1.1 200 OK"
    server.terminate()
    assert server.wait() == 0
    for connection in begun:
        connection.close()


def test_what_does_not_end_is_cancelled_before_the_cap_and_can_tidy_up(serve: Serve) -> None:
    server = serve(WAITING, CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT="2")
    running = server.begin_call("tidies_up")
    server.says("Sleeping")
    server.terminate()
    answer = running.answer().json
    assert answer["error"] == "Function execution failed: the server stops"
    assert server.wait() == 0
    line = server.line(lambda line: line["level"] == "WARNING")
    assert line["running"] == 1
    tidied = server.says("Tidied up")
    assert tidied["function_name"] == "tidies_up"


def test_a_function_that_blocks_the_loop_does_not_hold_up_the_end_beyond_the_cap(
    serve: Serve,
) -> None:
    server = serve(WAITING, CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT="0.1")
    running = server.begin_call("blocks_the_loop")
    server.says("Blocking")
    server.terminate()
    assert server.wait() == 0
    running.connection.close()


def test_a_second_signal_ends_a_server_whose_loop_is_blocked(serve: Serve) -> None:
    server = serve(WAITING, CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT="3600")
    running = server.begin_call("blocks_the_loop")
    server.says("Blocking")
    server.terminate()
    server.process.send_signal(signal.SIGINT)
    assert server.wait() == 1
    running.connection.close()


@pytest.mark.parametrize("name", ["blocks", "stubborn"])
def test_what_cannot_be_cancelled_is_cut_off_at_the_cap(serve: Serve, name: str) -> None:
    server = serve(WAITING, CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT="0.5")
    running = server.begin_call(name)
    server.line(lambda line: line["message"] in {"Blocking", "Sleeping"})
    server.terminate()
    assert server.wait() == 0
    line = server.line(lambda line: line["level"] == "WARNING")
    assert line["running"] == 1
    if name == "blocks":
        with pytest.raises(ConnectionError):
            running.answer()
    else:
        # It was answered when it was cancelled for the first time, or it is too late.
        running.connection.close()


def test_a_second_signal_ends_the_server_at_once(serve: Serve) -> None:
    server = serve(WAITING, CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT="3600")
    running = server.begin_call("sleeps", seconds=200)
    server.says("Sleeping")
    terminate_and_hear(server)
    server.terminate()
    assert server.wait() == 1
    assert server.lines[-1]["message"] == (
        "ended at once by a second signal, with 1 executions running"
    )
    running.connection.close()


def test_what_a_file_leaves_behind_does_not_keep_the_process(serve: Serve) -> None:
    server = serve(
        """
        import asyncio, atexit, threading
        atexit.register(lambda: print("At exit"))
        tasks = []
        async def leaves():
            async def forever():
                while True:
                    try:
                        await asyncio.Event().wait()
                    except asyncio.CancelledError:
                        pass
            tasks.append(asyncio.create_task(forever()))
            threading.Thread(target=threading.Event().wait).start()
        """
    )
    assert server.result("leaves") is None
    server.terminate()
    assert server.wait() == 0


def test_what_is_registered_for_the_end_is_run_and_heard(serve: Serve) -> None:
    server = serve(
        """
        import atexit
        atexit.register(lambda: print("At exit"))
        def f(): pass
        """
    )
    assert server.result("f") is None
    server.terminate()
    assert server.wait() == 0
    assert server.lines[-1]["message"] == "At exit"


NAMESPACES = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]


def has_namespaces() -> bool:
    try:
        return (
            subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode
            == 0
        )
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not has_namespaces(), reason="no namespaces of one's own are allowed here")
@pytest.mark.parametrize("moment", ["loading", "serving"])
def test_the_first_process_of_a_container_is_ended_by_sigterm(
    tmp_path: Path, moment: str
) -> None:
    file = tmp_path / "user_function.py"
    text = "import os, threading\nprint(os.getpid())\ndef f(): pass\n"
    file.write_text(text + ("threading.Event().wait()\n" if moment == "loading" else ""))
    outside = subprocess.Popen(
        [*NAMESPACES, COMMAND, str(file)],
        env={**os.environ, "CRBR_FUNCTIONS_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with outside:
        assert outside.stdout is not None
        assert json.loads(outside.stdout.readline())["message"] == "1"
        if moment == "serving":
            assert json.loads(outside.stdout.readline())["message"] == "Serving functions"
        task = Path(f"/proc/{outside.pid}/task/{outside.pid}/children")
        [inside] = map(int, task.read_text().split())
        os.kill(inside, signal.SIGTERM)
        try:
            assert outside.wait(PATIENCE) == 0
        finally:
            outside.kill()
