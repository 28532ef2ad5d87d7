"""Speech before and behind a codec's codes, with judges whose words are known."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from josie_bench.bench.quality import model_sides
from josie_bench.errors import MediaError
from josie_bench.model.presets import NANO
from josie_bench.model.weights import build_model
from josie_bench.tasks import Side
from josie_bench.tasks.codec import noise_as_loud_as, resynthesise, rows
from tests.tasks.desks import AUDIO, FRAME, ITEMS, LATE, desk, passing_codec

WINDOW = 6 * FRAME


@pytest.mark.parametrize("length", [1, WINDOW - LATE, WINDOW, 61])
def test_sound_comes_back_whole_and_at_its_place(length):
    audio = np.linspace(-0.9, 0.9, length, dtype=np.float32)
    assert np.array_equal(resynthesise(passing_codec(), AUDIO, audio, WINDOW), audio)


def test_sound_goes_through_in_windows_of_the_hop():
    codec = passing_codec()
    resynthesise(codec, AUDIO, np.zeros(50, dtype=np.float32), WINDOW)
    assert codec["audio_encoder"].calls == codec["audio_decoder"].calls == [24, 24, 24]


def test_an_item_hears_nothing_of_the_one_before():
    codec = passing_codec()
    resynthesise(codec, AUDIO, np.ones(WINDOW, dtype=np.float32), WINDOW)
    assert not resynthesise(codec, AUDIO, np.zeros(WINDOW, dtype=np.float32), WINDOW).any()


def test_a_codec_s_windows_are_those_of_a_conversation():
    """Whatever the length, and the same beginning whatever comes after it."""
    model, audio = build_model(NANO), np.sin(np.arange(9_000) / 9).astype(np.float32) / 3
    executables = model_sides(model)["engine"].executables
    hop = 6 * model.sizes.audio.frame_samples
    whole, begin = (resynthesise(executables, model.sizes.audio, part, hop) for part in (audio, audio[:4_800]))
    assert (len(whole), len(begin)) == (9_000, 4_800)
    # What is heard in the last window is spoken a window later: all but the delay agrees.
    assert np.allclose(whole[: 4_800 - 480], begin[: 4_800 - 480], atol=1e-5)


def test_every_item_is_heard_twice_and_held_against_what_was_said():
    (found,) = rows(ITEMS[1], desk())
    assert (found.item, found.cluster, found.task, found.side) == ("i1", "s", "codec", "engine")
    assert found.texts == {"said": "A B C", "reference": "a b c", "before": "heard 0.1", "after": "heard 0.1"}
    beside = {name: found.values[name] for name in found.values if not name.endswith(".noise")}
    assert beside == {"p808.before": pytest.approx(0.1), "p808.after": pytest.approx(0.1), "stoi": 1.0}


def test_beside_it_stands_noise_that_is_as_loud():
    """The desk's judge of sound gives its first sample, and that of likeness whether both are alike."""
    (found,) = rows(ITEMS[1], desk())
    first = noise_as_loud_as(np.full(50, 0.1, dtype=np.float32), FRAME)[0]
    assert found.values["p808.noise"] == pytest.approx(first) != pytest.approx(0.1, abs=1e-3)
    assert found.values["stoi.noise"] == 0.0


def test_noise_has_the_loudness_of_each_frame_and_nothing_else_of_it():
    loudness = np.array([0.1, 0.0, 0.2], dtype=np.float32)
    audio = (np.sin(np.arange(3 * 800)) * np.sqrt(2) * np.repeat(loudness, 800)).astype(np.float32)
    noise = noise_as_loud_as(audio[:-300], 800)
    assert (noise.shape, noise.dtype) == ((2_100,), np.float32)
    assert np.sqrt(np.square(noise[:1_600].reshape(2, 800)).mean(axis=1)) == pytest.approx(loudness[:2], abs=1e-3)
    assert abs(np.corrcoef(noise[:800], audio[:800])[0, 1]) < 0.1
    assert np.array_equal(noise[:1_600], noise_as_loud_as(audio, 800)[:1_600])


def test_each_side_has_a_row_and_the_recording_is_judged_once():
    asked = []

    def hear(audio, rate_hz):
        asked.append(rate_hz)
        return "x"

    sides = {name: Side(executables=passing_codec()) for name in ("engine", "reference")}
    found = list(rows(ITEMS[2], desk(sides, judges={"recogniser": hear, "normaliser": str.lower})))
    assert [row.side for row in found] == ["engine", "reference"]
    assert len(asked) == 3
    assert found[0].values == {}


def test_sound_that_nobody_can_hear_counts_as_nothing_heard_and_has_no_score():
    def refuse(*_):
        raise MediaError("no finite numbers")

    judges = {"recogniser": refuse, "normaliser": str.lower, "stoi": refuse}
    (found,) = rows(ITEMS[1], desk(judges=judges))
    assert (found.texts["after"], found.values) == ("", {})


def test_without_a_normaliser_no_text_is_compared():
    (found,) = rows(ITEMS[1], desk(judges={"recogniser": lambda *_: "x"}))
    assert found.texts == {"said": "A B C"}


def test_sounds_are_kept_to_be_heard_where_the_desk_keeps_any():
    sides = {name: Side(executables=passing_codec()) for name in ("engine", "reference")}
    engine, reference = rows(ITEMS[1], desk(sides, keeps_media=True))
    assert (list(engine.media), list(reference.media)) == (["before.flac", "after.flac"], ["after.flac"])
    audio, rate_hz = soundfile.read(io.BytesIO(engine.media["after.flac"]), dtype="float32")
    assert rate_hz == 16_000
    assert audio == pytest.approx(np.full(50, 0.1), abs=2**-15)
    (bare,) = rows(ITEMS[1], desk())
    assert bare.media == {}


def test_a_score_that_is_no_number_is_none():
    judges = {"stoi": lambda reference, sound, rate_hz: {"stoi": float("nan")}}
    (row,) = rows(ITEMS[1], desk(judges=judges))
    assert row.values == {}
