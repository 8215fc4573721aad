"""The routes: `/exec`, `/functions/{name}`, `/ready`, and `/` where there is a handler."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from . import protocol
from .admission import OverloadedError
from .arguments import ArgumentsError
from .body import Bodies, BodyError
from .executor import Executor, Returned, TimedOut
from .handler import Request as HandlerRequest
from .handler import encode, respond
from .logs import execution as execution_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .failure import Failure
    from .served import Served, Target
    from .settings import Settings

EXECUTION_ID = "x-execution-id"
# As much of an error as stands in the log, in characters; a caller chose it.
_LONGEST_LOGGED = 1024

log = logging.getLogger("functions_runtime.server")
calls_log = logging.getLogger("functions_runtime.execution")


class App:
    """What answers requests. Made and used on the event loop."""

    def __init__(self, served: Served, settings: Settings) -> None:
        self.executor = Executor(settings)
        self.bodies = Bodies(settings)
        self.is_ready = True
        self._served = served
        self._deployment_id = settings.deployment_id
        self.asgi = self._ending(self._starlette())

    def _starlette(self) -> Starlette:
        routes = [
            Route("/exec", self._exec, methods=["POST"]),
            Route("/functions/{name}", self._function, methods=["POST"]),
            Route("/functions", self._functions, methods=["GET"]),
            Route("/ready", self._ready, methods=["GET"]),
        ]
        if self._served.handler is not None:
            routes.append(Route("/", self._handle, methods=["POST"]))
        app = Starlette(
            routes=routes,
            exception_handlers={
                HTTPException: _refused,
                BodyError: _unread,
                protocol.MalformedError: _malformed,
                OverloadedError: _overloaded,
                Exception: _broken,
            },
        )
        app.router.redirect_slashes = False
        return app

    def _ending(self, app: ASGIApp) -> ASGIApp:
        """The same, where each answer ends its connection once the server is about to end."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_last(message: Message) -> None:
                if message["type"] == "http.response.start" and not self.is_ready:
                    headers = [*message.get("headers", ()), (b"connection", b"close")]
                    message = {**message, "headers": headers}
                await send(message)

            await app(scope, receive, send_last)

        return answer

    async def _ready(self, _: Request) -> Response:
        functions = list(self._served.functions)
        body = {
            "status": "ready" if self.is_ready else "stopping",
            "deployment_id": self._deployment_id,
            "function_count": len(functions),
            "functions": functions,
            "rabbitmq_enabled": False,
            "rabbitmq_connected": False,
        }
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return _json(200 if self.is_ready else 503, text.encode())

    async def _functions(self, _: Request) -> Response:
        described = [
            {
                "name": function.name,
                "description": function.description,
                "arguments": function.arguments.describe(),
                # What a function returns is not read from its annotation: it may be anything.
                "returns": {},
                "timeout": self.executor.timeout_of(function.target),
            }
            for function in self._served.functions.values()
        ]
        return _json(200, json.dumps(described, ensure_ascii=False).encode())

    async def _exec(self, request: Request) -> Response:
        _check_media_type(request)
        call = protocol.parse_call(await self.bodies.read(request))
        return await self._call(call.function_name, call.arguments, call.execution_id)

    async def _function(self, request: Request) -> Response:
        _check_media_type(request)
        arguments = protocol.parse_arguments(await self.bodies.read(request))
        name = request.path_params["name"]
        return await self._call(name, arguments, _execution_id(request))

    async def _call(self, name: str, given: Mapping[str, Any], execution_id: str) -> Response:
        function = self._served.functions.get(name)
        if function is None:
            return _not_begun(f"Function '{name}' not found", name, execution_id)
        try:
            arguments = function.arguments.read(given)
        except ArgumentsError as error:
            told = f"Invalid arguments for function '{name}': {error}"
            return _not_begun(told, name, execution_id)
        ended = await self.executor.run(function.target, arguments, encode, execution_id)
        if isinstance(ended, Returned):
            return _json(200, protocol.succeeded(ended.value, execution_id))
        return _json(200, protocol.failed(_error(ended), execution_id))

    async def _handle(self, request: Request) -> Response:
        handler: Target | None = self._served.handler
        if handler is None:
            raise HTTPException(404)
        given = HandlerRequest(
            method=request.method,
            path=request.url.path,
            query=request.query_params,
            headers=request.headers,
            body=await self.bodies.read(request),
            execution_id=_execution_id(request),
        )
        ended = await self.executor.run(handler, ([given], {}), respond, given.execution_id)
        if isinstance(ended, Returned):
            return ended.value
        status = 504 if isinstance(ended, TimedOut) else 500
        return _json(status, protocol.detail(_error(ended)))


def _error(ended: Failure | TimedOut) -> str:
    if isinstance(ended, TimedOut):
        return ended.error
    return f"Function execution failed: {ended.message}"


def _not_begun(error: str, name: str, execution_id: str) -> Response:
    with execution_fields(execution_id, name):
        told = error[:_LONGEST_LOGGED]
        calls_log.warning("Call refused", extra={"status": "error", "exc_info_": told})
    return _json(200, protocol.failed(error, execution_id))


def _execution_id(request: Request) -> str:
    return request.headers.get(EXECUTION_ID) or str(uuid.uuid4())


def _check_media_type(request: Request) -> None:
    """A body says that it is JSON, or says nothing, and is not compressed."""
    given = request.headers.get("content-type")
    if given is not None:
        kind = given.partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise _unsupported("Content-Type", given, "send the body as application/json")
    encoding = request.headers.get("content-encoding")
    if encoding is not None and encoding.strip().lower() not in {"", "identity"}:
        raise _unsupported("Content-Encoding", encoding, "send the body without compression")


def _unsupported(header: str, value: str, advice: str) -> HTTPException:
    quoted = json.dumps(value, ensure_ascii=False)
    return HTTPException(415, f"{header} is {quoted}; {advice}")


def _json(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, headers, "application/json")


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _json(error.status_code, protocol.detail(error.detail), error.headers)


async def _unread(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, BodyError) else 400
    # What is left of the body is not read.
    return _json(status, protocol.detail(str(error)), {"connection": "close"})


async def _malformed(_: Request, error: Exception) -> Response:
    if not isinstance(error, protocol.MalformedError):
        raise error
    log.info("Malformed request", extra={"error": str(error)[:_LONGEST_LOGGED]})
    return _json(422, error.body())


async def _overloaded(_: Request, error: Exception) -> Response:
    # Seconds. Executions are short, as a rule.
    return _json(503, protocol.detail(str(error)), {"retry-after": "1"})


async def _broken(_: Request, __: Exception) -> Response:
    # The error goes on to the log from here.
    return _json(500, protocol.detail("Internal Server Error"))
