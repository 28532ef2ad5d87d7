"""Settings: their names, their places, and what their values mean."""

from __future__ import annotations

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.document import Place, Placed, read_document
from josie_bench.suites.groups import Strict
from josie_bench.suites.schema import CaseKeys
from josie_bench.suites.settings import NESTED, is_default, meaning, placed_settings, setting_names, validated


def placed(value, path, line=4):
    return Placed(value=value, at=Place(path=path, line=line))


def test_nested_settings_have_dotted_names():
    assert {"window", "stream.speech", "warm_up.cap", "ablate"} <= set(setting_names())
    assert "stream" not in setting_names()


def test_every_group_of_settings_can_be_told_key_by_key():
    groups = {name for name, field in CaseKeys.model_fields.items() if isinstance(field.default, Strict)}
    assert groups <= set(NESTED)
    assert {"gpu_memory.cap", "gpu_memory.context", "gpu_memory.fragments"} <= set(setting_names())


def test_settings_know_their_lines(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("seed: 1\nstream:\n  text: hi\n")
    found = placed_settings(read_document(file)[0], file)
    assert {key: (mark.value, mark.at.line) for key, mark in found.items()} == {
        "seed": (1, 1),
        "stream.text": ("hi", 3),
    }


@pytest.mark.parametrize(
    ("key", "written", "meant"),
    [
        ("window", "0.2 s", 200.0),
        ("warm_up.cap", "1 min", 60_000.0),
        ("backend", None, "null"),
        ("quantizer", None, None),
        ("weights", "a.safetensors", ("a.safetensors",)),
        ("ablate", ["m_rope", "temporal"], ("m_rope", "temporal")),
        ("stream.text", "0.2 s", "0.2 s"),
    ],
)
def test_a_value_means_the_same_however_it_is_written(tmp_path, key, written, meant):
    assert meaning(key, placed(written, tmp_path)) == meant


@pytest.mark.parametrize(
    ("key", "written", "is_same"),
    [
        ("batching", "sequential", True),
        ("batching", "continuous", False),
        ("away", "0.0 ms", True),
        ("away", "1 ms", False),
        ("admit", None, True),
        ("beside.memory", "0 B", True),
        ("beside.cpu", 2, False),
        ("blocks.contents", ["recorded"], True),
        ("simulated.median", "180 ms", False),  # a case without it is not simulated
        ("hop", "300.0 ms", False),  # left out it is the window's length, whatever that is
        ("away", "soon", False),
        ("novelty", 0, False),
        ("stream.touch", "hand.csv", False),  # of a modality that a package brings
    ],
)
def test_a_setting_that_is_written_out_may_say_no_more_than_its_absence(key, written, is_same):
    assert is_default(key, written) is is_same


def test_a_wrong_value_is_named_at_its_own_place(tmp_path):
    settings = {"seed": placed(1, tmp_path / "a"), "warm_up.cap": placed("soon", tmp_path / "b", 9)}
    with pytest.raises(SuiteError, match=r"b:9: warm_up.cap: cannot read 'soon'"):
        validated(settings, Place(path=tmp_path, line=1))
