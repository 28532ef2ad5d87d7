"""An item on one line: places worked by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from josie_bench.reports._time_line import MOST_ROWS, YIELDS, outline, time_line
from josie_bench.terms.judged import JudgedItem
from josie_bench.terms.timeline import BARGE_IN, PAUSE, TURN, Span, Timeline, TimelineEvent
from josie_bench.terms.track import Track, WrittenWord

RATE_HZ = 1_000


def flac(*levels):
    """Return a sound of a second for each level."""
    file = io.BytesIO()
    samples = np.repeat(np.array(levels, dtype=np.float32), RATE_HZ)
    soundfile.write(file, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def span(start_ms, end_ms):
    return Span(start_ms=start_ms, end_ms=end_ms)


def row(side="engine", **parts):
    return JudgedItem(item="i", cluster="s", task="t", side=side, **parts)


def drawn(*rows):
    return time_line(rows, lambda side, name: f"{name} of {side}")


def test_a_sound_lies_where_it_begins_in_the_session_and_what_came_in_is_above_what_goes_on():
    track = Track(begins_ms={"heard": 1_000.0}, marks={"turn": (span(500.0, 2_000.0),)})
    line = drawn(row(media={"heard.flac": flac(0.5, 0.5, 0.5), "before.flac": flac(0.5, 0.0)}, track=track))
    assert line.seconds == 4.0
    lanes = [(lane.what, lane.left, lane.width) for lane in line.lanes if lane.wave]
    assert lanes == [("before of engine", 0.0, 50.0), ("heard of engine", 25.0, 75.0)]
    assert [lane.what for lane in line.lanes] == [
        "before of engine", "the user's turn", "heard of engine", "written of engine",
    ]  # fmt: skip
    [turn] = line.lanes[1].marks
    assert (turn.left, turn.width) == (12.5, 37.5)
    assert [(tick.text, tick.left) for tick in line.ticks[:2]] == [("0 s", 0.0), ("1 s", 25.0)]


def test_an_outline_goes_along_the_highest_and_back_along_the_lowest():
    samples = np.array([0.5, -0.25, 0.0, -0.5], dtype=np.float32)
    path = outline(samples, 0.5, span(0.0, 80.0))  # 25 a second: two bins
    assert path == "M250.0 0.0L750.0 50.0L750.0 100.0L250.0 75.0Z"
    assert outline(np.zeros(4, dtype=np.float32), 0.0, span(0.0, 40.0)) == "M500.0 50.0L500.0 50.0Z"


def test_all_sounds_of_an_item_have_one_scale():
    line = drawn(row(media={"before.flac": flac(0.5)}), row("reference", media={"after.flac": flac(0.25)}))
    loud, soft = (lane.wave for lane in line.lanes)
    assert loud.startswith("M20.0 0.0") and soft.startswith("M20.0 25.0")


def test_a_conversation_is_told_by_its_timeline_and_a_turn_is_not_told_twice():
    events = tuple(
        TimelineEvent(kind=kind, span=span(*at))
        for kind, at in ((TURN, (0, 1_000)), (BARGE_IN, (0, 1_000)), (PAUSE, (400, 600)))
    )
    user = (span(0, 400), span(600, 1_000))
    timeline = Timeline(dialogue="d", end_ms=2_000.0, events=events, user=user, yields_ms=(1_500.0,))
    line = drawn(row(timeline=timeline, media={"before.flac": flac(0.5)}))
    marks = {lane.what: [(mark.left, mark.width) for mark in lane.marks] for lane in line.lanes if lane.marks}
    assert marks == {
        "the user speaks": [(0.0, 20.0), (30.0, 20.0)],
        "the user's turn": [(0.0, 50.0)],
        "pause": [(20.0, 10.0)],
        f"{YIELDS} of engine": [(75.0, None)],
    }


def test_words_that_come_fast_lie_below_each_other_and_a_row_is_used_again():
    words = tuple(WrittenWord(text="abcd", at_ms=at) for at in (0.0, 100.0, 200.0, 3_000.0))
    line = drawn(row(track=Track(words=words)))
    [lane] = line.lanes
    assert line.seconds == 3.5  # so that the last can be read
    assert ([mark.row for mark in lane.marks], lane.rows) == ([0, 1, 2, 0], 3)
    many = tuple(WrittenWord(text="abcd", at_ms=0.0) for _ in range(9))
    assert max(mark.row for mark in drawn(row(track=Track(words=many))).lanes[0].marks) == MOST_ROWS - 1


def test_each_side_has_a_lane_of_what_it_writes():
    word = Track(words=(WrittenWord(text="a", at_ms=0.0),))
    assert [lane.what for lane in drawn(row(track=word), row("reference", track=word)).lanes] == [
        "written of engine", "written of reference",
    ]  # fmt: skip


@pytest.mark.parametrize("media", [{}, {"after.flac": b"no sound"}, {"after.png": b"x"}, {"after.flac": flac()}])
def test_without_sounds_that_can_be_read_and_without_words_there_is_no_line(media):
    assert drawn(row(media=media)) is None
