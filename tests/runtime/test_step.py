"""The wiring, seen through executables that remember what they were given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.backends import GpuSpan
from josie_bench.errors import EngineError
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import OVERLAP, GuestSizes
from josie_bench.runtime.step import Step, stacked
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.window import Window

CODEBOOKS, CARD = TINY.audio.codebooks, TINY.audio.card
SAMPLES = TINY.audio.frame_samples


class Remembering:
    """Answers with counted values and keeps its inputs."""

    def __init__(self, answer):
        self.calls, self.resets, self._answer = [], 0, answer

    def step(self, inputs):
        self.calls.append({name: np.array(value) for name, value in inputs.items()})
        return self._answer(inputs, len(self.calls))

    def reset(self):
        self.resets += 1

    def undo(self):
        self.calls.pop()


def draw(inputs, call):
    """Token values tell the call: text 10+n, semantic 20+n, acoustic 30+n."""
    forced = inputs["forced"]
    tokens = np.array([10 + call, 20 + call] + [30 + call] * (CODEBOOKS - 1))
    return {"tokens": np.where(forced >= 0, forced, tokens)}


@pytest.fixture
def parts():
    def frames(inputs):
        return inputs["audio"].shape[1] // SAMPLES

    return {
        "audio_encoder": Remembering(
            lambda i, n: {"codes": np.arange(CODEBOOKS)[None, :, None] + 10 * np.arange(frames(i))[None, None] + 0 * n}
        ),
        "vision_encoder": Remembering(
            lambda i, n: {"codes": np.full((1, i["patches"].shape[1], i["patches"].shape[2] // 4, 2), 7)}
        ),
        "temporal_transformer": Remembering(lambda i, n: {"hidden": np.full((1, i["kind"].shape[1], 64), n)}),
        "depth_transformer": Remembering(draw),
        "audio_decoder": Remembering(
            lambda i, n: {"audio": np.ones((1, i["codes"].shape[2] * SAMPLES), dtype=np.float32)}
        ),
    }


def sound(frames):
    return np.zeros(frames * SAMPLES, dtype=np.float32)


def window(count=3, **more):
    return Window(index=0, frame_count=count, **{"audio": sound(count)} | more)


def test_acoustic_codes_run_one_frame_behind_on_both_sides(parts):
    answer = Step(TINY, parts, list)(window(3))
    tokens = [call["tokens"][0, -1] for call in parts["temporal_transformer"].calls]
    own = [row[: 1 + CODEBOOKS].tolist() for row in tokens]
    assert own[0] == [TINY.text.pad_id] + [CARD] * CODEBOOKS
    assert own[1] == [11, 21, 31, 31, 31]
    assert own[2] == [12, 22, 32, 32, 32]
    heard = [row[1 + CODEBOOKS :].tolist() for row in tokens]
    assert heard[0] == [0, CARD, CARD, CARD]
    assert heard[1] == [10, 1, 2, 3]
    assert heard[2] == [20, 11, 12, 13]
    # frame 1 is decoded from the semantic code of draw 1 and the acoustic codes of draw 2
    assert answer.codes[0, :, 1].tolist() == [21, 32, 32, 32]
    assert answer.codes[0, :, 2].tolist() == [22, 33, 33, 33]


def test_the_first_frame_has_no_sound_yet(parts):
    answer = Step(TINY, parts, list)(window(2))
    assert answer.is_silent.tolist() == [True, False]
    assert answer.audio[:SAMPLES].tolist() == [0.0] * SAMPLES
    assert answer.audio[SAMPLES:].tolist() == [1.0] * SAMPLES


def test_vision_and_typed_words_come_before_the_first_frame_in_one_pass(parts):
    step = Step(TINY, parts, lambda text: [ord(letter) for letter in text], token_budget=4)
    picture = np.zeros((32, 32, 3), dtype=np.uint8)
    answer = step(window(2, frames=(picture, picture), text="hi"))
    first, second = parts["temporal_transformer"].calls
    assert first["kind"].tolist() == [[1, 1, 1, 1, 0, 0, 0]]
    assert answer.vision_tokens == 4
    assert first["positions"][0, :4].tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]]
    assert first["positions"][0, 4:, 0].tolist() == [0, 1, 2]
    assert second["positions"][0].tolist() == [[3, 3, 3]]
    assert first["tokens"][0, 4:6, 0].tolist() == [ord("h"), ord("i")]
    assert (first["tokens"][0, 4:6, 1:] == -1).all()
    assert (first["tokens"][0, :4] == -1).all()
    assert first["vision"][0, :4].tolist() == [[7, 7]] * 4
    assert (first["vision"][0, 4:] == -1).all()


def test_absent_modalities_run_nothing_and_add_nothing(parts):
    Step(TINY, parts, list)(Window(index=0, frame_count=2))
    assert not parts["audio_encoder"].calls
    assert not parts["vision_encoder"].calls
    heard = parts["temporal_transformer"].calls[0]["tokens"][0, 0, 1 + CODEBOOKS :]
    assert (heard == -1).all()


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_an_answer_tells_that_a_token_was_drawn_from_no_number_and_the_next_one_starts_clean(parts, broken):
    state = {"value": broken}
    hidden = Remembering(lambda i, n: {"hidden": np.full((1, i["kind"].shape[1], 64), state["value"])})
    step = Step(TINY, parts | {"temporal_transformer": hidden}, list)
    assert not step(window()).is_drawn_from_numbers
    state["value"] = 0.0
    assert step(window()).is_drawn_from_numbers


def test_silence_is_forced_while_the_user_speaks_and_only_then(parts):
    step = Step(TINY, parts, list)
    listening = step(window(2, is_user_speaking=True))
    talking = step(window(2, is_user_speaking=False))
    assert listening.text_ids.tolist() == [TINY.text.silence_id] * 2
    assert listening.is_silent.all()
    # a slot's sound is that of the frame before, so the first word is heard a frame after it is drawn
    assert talking.is_silent.tolist() == [True, False]
    untaught = Step(TINY, parts, list, Conversation(turn_taking="model"))(window(2, is_user_speaking=True))
    assert TINY.text.silence_id not in untaught.text_ids
    held = Step(TINY, parts, list, Conversation(turn_taking="listen"))(window(2, is_user_speaking=False))
    assert held.text_ids.tolist() == [TINY.text.silence_id] * 2


def test_the_last_word_is_still_heard_when_the_model_falls_silent(parts):
    step = Step(TINY, parts, list)
    step(window(2))
    answer = step(window(2, is_user_speaking=True))
    assert answer.is_silent.tolist() == [False, True]
    assert answer.audio[:SAMPLES].all()
    assert not answer.audio[SAMPLES:].any()


def test_when_sound_comes_back_nothing_stale_is_heard(parts):
    step = Step(TINY, parts, list)
    step(window(2))
    step(window(1, audio=None))
    step(window(1))
    heard = parts["temporal_transformer"].calls[-1]["tokens"][0, 0, 1 + CODEBOOKS :]
    assert heard.tolist() == [0, CARD, CARD, CARD]


def test_a_window_that_is_no_whole_frame_is_refused(parts):
    for samples in (SAMPLES + 1, 2 * SAMPLES):
        with pytest.raises(ValueError, match="not whole frames"):
            Step(TINY, parts, list)(Window(index=0, frame_count=1, audio=np.zeros(samples, dtype=np.float32)))


def test_start_and_end_tokens_cannot_be_drawn_in_real_time(parts):
    Step(TINY, parts, list)(window(1))
    noise = parts["depth_transformer"].calls[0]["text_noise"][0]
    text = TINY.text
    assert noise[text.end_id] == -np.inf
    assert noise[text.silence_id] == noise[text.pad_id] == noise[0] == 0.0


def test_reset_starts_the_session_over(parts):
    step = Step(TINY, parts, list)
    step(window(2))
    step.reset()
    for part in parts.values():
        part.calls.clear()
        assert part.resets == 2
    step(window(1))
    assert parts["temporal_transformer"].calls[0]["positions"][0].tolist() == [[0, 0, 0]]


def test_spans_name_every_call_in_order(parts):
    answer = Step(TINY, parts, list)(window(2))
    names = [name for name, _, _ in answer.spans]
    loop = ["temporal_transformer", "depth_transformer"]
    assert names == ["audio_encoder", *loop, *loop, "audio_decoder"]
    edges = [edge for _, start, end in answer.spans for edge in (start, end)]
    assert edges == sorted(edges)


GATED = Conversation(silence="gated")


def test_gated_silence_has_no_codes_and_decodes_nothing(parts):
    step = Step(TINY, parts, list, GATED)
    answer = step(window(3, is_user_speaking=True))
    assert not parts["audio_decoder"].calls
    assert not answer.audio.any()
    assert not answer.codes.any()
    own = [call["tokens"][0, -1, : 1 + CODEBOOKS].tolist() for call in parts["temporal_transformer"].calls]
    assert own[1:] == [[TINY.text.silence_id] + [CARD] * CODEBOOKS] * 2


def test_gated_speech_begins_without_acoustic_codes_and_is_decoded_from_a_fresh_state(parts):
    step = Step(TINY, parts, list, GATED)
    step(window(1, is_user_speaking=True))
    resets = parts["audio_decoder"].resets
    first = step(window(3))
    assert first.is_silent.tolist() == [True, False, False]
    own = parts["temporal_transformer"].calls[2]["tokens"][0, -1, : 1 + CODEBOOKS].tolist()
    assert own == [12, 22] + [CARD] * (CODEBOOKS - 1)  # the frame before the first word has no sound to refine
    assert parts["audio_decoder"].resets == resets + 1
    assert parts["audio_decoder"].calls[0]["codes"][0, :, 0].tolist() == [22, 33, 33, 33]
    step(window(1))
    assert parts["audio_decoder"].resets == resets + 1, "speech that goes on is decoded on"


def scripted(texts):
    """Draw these texts in turn, whether asked for one frame or for several at once."""
    left = list(texts)

    def answer(inputs, call):
        count = len(inputs["forced"])
        drawn = [[left[i], 100 + left[i]] + [200] * (CODEBOOKS - 1) for i in range(count)]
        silent = [i for i in range(count) if left[i] != TINY.text.silence_id]
        del left[: silent[0] + 1 if silent else count]
        return {"tokens": np.array(drawn)}

    return answer


@pytest.mark.parametrize(
    ("texts", "passes"),
    [
        ("ssssss", [6]),  # as expected
        ("sswwww", [3, 1, 1, 1]),  # the first word is right, what lies behind it is taken back
        ("wssssw", [1, 1, 4]),  # after a word one frame is drawn before silence is expected again
        ("sssssw", [6]),  # a word in the last frame needs nothing taken back
    ],
)
def test_speculation_keeps_what_was_drawn_as_expected(parts, texts, passes):
    silence = TINY.text.silence_id
    wanted = [silence if letter == "s" else 5 + i for i, letter in enumerate(texts)]
    outcomes = []
    for silence_rule in ("gated", "speculated"):
        for part in parts.values():
            part.calls.clear()
        parts["depth_transformer"] = Remembering(scripted([silence, *wanted]))
        step = Step(TINY, parts, list, Conversation(turn_taking="model", silence=silence_rule))
        step(window(1))
        parts["temporal_transformer"].calls.clear()
        answer = step(window(6))
        kept = [call["positions"][0, :, 0].tolist() for call in parts["temporal_transformer"].calls]
        flat = [place for call in kept for place in call]
        outcomes.append((answer.text_ids.tolist(), answer.codes.tolist(), flat, answer.is_silent.tolist()))
        if silence_rule == "speculated":
            assert [len(call) for call in kept] == passes
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == wanted
    assert outcomes[0][2] == [1, 2, 3, 4, 5, 6]


TURNS = Conversation(mode="turn")


def typed_of(call):
    """Return the typed letters of a call's text positions; special tokens are passed as capital letters here."""
    is_word = (call["tokens"][0, :, 1] == -1) & (call["kind"][0] == 0)
    return "".join(map(chr, call["tokens"][0, is_word, 0]))


