"""The log: one JSON object a line on standard output, whatever the functions do."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Callable

from functions_runtime.logs import Text
from functions_runtime.output import Output

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Serve
    from process import Line

LOGGING = """
    import asyncio, logging, sys, warnings

    log = logging.getLogger("shop")

    class Odd:
        def __repr__(self):
            raise RuntimeError

    def plain(order: int):
        log.info("Shipping %d", order, extra={"order": order, "level": "own"})
        print("printed", order)
        print("in\\ntwo lines")
        return order

    async def waits(order: int):
        await asyncio.sleep(0)
        log.warning("Waiting", extra={"order": order})
        return order

    def odd():
        nan = float("nan")
        log.info("odd", extra={"a": Odd(), "b": nan, "c": {1, 2}, "d": [1, {"x": None}]})
        log.info("%d", "no number")
        log.critical("\\ud800 é")
        log.debug("not heard")
        sys.stderr.write("beside it")

    def logs_an_error():
        try:
            {}["x"]
        except KeyError:
            log.exception("Not found")

    def fails():
        try:
            raise OSError("disk full")
        except OSError as error:
            raise ValueError("cannot save") from error

    def fails_at_length():
        raise ValueError("x" * 100_000)

    def much(lines: int):
        for number in range(lines):
            log.info("%s", "x" * 1000)
