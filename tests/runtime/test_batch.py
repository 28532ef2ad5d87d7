"""Batches: each session says what it says alone, whoever is stepped with it, whoever comes and goes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.backends import EngineSource, eager
from josie_bench.bench.calibration import prepare_engines
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.model.presets import TINY
from josie_bench.model.slots import Slotted
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member
from josie_bench.runtime.batch import Batch
from josie_bench.runtime.seats import Seats
from josie_bench.runtime.session import open_session
from josie_bench.runtime.step import Step
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.sessions import CONTINUOUS, Sessions
from josie_bench.terms.window import Window
from tests.bench.cases import make_case
from tests.runtime.conversing import list_of_bytes

PLACES = 3
BUILT = [  # engines with slots, which no other test needs
    pytest.param(name, marks=[pytest.mark.slow, pytest.mark.timeout(900)]) for name in ("onnxruntime", "openvino")
]
RULES = (
    Conversation(turn_taking="model"),
    Conversation(turn_taking="model", silence="gated"),
    Conversation(mode="turn"),
)


@cache
def window(index):
    """Return a window of two frames; every third has no picture, so that not all call the same."""
    draw = np.random.default_rng(index)
    sound = (0.1 * draw.normal(size=2 * 800)).astype(np.float32)
    frames = tuple(draw.integers(0, 255, (36, 64, 3)).astype(np.uint8) for _ in range(2))
    return Window(
        index=index, frame_count=2, audio=sound, frames=frames if index % 3 else (), is_user_speaking=index % 4 < 2
    )


@cache
def sources():
    """Return what each component's engine with slots is loaded from."""
    model = build_model(TINY, seed=3)
    slotted = {name: Slotted(component) for name, component in model.components().items()}
    return {
        name: EngineSource(
            component=name, signature=part.signature(), folder=None, module=lambda part=part: part, threads=1,
            batch=PLACES,
        )
        for name, part in slotted.items()
    }  # fmt: skip


def sitting(rules):
    """Return the steps of as many sessions as there are seats, on one eager model."""
    engines = {name: Seats(eager.load(source), PLACES) for name, source in sources().items()}
    first = Step(TINY, {name: seats.sit() for name, seats in engines.items()}, list_of_bytes, rules)
    return [first, *(first.beside() for _ in range(PLACES - 1))]


def same(one, other):
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in ("text_ids", "codes", "audio"))


turns = st.lists(st.permutations(range(PLACES)).flatmap(lambda order: st.sampled_from([order[:1], order[:2], order])))
leavers = st.sets(st.tuples(st.integers(0, 7), st.integers(0, PLACES - 1)), max_size=4)


@settings(max_examples=8)
@given(rules=st.sampled_from(RULES), plan=turns.map(lambda plan: plan[:6]), leaving=leavers)
def test_a_session_s_answers_are_bit_for_bit_what_they_are_without_the_others(rules, plan, leaving):
    """Sessions are due in any company; some leave, and whoever takes the seat begins anew."""
    steps = sitting(rules)
    batch = Batch(steps)
    heard = [[] for _ in steps]  # of each place: None where a session ends, else a window and its answer
    for at, places in enumerate(plan):
        for place in (place for place in range(PLACES) if (at, place) in leaving):
            steps[place].reset()
            heard[place].append(None)
        windows = {place: window(at + 50 * place) for place in places}
        answers = dict(batch.answer(windows))
        assert sorted(answers) == sorted(places)
        for place in places:
            heard[place].append((windows[place], answers[place]))
    for place, told in enumerate(heard):
        alone = sitting(rules)[place]
        for said in told:
            if said is None:
                alone.reset()
            else:
                assert same(alone(said[0]), said[1])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("backend", "precision"), [("onnxruntime", "int8_qdq"), ("openvino", "int8")])
def test_calibrated_engines_say_to_each_session_what_they_say_to_it_alone(backend, precision, store):
    """Ranges were found beforehand, so nobody's numbers decide another's."""
    if (reason := find_member("backends", backend).unavailable()) is not None:
        pytest.skip(str(reason))
    case = make_case(backend, precision=precision, sessions=Sessions(count=PLACES, batching=CONTINUOUS))
    engines, _ = prepare_engines(store, EngineRequest.of(case))
    heard = []
    for company in (range(PLACES), [1]):
        first = open_session(case, TINY, engines)
        batch = Batch([first, first.beside(), first.beside()])
        told = [dict(batch.answer({place: window(index + 50 * place) for place in company})) for index in range(6)]
        heard.append([answers[1] for answers in told])
    assert all(same(among, alone) for among, alone in zip(*heard, strict=True))


@pytest.mark.parametrize("backend", ["eager", *BUILT])
def test_engines_of_a_batch_say_what_those_of_one_session_say(backend, store):
    """Products of other shapes round otherwise: tokens are the same, sound is close."""
    if (reason := find_member("backends", backend).unavailable()) is not None:
        pytest.skip(str(reason))
    single = make_case(backend)
    batched = make_case(backend, sessions=Sessions(count=PLACES, batching=CONTINUOUS))
    engines = [find_or_build(store, EngineRequest.of(case))[0] for case in (single, batched)]
    alone = open_session(single, TINY, engines[0])
    first = open_session(batched, TINY, engines[1])
    batch = Batch([first, first.beside(), first.beside()])
    among = [[] for _ in range(PLACES)]
    for index in range(6):
        for place, answer in batch.answer({place: window(index + 50 * place) for place in range(PLACES)}):
            among[place].append(answer)
    for place, answers in enumerate(among):
        alone.reset()
        for index, answer in enumerate(answers):
            expected = alone(window(index + 50 * place))
            assert np.array_equal(answer.text_ids, expected.text_ids)
            assert np.array_equal(answer.codes, expected.codes)
            np.testing.assert_allclose(answer.audio, expected.audio, atol=1e-4)


def test_those_that_call_the_same_are_one_call_and_those_that_part_meet_again():
    """One of three sees nothing: its first pass is shorter, all others are common to all."""
    steps = sitting(RULES[0])
    calls = []

    def counting(name, inner):
        def step(inputs):
            calls.append((name, len(inputs)))
            return inner(inputs)

        return step

    for name, seat in steps[0].executables.items():
        seat.seats.step = counting(name, seat.seats.step)
    answers = dict(Batch(steps).answer({0: window(1), 1: window(3), 2: window(2)}))  # 3 has no picture
    assert calls == [
        ("audio_encoder", 3),
        ("vision_encoder", 2),
        ("temporal_transformer", 2),
        ("temporal_transformer", 1),
        ("depth_transformer", 3),
        ("temporal_transformer", 3),
        ("depth_transformer", 3),
        ("audio_decoder", 3),
    ]
    assert [len(answers[place].spans) for place in range(3)] == [8, 6, 8]  # with pictures, one is the cutting of them