def letters(text):
    short = text.replace("<|im_start|>", "S").replace("<|im_end|>", "E").replace("assistant", "a").replace("user", "u")
    return [ord(letter) for letter in short]


def test_a_held_turn_is_read_without_drawing_and_answered_when_it_ends(parts):
    step = Step(TINY, parts, letters, TURNS)
    held = step(window(2, is_user_speaking=True))
    assert held.is_silent.all()
    assert held.text_ids.tolist() == [TINY.text.pad_id] * 2
    assert not parts["depth_transformer"].calls
    (first,) = parts["temporal_transformer"].calls
    assert typed_of(first) == "Su\n"
    assert first["tokens"][0, 3:, 1 + CODEBOOKS].tolist() == [0, 10], "the user's codes are heard"
    assert (first["tokens"][0, 3:, : 1 + CODEBOOKS] == [TINY.text.pad_id] + [CARD] * CODEBOOKS).all()
    answer = step(window(2, is_user_speaking=False))
    assert len(parts["audio_encoder"].calls) == 1, "one side at a time"
    assert typed_of(parts["temporal_transformer"].calls[1]) == "E\nSa\n"
    assert answer.text_ids.tolist() == [11, 12]
    assert answer.is_silent.tolist() == [True, False]


def test_an_end_token_ends_the_answer_and_then_nothing_runs(parts):
    end = TINY.text.end_id
    parts["depth_transformer"] = Remembering(scripted([7, end, 8]))
    step = Step(TINY, parts, letters, TURNS)
    answer = step(window(4, audio=None, text="hi"))
    assert typed_of(parts["temporal_transformer"].calls[0]) == "Su\nhiE\nSa\n"
    assert answer.text_ids.tolist() == [7, end] + [TINY.text.pad_id] * 2
    assert answer.is_silent.tolist() == [True, False, True, True]
    noise = parts["depth_transformer"].calls[0]["text_noise"][0]
    assert noise[end] == 0.0
    assert noise[TINY.text.silence_id] == -np.inf
    calls = len(parts["temporal_transformer"].calls)
    idle = step(window(4))
    assert idle.is_silent.all()
    assert not idle.spans
    assert len(parts["temporal_transformer"].calls) == calls
    step(window(1, audio=None, text="x"))
    assert typed_of(parts["temporal_transformer"].calls[calls]) == "E\nSu\nxE\nSa\n", "the answer is closed first"


