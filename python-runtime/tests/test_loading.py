"""Files that do not load: the process says why, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run, Serve


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f(:\n    pass", "user_function.py does not load: line 1: SyntaxError: invalid"),
        ("\n\nnobody()", "does not load: line 3: NameError: name 'nobody' is not defined"),
        (
            "import nowhere.at.all",
            "does not load: line 1: ModuleNotFoundError: No module named",
        ),
        ("import sys\nsys.exit(0)", "does not load: line 2: SystemExit: 0"),
        ("raise KeyboardInterrupt", "does not load: line 1: KeyboardInterrupt"),
        ("def _private(): pass", "has nothing to serve: define a function"),
        ("class A:\n    def f(self): pass", "has nothing to serve"),
        (
            "def f(a: 'Nobody'): pass",
            "line 1: 'f' cannot be called by name: NameError: name 'No",
        ),
        ("def f(a: {}): pass", "line 1: 'f' cannot be called by name: "),
        (
            (
                "from functions_runtime import function\n"
                "@function(name='g')\ndef f(): pass\ndef g(): pass"
            ),
            "two functions are called 'g': ",
        ),
        ("def handler(): pass", "'handler' has to take one argument, the request: too many"),
        (
            "from functions_runtime import function\n@function(timeout=0)\ndef f(): pass",
            "line 2: ValueError: timeout is 0; it must be seconds above 0",
        ),
        ("raise ValueError('é\\ud800')", "line 1: ValueError: é?"),
    ],
)
def test_a_file_that_does_not_load_ends_the_process_with_the_reason(
    serve: Serve, text: str, reason: str
) -> None:
    server = serve(text)
    assert server.wait() == 1
    [line] = [line for line in server.lines if line["level"] == "ERROR"]
    assert reason in line["message"], line
    assert "user_function.py" in line["message"]
    assert server.errors == ""


def test_the_log_has_the_traceback_down_to_the_line_that_failed(serve: Serve) -> None:
    server = serve("def _inner():\n    return {}['x']\n_inner()\n")
    assert server.wait() == 1
    [line] = server.lines
    assert line["message"].endswith("does not load: line 2: KeyError: 'x'")
    assert "line 3, in <module>" in line["exc_info"]
    assert "line 2, in _inner" in line["exc_info"]
    assert "functions_runtime" not in line["exc_info"]


def test_a_file_that_is_not_there_is_told_with_the_variable_that_names_it(run: Run) -> None:
    server = run(CRBR_FUNCTIONS_FILE="/nowhere/user_function.py")
    assert server.wait() == 1
    [line] = server.lines
    assert line["message"] == (
        "/nowhere/user_function.py is no file; "
        "CRBR_FUNCTIONS_FILE names the file whose functions are served"
    )


def test_a_thread_that_a_broken_file_has_begun_does_not_keep_the_process(serve: Serve) -> None:
    server = serve(
        """
        import threading
        threading.Thread(target=threading.Event().wait).start()
        nobody()
        """
    )
    assert server.wait() == 1


def test_nobody_is_let_in_before_the_file_is_loaded_and_a_signal_ends_it(
    serve: Serve,
) -> None:
    server = serve(
        """
        import threading
        print("Loading")
        threading.Event().wait()
        def f(): pass
        """
    )
    server.says("Loading")
    server.terminate()
    assert server.wait() == 0
    assert [line["message"] for line in server.lines] == ["Loading"]


def test_a_file_finds_its_neighbours_and_may_have_any_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("WORD = 'found'\ndef not_served(): pass\n")
    for name in ("json.py", "two words.py"):
        (tmp_path / name).write_text(
            "from neighbour import *\nimport neighbour\ndef f(): return WORD\n"
        )
        server = run(name)
        assert server.result("f") == "found"
        assert server.request("GET", "/ready").json["functions"] == ["f"]


def test_a_file_with_a_list_of_what_is_public_is_taken_at_its_word(serve: Serve) -> None:
    server = serve(
        """
        from math import sqrt
        __all__ = ["sqrt", "f"]
        def f(): pass
        def g(): pass
        """
    )
    assert server.request("GET", "/ready").json["functions"] == ["f", "sqrt"]


def test_classes_and_constants_of_a_file_are_not_served(serve: Serve) -> None:
    server = serve(
        """
        import dataclasses
        LIMIT = 3
        @dataclasses.dataclass
        class A:
            x: int
        lower = str.lower
        def f(): return LIMIT
        """
    )
    assert server.request("GET", "/ready").json["functions"] == ["f"]
