"""A server as a process of its own, and HTTP to it as a caller has it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whatever is awaited here comes at once; this is for a machine that does much else.
PATIENCE = 60.0

COMMAND = str(Path(sys.executable).with_name("functions-runtime"))

Line = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """A process that serves a file. What it writes is read all along."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        own = {"PATH": os.environ["PATH"], "CRBR_FUNCTIONS_HOST": "127.0.0.1"}
        own["CRBR_FUNCTIONS_PORT"] = "0"
        self.process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=folder,
            env={**own, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.raw: list[str] = []
        self.errors = ""
        self._has_ended = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._read_lines),
            threading.Thread(target=self._read_errors),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def lines(self) -> list[Line]:
        with self._changed:
            return [json.loads(line) for line in self.raw]

    @property
    def address(self) -> tuple[str, int]:
        line = self.line(lambda line: line["message"] == "Serving functions")
        host, _, port = line["address"].rpartition(":")
        return host, int(port)

    def line(self, wanted: Callable[[Line], bool]) -> Line:
        """Wait for a line of the log."""
        with self._changed:
            found = self._changed.wait_for(lambda: self._found(wanted), PATIENCE)
            line = self._find(wanted)
            assert found, self._told()
            assert line is not None, self._told()
            return line

    def says(self, message: str) -> Line:
        return self.line(lambda line: line["message"] == message)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, PATIENCE)

    def begin(self, method: str, path: str, body: Any = None, **headers: str) -> Pending:
        """Send a request, and do not wait for its answer."""
        connection = HTTPConnection(*self.address, timeout=PATIENCE)
        text = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        data = text.encode() if isinstance(text, str) else text
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, data, named)
        except OSError:
            connection.close()
            raise
        return Pending(connection)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.begin(method, path, body, **headers).answer()

    def begin_call(self, name: str, /, **args: Any) -> Pending:
        return self.begin("POST", "/exec", call(name, args))

    def call(self, name: str, /, **args: Any) -> Any:
        answer = self.begin_call(name, **args).answer()
        assert answer.status == 200, answer
        return answer.json

    def result(self, name: str, /, **args: Any) -> Any:
        answer = self.call(name, **args)
        assert answer["success"] is True, answer
        return answer["result"]

    def error(self, name: str, /, **args: Any) -> str:
        answer = self.call(name, **args)
        assert answer["success"] is False, answer
        assert answer["result"] is None
        assert isinstance(answer["error"], str)
        return answer["error"]

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end; its exit code."""
        code = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return code

    def kill(self) -> None:
        self.process.kill()
        self.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.raw.append(line)
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    def _find(self, wanted: Callable[[Line], bool]) -> Line | None:
        return next((line for line in map(json.loads, self.raw) if wanted(line)), None)

    def _found(self, wanted: Callable[[Line], bool]) -> bool:
        return self._has_ended or self._find(wanted) is not None

    def _told(self) -> str:
        return f"{''.join(self.raw)}\n{self.errors}"


class Pending:
    """A request that was sent."""

    def __init__(self, connection: HTTPConnection) -> None:
        self.connection = connection

    def answer(self) -> Answer:
        try:
            response: HTTPResponse = self.connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        finally:
            self.connection.close()


def call(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    return {"executionId": "test", "functionName": name, "args": args}
