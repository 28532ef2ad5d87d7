"""Opened sessions: engine against eager through the same wiring, and refusals."""

from __future__ import annotations

import dataclasses
from itertools import islice

import numpy as np
import pytest

from josie_bench.backends import cuda_graph
from josie_bench.backends._device import Device
from josie_bench.bench.media import load_media
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import EngineError
from josie_bench.model import assembly
from josie_bench.model.assembly import make_model
from josie_bench.model.presets import TINY, find_sizes
from josie_bench.plugins import find_member
from josie_bench.runtime.session import open_session
from josie_bench.scenarios import compute
from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite
from josie_bench.terms.case import Case, StreamChoice, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.window import Window


def make_case(backend: str) -> Case:
    return Case(
        id="c", sha="", scenario="realtime", model=ModelChoice(preset="tiny"), engines=EngineChoice(backend=backend),
        window_ms=300.0,        hop_ms=300.0, deadline_ms=300.0, windows=5, warm_up=WarmUp(), stream=StreamChoice(),
        modalities=("audio", "vision"), temporal_patches=1, token_budget=None, temperature=0.0, threads=1,
        conversation=Conversation(),         timeout_s=9.0, budgets=(),
    )  # fmt: skip


def engines_of(backend, store):
    if (reason := find_member("backends", backend).unavailable()) is not None:
        pytest.skip(str(reason))
    return find_or_build(store, EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend=backend)))[
        0
    ]


def window(index):
    draw = np.random.default_rng(index)
    sound = (0.1 * draw.normal(size=6 * 800)).astype(np.float32)
    frames = tuple(draw.integers(0, 255, (36, 64, 3)).astype(np.uint8) for _ in range(2))
    return Window(index=index, frame_count=6, audio=sound, frames=frames, is_user_speaking=index % 4 == 0)


@pytest.mark.parametrize("backend", ["eager", "onnxruntime"])
def test_a_session_s_answers_are_bit_for_bit_what_they_are_alone(backend, store):
    """Three sessions on one model, in turn and past the wrap of the rings; one of them starts over on its way."""
    engines = engines_of(backend, store)
    first = open_session(make_case(backend), TINY, engines)
    sessions = [first, first.beside(), first.beside()]
    among = [[] for _ in sessions]
    for index in range(12):
        for place, session in enumerate(sessions):
            if place == 1 and index == 6:
                session.reset()
            among[place].append(session(window(index + 5 * place)))
    alone = open_session(make_case(backend), TINY, engines)
    for place, answers in enumerate(among):
        alone.reset()
        for index, answer in enumerate(answers):
            if place == 1 and index == 6:
                alone.reset()
            expected = alone(window(index + 5 * place))
            assert np.array_equal(answer.text_ids, expected.text_ids)
            assert np.array_equal(answer.codes, expected.codes)
            assert np.array_equal(answer.audio, expected.audio)


def test_all_that_windows_bring_to_cuda_graphs_is_captured_in_the_first_two(store, monkeypatch):
    """So it is in the warm-up: what is seen is no shape of a profile's usual ones, and lies on one set or the other."""
    captured = []
    capture = Device.capture
    monkeypatch.setattr(Device, "capture", lambda self, run: captured.append(at) or capture(self, run))
    at = "load"
    step = open_session(
        make_case("eager"), TINY, engines_of("eager", store), load=lambda _, source: cuda_graph.load(source, "cpu")
    )
    for at in range(24):
        step(window(at))
    assert set(captured) == {"load", 0, 1}


def test_an_engine_that_holds_one_session_is_refused_for_several(store):
    class Single:
        def __init__(self, inner):
            self.signature, self.step, self.reset, self.undo = inner.signature, inner.step, inner.reset, inner.undo

    session = open_session(make_case("null"), TINY, engines_of("null", store), lambda _, executable: Single(executable))
    with pytest.raises(EngineError, match="audio_encoder: its backend holds one session: set sessions to 1"):
        session.beside()