def test_a_user_who_begins_again_takes_the_turn(parts):
    step = Step(TINY, parts, letters, TURNS)
    step(window(1, audio=None, text="hi"))
    interrupted = step(window(2, is_user_speaking=True))
    assert interrupted.is_silent.all()
    assert typed_of(parts["temporal_transformer"].calls[-1]) == "E\nSu\n"


def test_a_guest_s_tokens_come_in_through_its_component(parts):
    sizes = replace(TINY, guests=(GuestSizes(name="thermal", codebooks=2, card=8, ring=4),))
    parts["thermal_encoder"] = Remembering(lambda i, n: {"codes": i["heat"][..., None].repeat(2, -1)})
    step = Step(sizes, parts, list, prepare={"thermal": lambda arrived: {"heat": arrived[None]}})
    answer = step(window(1, guests={"thermal": np.array([3, 4, 5])}))
    (call,) = parts["temporal_transformer"].calls
    assert call["kind"].tolist() == [[2, 2, 2, 0]]
    assert call["thermal"][0].tolist() == [[3, 3], [4, 4], [5, 5], [-1, -1]]
    assert [name for name, _, _ in answer.spans][1] == "thermal_encoder"


def test_a_temporal_transformer_that_cannot_be_joined_is_refused(parts):
    with pytest.raises(EngineError, match="fused: the temporal transformer cannot be joined"):
        Step(TINY, parts, list, fuses=True)


