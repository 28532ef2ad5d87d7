"""What cannot be lost, and which setting is to be mended; more of it stands in `test_conflicts`."""

from __future__ import annotations

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.losses import dropout_conflicts
from josie_bench.suites.schema import CaseKeys
from josie_bench.terms.dropout import Dropout
from tests.suites.writing import cases_of

ALL = ["audio", "vision", "text"]


def found(dropout, tasks=("transcribe",), **settings):
    keys = {"preset": "tiny", "scenario": "quality", "tasks": list(tasks), "modalities": ALL, "dropout": dropout}
    return list(dropout_conflicts(CaseKeys.model_validate(keys | settings)))


def test_patterns_of_what_a_task_takes_are_at_peace():
    for how in ({"present": 0}, {"present": 6}, {"present": 4, "absent": 2}, {"lost": 0.2}, {"late": "600 ms"}):
        assert found({"of": "text"} | how) == []
    assert found({"of": "audio", "lost": 0.2}) == []
    assert found({"of": ["audio", "vision"], "late": "200 ms"}, hop="100 ms") == []


def test_speech_that_never_comes_cannot_be_written_down():
    ((keys, what),) = found({"of": ["audio", "vision"], "present": 0})
    assert keys == ("dropout.of", "tasks")
    assert what == (
        "dropout: nobody can do task transcribe when audio never arrives: lose something else, or leave the case out"
    )


def test_what_no_task_takes_is_not_missed():
    ((_, what),) = found({"of": "vision", "lost": 0.2})
    assert "task transcribe takes audio and text alone: nothing of it is lost" in what
    assert found({"of": "text", "present": 0}, tasks=("transcribe", "conversation")) == []  # one of both is enough


def test_what_is_late_comes_whole_hops_later():
    ((keys, what),) = found({"of": "audio", "late": "500 ms"})
    assert (keys[0], what.endswith("write 600 ms")) == ("dropout.late", True)


def test_a_codec_loses_nothing():
    ((keys, what),) = found({"of": "audio", "lost": 0.2}, tasks=("transcribe", "look"))
    assert keys[0] == "tasks"
    assert "nothing can be lost of task look: take transcribe or describe or answer or conversation" in what


def test_it_is_told_with_its_line(tmp_path):
    body = "    scenario: quality\n    tasks: transcribe\n    dropout: {of: audio, present: 0}\n"
    with pytest.raises(SuiteError, match=r"t.yaml:8: dropout: nobody can do task transcribe"):
        cases_of(tmp_path, body)


def test_retention_is_no_budget_of_a_case_that_loses_nothing(tmp_path):
    budget = "    budgets: [{assert: retention.macro >= 0.92}]\n"
    with pytest.raises(SuiteError, match=r"gives no retention: set dropout\.of"):
        cases_of(tmp_path, "    scenario: quality\n    tasks: transcribe\n" + budget)
    (case,) = cases_of(
        tmp_path, "    scenario: quality\n    tasks: transcribe\n    dropout: {of: audio, lost: 0.2}\n" + budget
    )
    assert (case.dropout.lost, case.budgets[0].key) == (0.2, "retention.macro")


def test_noise_is_of_sound_alone():
    assert found({"of": "audio", "snr": "-5 dB"}) == []
    for of in ("text", ["audio", "text"]):
        ((keys, what),) = found({"of": of, "snr": "10 dB"})
        assert (keys, what.endswith("set dropout.of to audio alone")) == (("dropout.snr", "dropout.of"), True)
    ((keys, _),) = found({"snr": "10 dB"})
    assert "dropout.snr" in keys


def test_noise_changes_no_time():
    (conflict,) = found({"of": "audio", "snr": "10 dB"}, tasks=(), scenario="compute")
    assert conflict[1].endswith("leave it out, or take scenario quality")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("10", "10 has no unit: write decibels such as 10 dB"),
        ("'10'", "'10' has no unit: write decibels, for example 10 dB"),
        ("10 ms", "'10 ms' has the unit 'ms': write decibels"),
        ("1000 dB", "'1000 dB' is out of all hearing: write -100 dB to 100 dB"),
    ],
)
def test_a_ratio_of_noise_is_in_decibels(said, told, tmp_path):
    body = f"    scenario: quality\n    tasks: transcribe\n    dropout: {{of: audio, snr: {said}}}\n"
    with pytest.raises(SuiteError) as caught:
        cases_of(tmp_path, body)
    assert told in str(caught.value)


def test_noise_is_in_the_lock_and_reads_back(tmp_path):
    body = "    scenario: quality\n    tasks: transcribe\n    dropout: {of: audio, snr: 10 dB}\n"
    (case,) = cases_of(tmp_path, body)
    assert case.dropout.snr_db == 10.0
    assert case.dropout.pattern == "noise: SNR 10 dB"
    told = {"of": ["audio"], "present": None, "absent": None, "lost": 0.0, "burst": 1.0, "late": "0.0 ms"}
    assert Dropout.from_settings({"dropout": told | {"snr": "10.0 dB"}}) == case.dropout
    assert Dropout.from_settings({"dropout": told}).snr_db is None  # as locks of before have it
