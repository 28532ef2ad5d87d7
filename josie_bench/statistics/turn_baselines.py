"""What takes no model at all, on the same dialogues: no figure of turn-taking means anything but beside these.

`silent` never speaks: right in every pause and wrong after every turn. `delayed` answers half a second after the user's
voice ends, whatever was said, and stops as soon as it hears any: what voice activity alone can do. `echo` is heard
exactly when the user is: a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Span, Timeline

DELAY_MS = 500.0
ANSWER_MS = 3_000.0
NOTICE_MS = 100.0  # of voice, until it is noticed


def silent(timeline: Timeline) -> Timeline:
    """Return the dialogue with a model that never speaks."""
    return replace(timeline, played=(), emitted=(), yields_ms=())


def delayed(
    timeline: Timeline, *, delay_ms: float = DELAY_MS, answer_ms: float = ANSWER_MS, notice_ms: float = NOTICE_MS
) -> Timeline:
    """Return the dialogue with a model that speaks a fixed time after each stretch of the user's voice.

    Args:
        timeline: its `user` is what is listened to, without regard to what it means.
        delay_ms: of silence, after which it begins.
        answer_ms: how long it speaks, if it is let.
        notice_ms: of the user's voice, after which it stops.
    """
    spoken, yields = [], []
    for index, voice in enumerate(timeline.user):
        begins = voice.end_ms + delay_ms
        heard_next = timeline.user[index + 1].start_ms if index + 1 < len(timeline.user) else timeline.end_ms
        if begins >= min(heard_next, timeline.end_ms):
            continue
        ends = min(begins + answer_ms, heard_next + notice_ms, timeline.end_ms)
        spoken.append(Span(start_ms=begins, end_ms=ends))
        if begins + answer_ms > ends:
            yields.append(ends)
    return replace(timeline, played=tuple(spoken), emitted=tuple(spoken), yields_ms=tuple(yields))


def echo(timeline: Timeline) -> Timeline:
    """Return the dialogue with a model that is heard when the user is."""
    return replace(timeline, played=timeline.user, emitted=timeline.user, yields_ms=())


BASELINES = {"silent": silent, "delayed": delayed, "echo": echo}


def with_baselines(
    timelines: Sequence[Timeline],
    scores: Callable[[Sequence[Timeline]], dict[str, Score]],
    baselines: Collection[str] = tuple(BASELINES),
) -> dict[str, Score]:
    """Return the model's scores by name, and those of baselines on the same dialogues as `NAME.BASELINE`."""
    beside = {
        f"{name}.{baseline}": score
        for baseline in baselines
        for name, score in scores([BASELINES[baseline](timeline) for timeline in timelines]).items()
    }
    return scores(timelines) | beside


def named_with_baselines(
    statistics: Mapping[str, str], baselines: Collection[str] = tuple(BASELINES)
) -> dict[str, str]:
    """Return what statistics are by name, and those of baselines as `with_baselines` names them."""
    beside = {
        f"{name}.{baseline}": f"the same of baseline `{baseline}`" for baseline in baselines for name in statistics
    }
    return dict(statistics) | beside