def test_one_row_is_stacked_without_a_copy_and_several_in_order():
    rows = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    assert np.shares_memory(stacked(rows[:1]), rows[0])
    assert stacked(rows[:1]).shape == (1, 2)
    assert stacked(rows).tolist() == [[1.0, 2.0], [3.0, 4.0]]


LATE = replace(TINY, audio=replace(TINY.audio, head="istft"))
DELAY = LATE.audio.delay_samples


def hold_the_rest(parts):
    """Let what the decoder still holds be the number of its last call, negative; nothing else of it may be read."""
    decoder = parts["audio_decoder"]

    def state(name):
        assert name == OVERLAP
        return {name: np.full((1, 1, DELAY), -float(len(decoder.calls)))}

    decoder.state = state


@pytest.mark.parametrize("rules", [GATED, Conversation(silence="speculated")])
def test_gated_speech_ends_with_what_the_decoder_still_holds(parts, rules):
    parts["depth_transformer"] = Remembering(scripted([5, TINY.text.silence_id, TINY.text.silence_id]))
    hold_the_rest(parts)
    answer = Step(LATE, parts, list, replace(rules, turn_taking="model"))(window(3))
    assert answer.is_silent.tolist() == [True, False, True]
    assert answer.audio.reshape(3, -1)[:, [0, DELAY - 1, DELAY]].tolist() == [[0, 0, 0], [1, 1, 1], [-1, -1, 0]]


