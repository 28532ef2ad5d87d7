"""What values a setting may have, each kind by itself."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from josie_bench.suites.values import Backend, Duration, EngineName, Known, PositiveDuration, Preset, Several

Colours = Several[str]


def read(kind, value):
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Duration, "1.5 s", 1500.0),
        (Duration, "0 ms", 0.0),
        (PositiveDuration, "24 h", 86_400_000.0),
        (Backend, None, "null"),
        (EngineName, "onnxruntime-int8", "onnxruntime-int8"),
        (EngineName, None, "null"),
        (Preset, "tiny", "tiny"),
        (Colours, "red", ("red",)),
        (Colours, ["red", "blue"], ("red", "blue")),
    ],
)
def test_what_is_written_becomes_what_is_meant(kind, value, expected):
    assert read(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Duration, 300, "has no unit"),
        (Duration, "-1 ms", "is negative"),
        (Duration, "25 h", "longer than a day"),
        (PositiveDuration, "0 s", "longer than 0 ms"),
        (Backend, "egaer", "did you mean 'eager'"),
        (EngineName, "eager-fp61", "did you mean"),
        (Preset, "nanu", "did you mean 'nano'"),
        (Colours, ["red", "red"], "stands there twice"),
    ],
)
def test_what_it_cannot_be_is_refused_with_a_mend(kind, value, words):
    with pytest.raises(ValidationError, match=words):
        read(kind, value)


def test_only_names_that_no_package_can_add_to_stand_in_the_schema():
    from typing import Annotated

    fixed, open_ended = (Annotated[str, Known("colour", names)] for names in (("red",), lambda: ("red",)))
    assert TypeAdapter(fixed).json_schema()["enum"] == ["red"]
    assert "enum" not in TypeAdapter(open_ended).json_schema()