"""


def test_every_line_has_the_fields_of_its_execution(serve: Serve) -> None:
    server = serve(LOGGING, CRBR_DEPLOYMENT_ID="blue")
    assert server.result("plain", order=7) == 7
    line = server.says("Shipping 7")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
    expected = {
        "level": "INFO",
        "message": "Shipping 7",
        "target": "shop",
        "deployment_id": "blue",
        "execution_id": "test",
        "function_name": "plain",
        "order": 7,
        "level_": "own",
    }
    assert {**expected, "timestamp": line["timestamp"]} == line
    for printed in ("printed 7", "in", "two lines"):
        line = server.says(printed)
        assert (line["target"], line["function_name"]) == ("stdout", "plain")
    end = server.says("Function executed")
    assert (end["status"], end["execution_id"], end["level"]) == ("success", "test", "INFO")
    assert end["duration_ms"] > 0
    server.result("waits", order=8)
    line = server.says("Waiting")
    assert (line["level"], line["function_name"]) == ("WARNING", "waits")
    assert "execution_id" not in server.says("Serving functions")


def _of(order: int) -> Callable[[Line], bool]:
    return lambda line: line.get("order") == order


def test_calls_at_the_same_time_do_not_mix_their_fields(serve: Serve) -> None:
    server = serve(LOGGING)
    bodies = [
        {"executionId": str(n), "functionName": name, "args": {"order": n}}
        for n, name in enumerate(["plain", "waits"] * 20)
    ]
    running = [server.begin("POST", "/exec", body) for body in bodies]
    assert [pending.answer().json["result"] for pending in running] == list(range(40))
    for order in range(40):
        line = server.line(_of(order))
        assert (line["target"], line["execution_id"]) == ("shop", str(order))


def test_a_line_is_json_whatever_is_logged(serve: Serve) -> None:
    server = serve(LOGGING)
    server.result("odd")
    line = server.says("odd")
    assert line["a"] == "a Odd that cannot be written"
    assert (line["b"], line["c"], line["d"]) == (None, "{1, 2}", [1, {"x": None}])
    line = server.line(lambda line: line["message"].startswith("'%d' cannot be written"))
    assert line["level"] == "INFO"
    assert server.says("? é")["level"] == "ERROR"
    assert all(line["message"] != "not heard" for line in server.lines)
    server.terminate()
    assert server.wait() == 0
    assert server.errors == "beside it"


def test_an_error_is_logged_with_its_causes_and_its_place(serve: Serve) -> None:
    server = serve(LOGGING)
    assert server.error("fails") == "Function execution failed: cannot save"
    line = server.says("Function failed")
    assert (line["level"], line["status"]) == ("ERROR", "error")
    assert "OSError: disk full" in line["exc_info"]
    assert line["exc_info"].endswith("ValueError: cannot save")
    assert re.search(r'user_function.py", line \d+, in fails', line["exc_info"])
    assert "functions_runtime" not in line["exc_info"]
    server.result("logs_an_error")
    line = server.says("Not found")
    assert line["exc_info"].endswith("KeyError: 'x'")
    server.error("fails_at_length")
    line = server.line(lambda line: line.get("function_name") == "fails_at_length")
    assert len(line["exc_info"]) < 17_000


def test_what_a_caller_sends_does_not_fill_the_log(serve: Serve) -> None:
    server = serve(LOGGING)
    long = "x" * 100_000
    server.error(long)
    body = {"executionId": long, "functionName": "waits", "args": {"order": 1}}
    assert server.request("POST", "/exec", body).json["metadata"]["executionId"] == long
    server.says("Function executed")
    server.request("POST", "/exec", {"executionId": 1, "functionName": long})
    server.says("Malformed request")
    assert max(map(len, server.raw)) < 6000


def test_levels_are_those_that_are_set(serve: Serve) -> None:
    server = serve(LOGGING, CRBR_FUNCTIONS_LOG_LEVEL="debug")
    server.result("odd")
    assert server.says("not heard")["level"] == "DEBUG"


def test_other_formats_say_the_same(serve: Serve) -> None:
    server = serve(LOGGING, CRBR_FUNCTIONS_LOG_FORMAT="bunyan", CRBR_DEPLOYMENT_ID="blue")
    server.line(lambda line: line["msg"] == "Serving functions")
    server.terminate()
    assert server.wait() == 0
    line = server.lines[-1]
    assert (line["v"], line["name"], line["level"], line["msg"]) == (0, "blue", 30, "Stopped")


def test_text_keeps_to_its_lines_and_off_the_terminal() -> None:
    record = logging.LogRecord("shop", logging.INFO, "", 0, "a\x1b[31m\nb", (), None)
    record.order = 1
    record.lines = "one\ntwo"
    head, *below = Text().format(record).split("\n")
    assert head.endswith("    INFO shop: a\\x1b[31m")
    assert below == ["    b order=1", "    lines:", "        one", "        two"]


def test_a_reader_who_does_not_keep_up_loses_lines_and_is_told_how_many() -> None:
    readable, writable = os.pipe()
    output = Output(writable, room=200_000)
    record = logging.LogRecord("test", logging.INFO, "", 0, "x" * 1000, (), None)
    for _ in range(2000):
        output.handle(record)
    parts: list[bytes] = []

    def read() -> None:
        while part := os.read(readable, 65536):
            parts.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    output.finish(patience=60)
    os.close(writable)
    reader.join()
    os.close(readable)
    lines = b"".join(parts).decode().splitlines()
    whole = [line for line in lines if line == "x" * 1000]
    lost = [int(line.split()[0]) for line in lines if "were lost" in line]
    assert lost
    assert sum(lost) + len(whole) == 2000
    assert len(whole) < 1000


def test_a_closed_standard_output_does_not_end_the_process(tmp_path: Path) -> None:
    file = tmp_path / "user_function.py"
    file.write_text(
        "import atexit, os, signal, sys\n"
        "print('x')\n"
        "def f(): pass\n"
        "atexit.register(lambda: sys.stderr.write('still there'))\n"
        "import threading\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
    )
    readable, writable = os.pipe()
    os.close(readable)
    ended = subprocess.run(
        [sys.executable, "-m", "functions_runtime", str(file)],
        env={**os.environ, "CRBR_FUNCTIONS_PORT": "0"},
        stdout=writable,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writable)
    assert ended.stderr == b"still there"
    assert ended.returncode == 0
