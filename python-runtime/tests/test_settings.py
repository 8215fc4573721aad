"""The environment."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from functions_runtime.settings import VARIABLES, SettingsError, load, markdown, read_dotenv

if TYPE_CHECKING:
    from conftest import Run, Serve

README = Path(__file__).parent.parent / "README.md"
F = "def f(): return 1"


def test_what_is_not_set_has_its_default() -> None:
    settings, warnings = load({"CRBR_FUNCTIONS_TIMEOUT": "", "HOME": "/root"})
    assert warnings == []
    assert settings.file == Path("/app/src/user_function.py")
    assert (settings.host, settings.port, settings.workers) == ("0.0.0.0", 8000, 32)
    assert (settings.timeout, settings.max_timeout, settings.shutdown_timeout) == (30, 300, 25)
    assert settings.shutdown_delay == 0
    assert (settings.deployment_id, settings.log_format) == ("local-dev", "json")


def test_on_knative_callers_are_let_in_for_a_while_unless_somebody_says_otherwise() -> None:
    knative = {"K_SERVICE": "my-functions"}
    assert load(knative)[0].shutdown_delay == 3
    assert load({"K_SERVICE": ""})[0].shutdown_delay == 0
    assert load({**knative, "CRBR_FUNCTIONS_SHUTDOWN_DELAY": "0"})[0].shutdown_delay == 0


def test_the_port_of_functions_wins_over_that_of_everybody() -> None:
    assert load({"PORT": "1"})[0].port == 1
    assert load({"PORT": "1", "CRBR_FUNCTIONS_PORT": "2"})[0].port == 2
    assert load({"PORT": "1"}, "CRBR_FUNCTIONS_PORT=3")[0].port == 3


def test_the_environment_wins_over_the_file() -> None:
    text = "\n# words\nexport CRBR_DEPLOYMENT_ID='from file'\nCRBR_FUNCTIONS_TIMEOUT=7\n"
    settings, _ = load({"CRBR_FUNCTIONS_TIMEOUT": "8.5"}, text)
    assert (settings.deployment_id, settings.timeout) == ("from file", 8.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CRBR_FUNCTIONS_PORT", "65536"),
        ("CRBR_FUNCTIONS_PORT", "eighty"),
        ("CRBR_FUNCTIONS_PORT", "-1"),
        ("PORT", "1_0"),
        ("CRBR_FUNCTIONS_TIMEOUT", "0"),
        ("CRBR_FUNCTIONS_TIMEOUT", "nan"),
        ("CRBR_FUNCTIONS_TIMEOUT", "inf"),
        ("CRBR_FUNCTIONS_MAX_TIMEOUT", "31536001"),
        ("CRBR_FUNCTIONS_SHUTDOWN_DELAY", "-1"),
        ("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "-1"),
        ("CRBR_FUNCTIONS_LOG_LEVEL", "LOUD"),
        ("CRBR_UVICORN_LOG_LEVEL", "LOUD"),
        ("CRBR_FUNCTIONS_LOG_FORMAT", "xml"),
        ("CRBR_FUNCTIONS_HOST", "[::1]"),
        ("CRBR_FUNCTIONS_WORKERS", "0"),
        ("CRBR_FUNCTIONS_MAX_QUEUE", "1.5"),
        ("CRBR_FUNCTIONS_HELP", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_understood_is_told_with_what_is_allowed(
    name: str, value: str
) -> None:
    known = name if name != "PORT" else "CRBR_FUNCTIONS_PORT"
    [allowed] = [variable.allowed for variable in VARIABLES if variable.name == known]
    with pytest.raises(SettingsError) as error:
        load({name: value})
    assert str(error.value) == f"{name} is '{value}'; allowed: {allowed}"


def test_every_fault_is_told_at_once_and_stops_the_start(run: Run) -> None:
    server = run(CRBR_FUNCTIONS_TIMEOUT="\n", CRBR_FUNCTIONS_WORKERS="x" * 1000)
    assert server.wait() == 1
    first, second = server.errors.splitlines()
    assert first.startswith("error: CRBR_FUNCTIONS_TIMEOUT is '\\n'; allowed: seconds above 0")
    assert second.startswith("error: CRBR_FUNCTIONS_WORKERS is 'xxx")
    assert len(second) < 200
    assert server.lines == []


def test_a_line_of_the_file_that_is_no_assignment_is_told_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^\.env, line 2: cannot be read") as error:
        load({}, "A=1\nB='secret\n")
    assert "secret" not in str(error.value)
    file = tmp_path / ".env"
    assert read_dotenv(file) == ""
    file.write_bytes(b"A=\xff")
    with pytest.raises(SettingsError, match="cannot be read: it is not UTF-8"):
        read_dotenv(file)
    file.write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(SettingsError, match="is larger than 1048576 bytes"):
        read_dotenv(file)


def test_what_looks_like_a_mistake_is_told_in_the_log(serve: Serve) -> None:
    server = serve(F, CRBR_FUNCTIONS_TIMEOUTS="1", CRBR_RABBITMQ_HOSTNAME="x")
    near = (
        "CRBR_FUNCTIONS_TIMEOUTS is not a known variable; did you mean CRBR_FUNCTIONS_TIMEOUT?"
    )
    assert server.says(near)["level"] == "WARNING"
    server.says("CRBR_RABBITMQ_HOSTNAME has no effect in the Python runtime")


def test_a_file_in_the_working_directory_is_read(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CRBR_DEPLOYMENT_ID=green\n")
    server = serve(F)
    assert server.request("GET", "/ready").json["deployment_id"] == "green"


def test_help_lists_every_variable(run: Run) -> None:
    server = run(CRBR_FUNCTIONS_HELP="1")
    assert server.wait() == 0
    text = "".join(server.raw)
    assert all(f"{variable.name} (default: " in text for variable in VARIABLES)


def test_an_argument_too_many_is_told(run: Run) -> None:
    server = run("a.py", "b.py")
    assert server.wait() == 2
    assert "Usage: functions-runtime [FILE]" in server.errors


def test_a_port_that_is_taken_is_told_with_what_to_do(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        server = serve(F, CRBR_FUNCTIONS_PORT=port)
        assert server.wait() == 1
    message = server.lines[-1]["message"]
    assert message.startswith(f"cannot listen on 127.0.0.1:{port}: ")
    assert message.endswith("set CRBR_FUNCTIONS_PORT to another port, 0 for any that is free")


def test_a_server_listens_on_ipv6_as_well(serve: Serve) -> None:
    server = serve(F, CRBR_FUNCTIONS_HOST="::1")
    line = server.says("Serving functions")
    assert line["address"].startswith("[::1]:")
    port = int(line["address"].rpartition(":")[2])
    with socket.create_connection(("::1", port), 60):
        pass


def test_the_table_of_the_readme_is_that_of_the_settings() -> None:
    begin, end = "<!-- variables -->\n", "\n<!-- /variables -->"
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(begin)
    _, after = rest.split(end)
    right = f"{before}{begin}{markdown()}{end}{after}"
    if os.environ.get("UPDATE_README"):
        README.write_text(right, encoding="utf-8")
    assert README.read_text(encoding="utf-8") == right, "UPDATE_README=1 sets it right"
