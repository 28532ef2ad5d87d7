"""Every scenario: windows of the right media, over and over."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from josie_bench.plugins import find_member, member_names
from josie_bench.terms.case import Case, StreamChoice, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.media import Media
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.turns import Turns
from josie_bench.terms.visits import Clips

SCENARIOS = member_names("scenarios")
RATE = 16_000


def slot(case, index):
    """Return the place of a window in its case's schedule."""
    return next(islice(case.slots(), index, None))


def make_case(**changes) -> Case:
    settings = {
        "id": "c", "sha": "", "scenario": "realtime", "model": ModelChoice(preset="tiny"),
        "engines": EngineChoice(backend="null"), "window_ms": 300.0, "hop_ms": 300.0, "deadline_ms": 300.0,
        "windows": 5, "warm_up": WarmUp(), "stream": StreamChoice(), "modalities": ("audio", "vision", "text"),
        "temporal_patches": 1, "token_budget": None, "temperature": 0.0, "threads": 1,
        "conversation": Conversation(), "timeout_s": 9.0, "budgets": (),
    }  # fmt: skip
    return Case(**(settings | changes))


@pytest.fixture
def media() -> Media:
    """One second of a ramp, spoken in its first half; ten frames a second, each filled with its number; two words."""
    return Media(
        audio=np.arange(RATE, dtype=np.float32),
        sample_rate_hz=RATE,
        speech=((0, RATE // 2),),
        frames=np.stack([np.full((2, 2, 3), k, dtype=np.uint8) for k in range(10)]),
        frame_instants_ms=np.arange(10) * 100.0,
        video_ms=1000.0,
        words=("one", "two"),
    )


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_says_what_it_is(name):
    member = find_member("scenarios", name)
    assert member.SUMMARY
    assert member.ARRIVAL in ("isochronous", "closed", "compared", "judged")


@pytest.mark.parametrize("name", SCENARIOS)
def test_windows_hold_the_newest_hop_and_start_over(name, media):
    cut = find_member("scenarios", name).window
    case = make_case()
    windows = [cut(case, media, slot(case, index), 50.0) for index in range(4)]
    assert [window.frame_count for window in windows] == [6] * 4
    assert windows[1].audio[0] == 4800
    assert windows[3].audio.tolist() == [*range(14_400, 16_000), *range(3200)]
    assert [window.text for window in windows] == ["one", "two", "one", "two"]
    assert [window.is_user_speaking for window in windows] == [True, True, False, True]  # by its middle


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_heard_and_seen_by_name_starts_over_within_it(name, media):
    """The recording `b` is 4,000 samples behind the first 8,000, the clip 300 ms from 500 ms on."""
    cut = find_member("scenarios", name).window
    named = replace(media, heard={"a": (0, 8000), "b": (8000, 12_000)}, seen={"c": (500.0, 800.0)})
    place = replace(slot(make_case(), 1), clips=Clips(hears="b", sees="c"))
    window = cut(make_case(), named, place, 50.0)
    assert window.audio.tolist() == [*range(8800, 12_000), *range(8000, 9600)]
    assert [frame[0, 0, 0] for frame in window.frames] == [6, 5]  # at 150 ms, and at 300, where it starts over
    assert window.is_user_speaking is False
    heard = cut(make_case(), named, replace(place, clips=Clips(hears="a")), 50.0)
    assert heard.is_user_speaking is True
    assert [frame[0, 0, 0] for frame in heard.frames] == [4, 6]  # of all that there is to see


@pytest.mark.parametrize("name", SCENARIOS)
def test_frames_are_the_newest_at_even_instants_up_to_the_close(name, media):
    cut = find_member("scenarios", name).window

    def window(index, **changes):
        case = make_case(**changes)
        return cut(case, media, slot(case, index), 50.0)

    first = window(0)
    assert [int(frame[0, 0, 0]) for frame in first.frames] == [1, 3]  # at 150 and 300 ms
    twice = window(1, temporal_patches=2)
    assert [int(frame[0, 0, 0]) for frame in twice.frames] == [3, 4, 5, 6]  # 375, 450, 525, 600 ms
    wide = window(1, window_ms=600.0)
    assert [int(frame[0, 0, 0]) for frame in wide.frames] == [3, 6]  # a longer window looks further back


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("present", [("audio",), ("vision",), ("text",), ("audio", "text")])
def test_absent_modalities_are_absent(name, present, media):
    case = make_case(modalities=present)
    window = find_member("scenarios", name).window(case, media, slot(case, 0), 50.0)
    assert window.modalities() == present


@pytest.mark.parametrize("name", SCENARIOS)
def test_lengths_in_turn_lose_and_repeat_nothing_of_the_media(name, media):
    case = make_case(blocks=Blocks(windows=2, lengths_ms=(200.0, 50.0), pause_ms=700.0))
    cut = find_member("scenarios", name).window
    windows = [cut(case, media, place, 50.0) for place in islice(case.slots(), 5)]
    assert [window.frame_count for window in windows] == [4, 4, 1, 1, 4]
    heard = np.concatenate([window.audio for window in windows])
    assert heard.tolist() == list(range(len(heard)))  # 200 + 200 + 50 + 50 + 200 ms in one piece


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_lost_does_not_arrive_and_changes_nothing_else(name, media):
    case = make_case(dropout=Dropout(of=("audio", "text"), present=1, absent=1))
    cut = find_member("scenarios", name).window
    whole, lacking = (cut(case, media, slot(case, index), 50.0) for index in (0, 1))
    assert (whole.modalities(), whole.dropped) == (("audio", "vision", "text"), ())
    assert (lacking.modalities(), lacking.dropped) == (("vision",), ("audio", "text"))
    assert lacking.is_user_speaking  # 300 to 600 ms: somebody talks whether it is heard or not
    plain = make_case()
    assert np.array_equal(np.array(lacking.frames), np.array(cut(plain, media, slot(plain, 1), 50.0).frames))


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_late_is_of_an_earlier_time(name, media):
    case = make_case(dropout=Dropout(of=("audio", "vision", "text"), late_ms=350.0))
    cut = find_member("scenarios", name).window
    windows = [cut(case, media, slot(case, index), 50.0) for index in range(3)]
    assert [window.dropped for window in windows] == [("audio", "vision", "text")] * 2 + [()]
    assert windows[2].audio[0] == (600 - 350) * RATE // 1000
    assert [int(frame[0, 0, 0]) for frame in windows[2].frames] == [4, 5]  # at 400 and 550 ms
    assert windows[2].text == "two"  # typed in the window before


@pytest.mark.parametrize("name", SCENARIOS)
def test_contents_change_what_is_heard_and_seen_and_not_who_speaks(name, media):
    def window(content, index):
        case = make_case(blocks=Blocks(contents=(content,)))
        return find_member("scenarios", name).window(case, media, slot(case, index), 50.0)

    recorded = window("recorded", 2)
    repeated, first, later = window("repeated", 2), window("recorded", 0), window("repeated", 1)
    assert np.array_equal(repeated.audio, first.audio)
    assert np.array_equal(repeated.audio, later.audio)
    assert np.array_equal(np.array(repeated.frames), np.array(first.frames))
    silent = window("silent", 2)
    assert not silent.audio.any()
    assert not np.array(silent.frames).any()
    unique, again, round_later = window("unique", 0), window("unique", 0), window("unique", 10)
    assert np.abs(unique.audio - first.audio).max() < 1e-3
    assert np.abs(np.array(unique.frames, dtype=int) - np.array(first.frames, dtype=int)).max() == 1
    assert np.array_equal(unique.audio, again.audio)
    assert np.array_equal(first.audio, window("recorded", 10).audio)  # after 3 s the ramp of 1 s is where it was
    assert not np.array_equal(unique.audio, round_later.audio)
    for other in (repeated, silent, window("unique", 2)):
        assert other.is_user_speaking == recorded.is_user_speaking
        assert (other.index, other.frame_count, other.text) == (2, 6, recorded.text)


@pytest.mark.parametrize("name", SCENARIOS)
def test_in_mode_turn_everything_is_typed_at_once_every_ten_windows(name, media):
    cut, case = find_member("scenarios", name).window, make_case(conversation=Conversation(mode="turn"))
    typed = [cut(case, media, slot(case, index), 50.0).text for index in range(21)]
    assert [index for index, text in enumerate(typed) if text is not None] == [0, 10, 20]
    assert typed[10] == "one two"


def test_turns_with_instants_of_their_own_are_typed_in_the_windows_that_they_come_with(media):
    turns = Turns(every_ms=700.0, variation=0.0)
    case = make_case(conversation=Conversation(mode="turn"), modalities=("text",), turns=turns)
    places = list(islice(case.slots(), 30))
    typed = [find_member("scenarios", "realtime").window(case, media, place, 50.0).text for place in places]
    assert [text == "one two" for text in typed] == [place.turn_ns is not None for place in places]
    assert 12 <= sum(text is not None for text in typed) <= 14  # 9 s of one each 0.7 s
