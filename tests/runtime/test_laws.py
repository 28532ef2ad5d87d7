"""What must hold of any conversation, in float64 where it must hold exactly."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import psutil
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from josie_bench.model.presets import TINY
from josie_bench.terms.conversation import SILENCE, Conversation
from josie_bench.terms.window import MODALITIES, Window
from tests.runtime.conversing import HALF_OF_ALL, HOT, cut, make_step, pictures, said, sound

FRAMES, HOP = 36, 6
TEXT = TINY.text
LATE = replace(TINY, audio=replace(TINY.audio, head="istft"))
TURNS, SPEAKING = Conversation(mode="turn"), (True, False, True, False)
slow_draws = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def cuts_of(draw, longest, total=FRAMES):
    left, cuts = total, []
    while left:
        cuts.append(draw(st.integers(1, min(left, longest))))
        left -= cuts[-1]
    return cuts


def conversation(rules, temperature, cuts, hop, *, sizes=TINY, **heard):
    """Return what is said, and then remembered, if 36 frames come in these cuts, past the wrap of each ring of `tiny`.

    At a temperature, silence (in turn mode the end of the turn) is drawn about every second time.
    """
    push, pushed = HALF_OF_ALL if temperature else 0.0, (TEXT.end_id if rules.mode == "turn" else TEXT.silence_id,)
    step, parts = make_step(sizes, rules, temperature=temperature, seed=5, push=push, pushed=pushed)
    told = said(step, cut(sound(FRAMES), cuts, hop, **heard))
    state = parts["temporal_transformer"]._state
    return told, [tensor[:, :, :-1] if tensor.ndim == 4 else tensor for tensor in state]  # a ring's last place is spare


@cache
def uncut(rules, temperature, hop, **heard):
    return conversation(rules, temperature, [FRAMES], hop, **heard)


def assert_says_the_same(rules, temperature, cuts, hop, **heard):
    expected, remembered = uncut(rules, temperature, hop, **heard)
    got, state = conversation(rules, temperature, cuts, hop, **heard)
    assert np.array_equal(got[0], expected[0])
    assert np.array_equal(got[1], expected[1])
    np.testing.assert_allclose(got[2], expected[2], atol=1e-12)
    for one, other in zip(state, remembered, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    if temperature or rules.mode == "turn":
        assert 0 < expected[3].sum() < FRAMES, "both silence and speech, else gates prove nothing"


@pytest.mark.parametrize("silence", SILENCE)
@slow_draws
@given(cuts=cuts_of(longest=11), temperature=st.sampled_from([0.0, HOT]))
def test_any_cut_into_whole_frames_says_the_same(silence, cuts, temperature):
    """Pictures come every 6 frames and words every 12, where a window must begin: so none is longer than 6."""
    assert_says_the_same(Conversation(turn_taking="model", silence=silence), temperature, cuts, HOP)


@pytest.mark.parametrize("silence", SILENCE)
@slow_draws
@given(cuts=cuts_of(longest=FRAMES), temperature=st.sampled_from([0.0, HOT]))
def test_sound_alone_says_the_same_in_windows_of_any_length(silence, cuts, temperature):
    rules = Conversation(turn_taking="model", silence=silence)
    assert_says_the_same(rules, temperature, cuts, FRAMES, seen=False, typed=False)


@slow_draws
@given(cuts=cuts_of(longest=FRAMES), temperature=st.sampled_from([0.0, HOT]), seen=st.booleans(), typed=st.booleans())
def test_any_cut_of_turns_says_the_same(cuts, temperature, seen, typed):
    """The user speaks for 9 frames, is answered for 9, and so again; words, if any, come as the user begins."""
    assert_says_the_same(TURNS, temperature, cuts, 9, speaking=SPEAKING, seen=seen, typed=typed)


@pytest.mark.parametrize("rules", [*(Conversation(turn_taking="model", silence=s) for s in SILENCE), TURNS])
def test_sound_that_leaves_the_decoder_late_is_heard_however_windows_are_cut(rules):
    heard = {"sizes": LATE, "seen": False, "typed": False} | ({"speaking": SPEAKING} if rules is TURNS else {})
    hop = 9 if rules is TURNS else FRAMES
    for cuts in ([1] * FRAMES, [5] * 7 + [1]):
        assert_says_the_same(rules, HOT, cuts, hop, **heard)
    _, _, audio, is_silent = uncut(rules, HOT, hop, **heard)[0]
    behind = audio.reshape(FRAMES, -1)[1:][is_silent[1:] & ~is_silent[:-1]]
    late = LATE.audio.delay_samples
    assert len(behind)
    assert behind[:, :late].any(axis=1).all()
    assert not behind[:, late:].any()


def test_speculation_says_exactly_what_gated_silence_says():
    occurred = Counter()

    @slow_draws
    @given(speaking=st.lists(st.booleans(), min_size=8, max_size=8), seed=st.integers(0, 50))
    def is_exact(speaking, seed):
        outcomes = []
        for silence in ("gated", "speculated"):
            step, parts = make_step(
                rules=Conversation(silence=silence), temperature=HOT, seed=seed, push=1.3 * HALF_OF_ALL
            )
            windows = cut(sound(8 * HOP, seed), [HOP] * 8, HOP, speaking=speaking)
            outcomes.append((said(step, windows), parts))
        (gated, plain), (speculated, quick) = outcomes
        assert np.array_equal(gated[0], speculated[0])
        assert np.array_equal(gated[1], speculated[1])
        np.testing.assert_allclose(gated[2], speculated[2], atol=1e-12)
        assert quick["depth_transformer"].calls <= plain["depth_transformer"].calls
        is_silent = speculated[3]
        occurred.update(
            silent=int(is_silent.sum()), spoken=int((~is_silent).sum()), undone=quick["temporal_transformer"].undone
        )

    is_exact()
    assert min(occurred["silent"], occurred["spoken"], occurred["undone"]) > 0, (
        "else there was nothing to be exact about"
    )


def test_a_listening_window_is_one_pass():
    step, parts = make_step(rules=Conversation(turn_taking="listen", silence="speculated"))
    said(step, cut(sound(4 * HOP), [HOP] * 4, HOP))
    assert parts["temporal_transformer"].calls == parts["depth_transformer"].calls == 4
    assert parts["audio_decoder"].calls == 0


SUBSETS = [subset for size in (1, 2, 3) for subset in combinations(MODALITIES, size)]


@pytest.mark.parametrize("mode", ["realtime", "turn"])
@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_any_of_the_seven_subsets_runs_and_what_is_absent_costs_nothing(subset, mode):
    whole, parts = make_step(rules=Conversation(mode=mode))
    step = whole.over({name: parts[name] for name in whole.sizes.components_for(subset)})
    audio = sound(HOP) if "audio" in subset else None
    for index in range(6):
        window = Window(
            index=index,
            frame_count=HOP,
            audio=audio,
            frames=pictures(index) if "vision" in subset else (),
            text="word" if "text" in subset else None,
            is_user_speaking=index < 3 if "audio" in subset else None,
        )
        answer = step(window)
        assert len(answer.text_ids) == HOP
        assert np.isfinite(answer.audio).all()
        assert window.modalities() == subset
    assert (parts["audio_encoder"].calls > 0) == ("audio" in subset)
    takes_in = mode == "realtime" or bool({"audio", "text"} & set(subset))
    assert (parts["vision_encoder"].calls > 0) == ("vision" in subset and takes_in)
    assert (parts["temporal_transformer"].calls > 0) == takes_in, "in turn mode, pictures alone are nobody's turn"


@pytest.mark.parametrize("silence", SILENCE)
def test_no_start_or_end_token_comes_out_in_real_time(silence):
    """All special tokens are pushed, so that without the mask a third of what is drawn would be such."""
    rules = Conversation(turn_taking="model", silence=silence)
    specials = range(TEXT.first_special, TEXT.vocabulary)
    step, _ = make_step(rules=rules, temperature=HOT, seed=1, push=0.7 * HALF_OF_ALL, pushed=specials)
    text = said(step, [Window(index=k, frame_count=10) for k in range(20)])[0]
    special = {int(number) for number in text if number >= TEXT.first_special}
    assert special == {TEXT.silence_id, TEXT.pad_id}
    assert len(set(text.tolist())) > 50


def test_in_turn_mode_an_end_token_is_drawn_and_silence_is_not():
    """Both are pushed: without the mask silence would be drawn as often as the end."""
    pushed = (TEXT.end_id, TEXT.silence_id)
    rules = Conversation(mode="turn")
    step, _ = make_step(rules=rules, temperature=HOT, seed=1, push=0.7 * HALF_OF_ALL, pushed=pushed)
    ends = silences = 0
    for index in range(60):
        typed = "a" if index % 4 == 0 else None
        text = step(Window(index=index, frame_count=6, text=typed)).text_ids
        ends += int((text == TEXT.end_id).sum())
        silences += int((text == TEXT.silence_id).sum())
    assert ends >= 5
    assert silences == 0


def test_the_model_decides_by_itself_when_to_speak():
    """Its own draws alone: with silence as likely as all else it falls silent and begins again, many times."""
    step, _ = make_step(rules=Conversation(turn_taking="model"), temperature=HOT, seed=2, push=HALF_OF_ALL)
    speaking = [True] * 20
    is_silent = said(step, cut(sound(20 * HOP), [HOP] * 20, HOP, speaking=speaking))[3]
    changes = int((is_silent[1:] != is_silent[:-1]).sum())
    assert changes >= 20


def test_resolution_may_change_in_mid_stream():
    """What was seen keeps counting although the number of tokens changed: the state lies on a fixed grid."""
    shapes = [(36, 64), (200, 40), (36, 64), (16, 16), (300, 400)]

    def tokens_and_text(first):
        step, _ = make_step(token_budget=4)
        seen = [pictures(first, *shapes[0])] + [pictures(k, *shape) for k, shape in enumerate(shapes[1:], 1)]
        answers = [step(Window(index=k, frame_count=3, frames=frames)) for k, frames in enumerate(seen)]
        return [answer.vision_tokens for answer in answers], [answer.codes for answer in answers[1:]]

    tokens, codes = tokens_and_text(first=0)
    assert len(set(tokens)) > 1
    assert max(tokens) <= 4
    assert not all(np.array_equal(a, b) for a, b in zip(codes, tokens_and_text(first=9)[1], strict=True))


def held_bytes():
    """Return what Python and NumPy have allocated since `tracemalloc` began, and what all tensors hold."""
    gc.collect()
    tensors = [found for found in gc.get_objects() if issubclass(type(found), torch.Tensor)]
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return tracemalloc.get_traced_memory()[0] + sum(storages.values())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_minutes_take_no_more_memory_than_one():
    """12,000 frames of 50 ms through all components; what is held may not grow by 100 bytes a window.

    What neither Python nor NumPy nor a tensor holds is seen in the resident memory alone, whose pages come and go.
    """
    step, parts = make_step(rules=Conversation(turn_taking="model"), push=0.0)
    process, audio = psutil.Process(), sound(HOP)
    first, last = 200, 1999
    sizes, held, resident = [], [], []
    tracemalloc.start()
    try:
        for index in range(last + 1):
            step(Window(index=index, frame_count=HOP, audio=audio, frames=pictures(index % 7)))
            if index in (first, last):
                states = [tensor for part in parts.values() for tensor in part._state]
                sizes.append(sum(tensor.numel() * tensor.element_size() for tensor in states))
                held.append(held_bytes())
                resident.append(process.memory_info().rss)
    finally:
        tracemalloc.stop()
    assert sizes[0] == sizes[1]
    assert held[1] - held[0] < 100 * (last - first)
    assert resident[1] - resident[0] < 8 * 2**20