def test_what_the_decoder_still_holds_is_heard_in_the_next_window_and_only_there(parts):
    hold_the_rest(parts)
    step = Step(LATE, parts, list, GATED)
    step(window(1))
    assert step(window(1)).audio.all(), "speech that goes on"
    step(window(1, is_user_speaking=True))
    rest = step(window(1, is_user_speaking=True)).audio
    assert rest[:DELAY].tolist() == [-2.0] * DELAY, "of the third window, a word drawn in the second is spoken"
    assert not rest[DELAY:].any()
    assert not step(window(1, is_user_speaking=True)).audio.any()
    step.reset()
    assert not step(window(1, is_user_speaking=True)).audio.any()


def test_drawn_silence_is_muted_when_the_last_word_has_come_out_of_the_decoder(parts):
    step = Step(LATE, parts, list)
    step(window(1))
    step(window(2))
    answer = step(window(3, is_user_speaking=True))
    assert answer.is_silent.tolist() == [False, True, True]
    assert answer.audio.reshape(3, -1)[:, [0, DELAY - 1, DELAY]].tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]
    step.reset()
    step(window(1))
    step(window(1))
    after = step(window(1, is_user_speaking=True))
    assert not after.is_silent.any()
    assert step(window(1, is_user_speaking=True)).audio[[DELAY - 1, DELAY]].tolist() == [1, 0]


def test_a_user_who_takes_the_turn_cuts_no_word_off(parts):
    hold_the_rest(parts)
    step = Step(LATE, parts, letters, TURNS)
    step(window(2, audio=None, text="hi"))
    interrupted = step(window(1, is_user_speaking=True))
    assert interrupted.is_silent.all()
    assert interrupted.audio[[DELAY - 1, DELAY]].tolist() == [-1, 0]


class There(Remembering):
    """Holds what it gives, and remembers what it was given."""

    signature = None

    def step_there(self, inputs):
        return {name: Held(array) for name, array in self.step(inputs).items()}

    def hold(self, array):
        return Held(array)

    def gpu_spans(self):
        return [GpuSpan("there", 1, 2, 0)]

    def fork(self):
        return There(self._answer)

    def state(self, *names):
        return {}


class Held:
    def __init__(self, array):
        self.array, self.reads = array, 0

    @property
    def shape(self):
        return self.array.shape

    def __len__(self):
        return len(self.array)

    def __getitem__(self, key):
        return Held(self.array[key])

    def __array__(self, dtype=None, *, copy=None):
        self.reads += 1
        return self.array


def there(of):
    return There(of._answer)


@pytest.mark.parametrize("apart", [(), ("depth_transformer",), ("temporal_transformer",)])
def test_outputs_stay_where_both_components_are_on_a_device(parts, apart):
    """Otherwise they are read as before; the answers are the same."""
    pair = ("temporal_transformer", "depth_transformer")
    held = parts | {name: there(parts[name]) for name in pair if name not in apart}
    window = Window(index=0, frame_count=3)
    wanted = Step(TINY, {name: Remembering(part._answer) for name, part in parts.items()}, list)(window)
    step = Step(TINY, held, list)
    found = step(window)
    assert np.array_equal(found.codes, wanted.codes)
    assert np.array_equal(found.text_ids, wanted.text_ids)
    assert len(step.gpu_spans()) == 2 - len(apart)


def test_states_that_stay_are_looked_at_all_the_same(parts):
    bad = There(lambda i, n: {"hidden": np.full((1, i["kind"].shape[1], 64), np.nan if n == 2 else 0.0)})
    step = Step(
        TINY, parts | {"temporal_transformer": bad, "depth_transformer": there(parts["depth_transformer"])}, list
    )
    assert not step(Window(index=0, frame_count=3)).is_drawn_from_numbers


def test_what_is_held_for_every_frame_is_held_once_and_not_where_it_is_drawn(parts):
    for temperature, count in ((0.0, 2), (1.0, 0)):
        holds = []
        depth = there(parts["depth_transformer"])
        depth.hold = lambda array, holds=holds: holds.append(array.shape) or Held(array)
        both = {"temporal_transformer": there(parts["temporal_transformer"]), "depth_transformer": depth}
        step = Step(TINY, parts | both, list, temperature=temperature)
        for index in range(3):
            step(Window(index=index, frame_count=2))
        assert len(holds) == count
