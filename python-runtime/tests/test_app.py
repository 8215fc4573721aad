"""What answers look like while a server stops."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from functions_runtime.app import App
from functions_runtime.served import Served
from functions_runtime.settings import load

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def test_while_it_stops_a_server_is_not_ready_and_each_answer_ends_its_connection() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def ask() -> None:
        settings, _ = load({})
        app = App(Served({}, None), settings)
        app.is_ready = False
        scope = {"type": "http", "method": "GET", "path": "/ready", "headers": []}
        await app.asgi(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 503
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["status"] == "stopping"
