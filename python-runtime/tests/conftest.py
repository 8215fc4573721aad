from __future__ import annotations

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import pytest
from process import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Serve(Protocol):
    def __call__(self, text: str, **variables: str) -> Server: ...


class Run(Protocol):
    def __call__(self, *arguments: str, **variables: str) -> Server: ...


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs the command in a folder of its own."""
    with running(tmp_path) as run:
        yield run


@pytest.fixture
def serve(run: Run, tmp_path: Path) -> Serve:
    """Serves a file with this text."""
    return serving(run, tmp_path)


@pytest.fixture(scope="module")
def serve_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """The same for all tests of a module, for those that leave no trace."""
    folder = tmp_path_factory.mktemp("shared")
    with running(folder) as run:
        yield serving(run, folder)


@contextmanager
def running(folder: Path) -> Iterator[Run]:
    servers: list[Server] = []

    def run(*arguments: str, **variables: str) -> Server:
        servers.append(Server(folder, *arguments, **variables))
        return servers[-1]

    try:
        yield run
    finally:
        for server in servers:
            server.kill()


def serving(run: Run, folder: Path) -> Serve:
    def serve(text: str, **variables: str) -> Server:
        file = folder / "user_function.py"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return run(CRBR_FUNCTIONS_FILE=str(file), **variables)

    return serve
