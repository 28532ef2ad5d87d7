"""Tests of the exception tree: what each error is, says and exits with."""

from pathlib import Path

import pytest

from josie_bench.errors import (
    EngineError,
    JosieBenchError,
    MediaError,
    OutputError,
    SuiteError,
    UnavailableError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (UsageError("x"), 2),
        (SuiteError("x", path="a.yaml"), 2),
        (MediaError("x"), 2),
        (OutputError("x"), 2),
        (UnavailableError("x"), 3),
        (EngineError("x"), 3),
    ],
)
def test_every_error_ends_the_command_with_its_exit_code(error: JosieBenchError, exit_code: int) -> None:
    assert isinstance(error, JosieBenchError)
    assert error.exit_code == exit_code


@pytest.mark.parametrize("kind", [SuiteError, MediaError, OutputError])
def test_wrong_input_is_a_usage_error(kind: type[JosieBenchError]) -> None:
    assert issubclass(kind, UsageError)


@pytest.mark.parametrize("kind", [UnavailableError, EngineError])
def test_what_is_not_here_is_no_usage_error(kind: type[JosieBenchError]) -> None:
    assert not issubclass(kind, UsageError)


def test_suite_error_begins_with_file_and_line() -> None:
    error = SuiteError("unknown key 'hops'", path=Path("suites/realtime.yaml"), line=14)
    assert str(error) == "suites/realtime.yaml:14: unknown key 'hops'"
    assert (error.what, error.path, error.line) == ("unknown key 'hops'", Path("suites/realtime.yaml"), 14)


def test_suite_error_without_a_line_names_the_file_alone() -> None:
    assert str(SuiteError("is empty", path="a.yaml")) == "a.yaml: is empty"


def test_unavailable_says_the_mend_where_there_is_one() -> None:
    assert str(UnavailableError("onnxruntime is not installed", mend="install josie-bench[onnxruntime]")) == (
        "onnxruntime is not installed: install josie-bench[onnxruntime]"
    )
    alone = UnavailableError("no NVIDIA driver")
    assert (str(alone), alone.reason, alone.mend) == ("no NVIDIA driver", "no NVIDIA driver", None)


@pytest.mark.parametrize("kind", [UsageError, EngineError, UnavailableError])
def test_an_error_is_one_line_whatever_is_quoted_in_it(kind: type[JosieBenchError]) -> None:
    assert str(kind("unknown key 'a\nb\u2028c', as in  d")) == "unknown key 'a b c', as in  d"
    assert str(SuiteError("variants.a\nb", path="a.yaml", line=3)) == "a.yaml:3: variants.a b"
