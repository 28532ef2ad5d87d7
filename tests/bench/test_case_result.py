"""What a case's result says beside its scores: budgets unanswered, memory over rounds, standing notes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from josie_bench.bench.case_result import blank, scored, subject_of
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.model.sizes import COMPONENTS
from josie_bench.terms.beside import Beside
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import Audit, MemoryReading
from josie_bench.terms.schedule import Blocks
from tests.bench.cases import scored_case


def result_of(case, status="OK", reason=None):
    outcome = TrialOutcome(status=status, reason=reason, recording=None)
    return blank(case, outcome, None, settings={"a": 1}, reproduce="again")


def test_without_a_recording_every_budget_is_unanswered_for_the_case_s_reason(make_case):
    case = make_case(budgets=(parse_budget("response_latency.p50 < 300 ms"),))
    result = result_of(case, "SKIPPED", "it is not here")
    assert (result.status, result.reason, result.settings, result.reproduce) == (
        "SKIPPED", "it is not here", {"a": 1}, "again",
    )  # fmt: skip
    assert [(verdict.result, verdict.detail) for verdict in result.budgets] == [("n/a", "it is not here")]


def test_a_recording_answers_the_budgets_and_counts_its_windows(make_case, make_recording):
    case = make_case(budgets=(parse_budget("response_latency.p50 < 300 ms"),))
    result = scored(result_of(case), case, make_recording([100.0] * 20))
    assert [verdict.result for verdict in result.budgets] == ["pass"]
    assert (result.windows_measured, result.windows_warm_up) == (20, 0)
    assert len(result.notes) == 1  # the null backend has no weights to speak of; 20 windows are few


def test_of_several_rounds_the_largest_size_is_told(make_case, make_recording):
    sizes = ((0, "end", "rss", 3), (1, "end", "rss", 5), (2, "end", "rss", 4), (1, "start", "rss", 1))
    memory = tuple(
        MemoryReading(phase=phase, name=name, byte_count=mib * 2**20, round=index) for index, phase, name, mib in sizes
    )
    recording = replace(make_recording([100.0] * 3), memory=memory)
    result = scored(result_of(make_case()), make_case(), recording)
    assert [(row.phase, row.name, row.mib) for row in result.memory] == [("end", "rss", 5.0), ("start", "rss", 1.0)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "weights are seeded, not trained"),
        ({"conversation": Conversation(mode="turn")}, "turn mode"),
        ({"model": ModelChoice(preset="tiny", ablate=("temporal",))}, "switched off: temporal"),
        ({"blocks": Blocks(windows=4, lengths_ms=(200.0, 400.0))}, "windows of 200 ms and 400 ms in turn: percentiles"),
        ({"blocks": Blocks(contents=("repeated",))}, "what windows held, block by block: repeated"),
        ({"blocks": Blocks(windows=4, pause_ms=3000.0)}, "nothing came for 3000 ms between blocks of 4 windows"),
        ({"blocks": Blocks(windows=4, caches="cold")}, "caches were emptied between blocks of 4 windows, outside"),
        ({"blocks": Blocks(windows=4, caches="cold")}, "the buffer for that is in the peak of host memory"),
        ({"beside": Beside(cpu=1)}, "beside it 1 process kept a core busy"),
        ({"beside": Beside(cpu=2)}, "beside it 2 processes kept a core busy each"),
        ({"beside": Beside(memory_bytes=2**30)}, "beside it 1 GiB of memory was copied to and fro without a pause"),
        ({"beside": Beside(model="tiny")}, "beside it a model tiny answered window after window on eager PyTorch"),
    ],
)
def test_what_a_reader_must_know_of_the_model_stands_in_the_notes(make_case, make_recording, changes, words):
    case = make_case(backend="eager", **changes)
    assert any(words in note for note in scored(result_of(case), case, make_recording([100.0])).notes)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            ["audio_encoder", "audio_decoder"],
            "of vision_encoder, temporal_transformer, depth_transformer they",
        ),
        (list(COMPONENTS), "weights are those of a.safetensors"),
    ],
)
def test_the_notes_say_which_components_are_not_trained(make_case, make_recording, tmp_path, given, words):
    file = tmp_path / "a.safetensors"
    save_file({f"{name}.x": np.zeros(1) for name in given}, file)
    case = make_case(backend="eager", model=ModelChoice(preset="tiny", weights=(str(file),)))
    result = scored(result_of(case), case, make_recording([100.0]))
    note = result.notes[0]
    assert words in note
    assert result.is_trained is (len(given) == len(COMPONENTS))
    assert ("means nothing" in note) is (len(given) < len(COMPONENTS))
    model = subject_of(case.model, {})
    assert model.weights == ("a.safetensors" if len(given) == len(COMPONENTS) else "seeded + a.safetensors")


def test_what_the_codec_is_late_is_told_where_latency_is(make_case, make_recording):
    """480 samples at 16 kHz are 30 ms; a closed loop has no latency to add them to."""
    late = replace(make_recording([100.0]), sample_rate_hz=16_000, delay_samples=480)
    told = [
        [note for note in scored(result_of(make_case()), make_case(), each).notes if "codec" in note]
        for each in (late, replace(late, delay_samples=0), replace(late, is_open_loop=False))
    ]
    assert [len(notes) for notes in told] == [1, 0, 0]
    assert told[0][0].startswith("speech is heard 30 ms later than its sound can be read")


def test_an_invalid_case_keeps_its_numbers_and_says_all_that_was_found(make_case, make_recording):
    recording = replace(make_recording([50.0] * 30), audits=(Audit(checked=8, mismatched=(4,)),))
    early = replace(recording, handed_ns=recording.started_ns + 200_000)
    result = scored(result_of(make_case()), make_case(), early)
    assert result.status == "INVALID_CLOCK"
    assert result.reason == (
        "something is stamped 200 µs before its cause; 1 of 8 timed answers did not come again: window 4"
    )
    assert [failure.status for failure in result.validity.failures] == ["INVALID_CLOCK", "INVALID_AUDIT"]
    assert result.metrics["compute_time.p50"].value == pytest.approx(49.0)


def test_a_case_that_did_not_settle_stays_unsteady_and_its_checks_are_kept(make_case, make_recording):
    recording = replace(make_recording([50.0] * 30), audits=(Audit(checked=8, mismatched=(4,)),))
    unsteady = replace(result_of(make_case()), status="UNSTEADY", reason="it never settled")
    result = scored(unsteady, make_case(), recording)
    assert (result.status, result.reason) == ("UNSTEADY", "it never settled")
    assert len(result.validity.failures) == 1


def test_which_times_are_a_gpu_s_and_how_well_they_are_placed_is_told(make_case, make_recording):
    plain = make_recording([50.0] * 4, spans=[(w, "audio_encoder", 1.0, 11.0) for w in range(4)])
    spans = replace(
        plain.spans,
        component=np.array(["audio_encoder", "copies", "copies", "audio_encoder"]),
        is_on_gpu=np.array([False, True, True, True]),
        error_ns=np.array([0, 12_340, 5, 800]),
    )
    found = scored_case(make_case(), replace(plain, spans=spans))
    assert "times of audio_encoder are the GPU's own, on the host's clock to 12.3 µs at worst" in found.notes
    assert not any("GPU" in note for note in scored_case(make_case(), plain).notes)
