"""Windows that engines with profiles cannot take: refused where the suite says them, with axis, range and mend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.backends import has_profiles
from josie_bench.errors import SuiteError
from josie_bench.plugins import find_member, member_names
from josie_bench.suites.profiles import profile_misfit
from josie_bench.terms.engine_choice import EngineChoice
from tests.suites.writing import cases_of

WITH_PROFILES = ("tensorrt", "tensorrt_rtx", "torch_tensorrt")


def test_the_engines_of_nvidia_s_compilers_have_profiles_and_no_others():
    found = [name for name in member_names("backends") if has_profiles(find_member("backends", name))]
    assert found == list(WITH_PROFILES)


@pytest.mark.parametrize(
    ("line", "settings", "words"),
    [
        (7, "window: 600 ms", "audio_encoder: no profile holds frames 12 (from 1 to 8)"),
        (8, "window: 500 ms\n    hop: 450 ms", "no profile holds frames 9 (from 1 to 8)"),
        (7, "blocks: {windows: 5, lengths: [200 ms, 500 ms]}", "no profile holds frames 10 (from 1 to 8)"),
        (7, "temporal_patches: 3", "vision_encoder: no profile holds time 3 (from 1 to 2)"),
        (7, "token_budget: 65", "vision_encoder: no profile holds tokens 65 (from 1 to 64)"),
    ],
)
@pytest.mark.parametrize("backend", WITH_PROFILES)
def test_what_no_profile_holds_is_refused_at_its_line_with_its_range(backend, line, settings, words, tmp_path):
    with pytest.raises(SuiteError) as caught:
        cases_of(tmp_path, f"    backend: {backend}\n    {settings}\n")
    said = str(caught.value)
    assert f"t.yaml:{line}: {backend}: " in said
    assert words in said
    assert "or another backend" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "settings",
    [
        "window: 400 ms",
        "window: 600 ms\n    hop: 300 ms",  # sound comes by the hop
        "window: 50 ms",
        "temporal_patches: 2\n    token_budget: 64",
        "modalities: [audio]\n    token_budget: 65",  # nothing is seen
        "blocks: {windows: 5, lengths: [200 ms, 400 ms]}",
    ],
)
def test_what_a_profile_holds_is_taken(settings, tmp_path):
    assert cases_of(tmp_path, f"    backend: tensorrt\n    {settings}\n")


BATCHED, COMING = "batching: continuous\n    ", "stay: 1 min\n    away: 1 s\n    "


@pytest.mark.parametrize(
    ("line", "settings", "batch"),
    [
        (8, "sessions: 9", 9),
        (8, f"sessions: 12\n    {COMING}admit: 10", 10),
        (9, "scenario: capacity\n    capacity: {most: 16}", 16),
        (6, "scenario: capacity", 64),
    ],
)
@pytest.mark.parametrize("backend", ["tensorrt", "tensorrt_rtx"])
def test_more_sessions_in_one_step_than_a_profile_holds_are_refused(backend, line, settings, batch, tmp_path):
    more = "\n    windows: 600" if "capacity" in settings else ""
    with pytest.raises(SuiteError) as caught:
        cases_of(tmp_path, f"    backend: {backend}\n    {BATCHED}{settings}{more}\n")
    said = str(caught.value)
    assert f"t.yaml:{line}: {backend}: audio_encoder: no profile holds batch {batch} (from 1 to 8): " in said
    assert said.endswith(": lower sessions, admit or capacity.most, or another backend")


@pytest.mark.parametrize(
    "settings",
    [
        f"{BATCHED}sessions: 8",
        f"{BATCHED}sessions: 12\n    {COMING}admit: 8",
        f"{BATCHED}scenario: capacity\n    windows: 600\n    capacity: {{most: 8}}",
        "sessions: 9",  # one after the other
    ],
)
def test_as_many_sessions_as_a_profile_holds_are_taken(settings, tmp_path):
    assert cases_of(tmp_path, f"    backend: tensorrt\n    {settings}\n")


@pytest.mark.parametrize("backend", ["eager", "eager_cuda", "onnxruntime"])
def test_other_backends_take_any_window(backend, tmp_path):
    assert cases_of(tmp_path, f"    backend: {backend}\n    window: 600 ms\n    temporal_patches: 3\n")


def test_of_mixed_engines_those_with_profiles_are_looked_at(tmp_path):
    (case,) = cases_of(tmp_path, "    window: 600 ms\n    temporal_patches: 16\n    token_budget: 16\n")
    assert profile_misfit(case) is None

    def told(component):
        engines = EngineChoice(backend="eager", apart=((component, "tensorrt", "fp16"),))
        misfit = profile_misfit(replace(case, engines=engines))
        return None if misfit is None else misfit[1].removeprefix("tensorrt: ").partition(" (")[0]

    assert told("audio_decoder") == "audio_decoder: no profile holds frames 12"
    assert told("vision_encoder") == "vision_encoder: no profile holds time 16"
    assert told("temporal_transformer") == "temporal_transformer: no profile holds time 257"  # and one frame
    assert told("depth_transformer") is None


def test_frames_that_go_through_together_count_among_the_positions(tmp_path):
    """3 s are 60 frames, and four patches of 36 tokens 144 positions: 204 go through at once, one by one 145."""
    body = "    window: 3 s\n    temporal_patches: 4\n    token_budget: 36\n"
    (case,) = cases_of(tmp_path, body)
    apart = EngineChoice(backend="eager", apart=(("temporal_transformer", "tensorrt", "fp16"),))
    assert profile_misfit(replace(case, engines=apart)) is None  # 1 + 4 · 36 = 145
    together = replace(case.conversation, silence="speculated")
    settings, what = profile_misfit(replace(case, engines=apart, conversation=together))  # 60 + 4 · 36
    assert "no profile holds time 204 (from 1 to 200)" in what
    assert settings[0] == "temporal_patches"