def test_onnxruntime_says_what_eager_says_for_a_whole_conversation(store):
    """Free running over 25 windows, past the wrap of every ring: one differing code would change all that follows."""
    sessions = [open_session(make_case(name), TINY, engines_of(name, store)) for name in ("eager", "onnxruntime")]
    for index in range(25):
        expected, got = (session(window(index)) for session in sessions)
        assert np.array_equal(got.codes, expected.codes), index
        assert np.array_equal(got.text_ids, expected.text_ids)
        np.testing.assert_allclose(got.audio, expected.audio, atol=1e-4)
        assert got.vision_tokens == expected.vision_tokens > 0


@pytest.mark.parametrize("backend", ["eager", "onnxruntime"])
def test_speculation_says_what_gated_silence_says_in_fp32_too(backend, store):
    """One pass over six frames rounds otherwise than six over one; over 40 windows no draw is that close."""
    engines = engines_of(backend, store)
    rules = [Conversation(silence=silence) for silence in ("gated", "speculated")]
    sessions = [open_session(dataclasses.replace(make_case(backend), conversation=r), TINY, engines) for r in rules]
    calls = [0, 0]
    for index in range(40):
        speaking = index % 8 < 5
        gated, speculated = (
            session(dataclasses.replace(window(index), is_user_speaking=speaking)) for session in sessions
        )
        assert np.array_equal(gated.text_ids, speculated.text_ids)
        assert np.array_equal(gated.codes, speculated.codes)
        np.testing.assert_allclose(gated.audio, speculated.audio, atol=1e-4)
        calls = [count + len(answer.spans) for count, answer in zip(calls, (gated, speculated), strict=True)]
    assert calls[1] < calls[0]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["eager", "onnxruntime"])
def test_the_silence_suite_s_nano_says_the_same_gated_and_speculated(backend, store):
    """What docs/performance.md says of its table: 20 windows of the suite's own input, listening and speaking."""
    cases = [
        case
        for case in expand(load_suite(find_suite("silence")))
        if case.backend == backend and case.conversation.silence != "drawn"
    ]
    sizes, media = find_sizes(cases[0].model), load_media(cases[0], 16_000)[0]
    if (reason := find_member("backends", backend).unavailable()) is not None:
        pytest.skip(str(reason))
    engines = find_or_build(store, EngineRequest(model=cases[0].model, engines=cases[0].engines))[0]
    told = {}
    for case in cases:
        session, slots = open_session(case, sizes, engines), islice(case.slots(), 20)
        answers = [session(compute.window(case, media, slot, sizes.frame_ms)) for slot in slots]
        told[case.conversation.turn_taking, case.conversation.silence] = answers
    for taking in ("listen", "model"):
        gated, speculated = (told[taking, silence] for silence in ("gated", "speculated"))
        assert all(answer.is_silent.all() for answer in gated) is (taking == "listen")
        for one, other in zip(gated, speculated, strict=True):
            assert np.array_equal(one.text_ids, other.text_ids)
            assert np.array_equal(one.codes, other.codes)
            assert np.array_equal(one.is_silent, other.is_silent)


def test_the_input_decides_what_is_said(store):
    """A shortcut that ignores sound or picture would make any latency look good."""
    session = open_session(make_case("eager"), TINY, engines_of("eager", store))

    def say(change):
        session.reset()
        return [session(dataclasses.replace(window(k), **change)).codes for k in range(4)]

    heard = say({})
    other_sound = say({"audio": window(99).audio})
    other_picture = say({"frames": window(99).frames})
    assert not np.array_equal(heard, other_sound)
    assert not np.array_equal(heard, other_picture)
    assert np.array_equal(heard, say({}))


def test_a_model_lets_go_of_each_component_when_its_engine_is_loaded(store, monkeypatch):
    """Else the paper's size would lie in memory twice while it is narrowed."""
    made = []

    def noting(choice):
        made.append(make_model(choice))
        return made[-1]

    monkeypatch.setattr(assembly, "make_model", noting)
    open_session(make_case("eager"), TINY, engines_of("eager", store))
    assert [list(model.children()) for model in made] == [[]]


def test_weights_that_are_not_those_of_the_engine_are_refused(store):
    engines = engines_of("eager", store)
    wrong = {name: dataclasses.replace(engine, weights_sha256="0" * 64) for name, engine in engines.items()}
    with pytest.raises(EngineError, match="its weights are not those"):
        open_session(make_case("eager"), TINY, wrong)
