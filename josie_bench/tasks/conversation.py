"""`conversation`: a constructed conversation held with the model, and who spoke when.

The model hears the user's microphone window by window. The partner's words are what a person would have answered: they
are not played to it, and nothing waits for it either, for the conversation was put together before. The sound of a
window can be heard from the window's close on, plus a service time that is stated and not measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from josie_bench.errors import UsageError
from josie_bench.statistics.speech_spans import speech_spans
from josie_bench.tasks import Desk, Floats, Ints, Talker
from josie_bench.tasks._writing import track_of
from josie_bench.terms.corpus import Heard, Item, Mark, OpenCorpus
from josie_bench.terms.judged import ENGINE, REFERENCE, JudgedItem
from josie_bench.terms.timebase import ms_of_samples, samples_in, whole_frames
from josie_bench.terms.timeline import BACK_CHANNEL, BARGE_IN, NOISE, PAUSE, TURN, Span, Timeline, TimelineEvent
from josie_bench.terms.window import Window

SUMMARY = "constructed conversations: who speaks when, turns, pauses, interruptions, back-channels"
COMPONENTS = ("audio_encoder", "temporal_transformer", "depth_transformer", "audio_decoder")
JUDGES = ()
CORPUS = "conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A conversation as it ran: who spoke when, and what the model drew `[frames]` and gave `[samples]`."""

    timeline: Timeline
    ids: Ints
    audio: Floats


def can_use(item: Item, corpus: OpenCorpus) -> bool:
    """Return whether a corpus has conversations; whether an item is one shows when it is heard."""
    return corpus.name == CORPUS


def rows(item: Item, desk: Desk) -> Iterator[JudgedItem]:
    """Yield the timeline of one conversation with the engines, on each of their sides.

    The reference is not asked: after the first token that is another, both hold conversations of their own.
    """
    heard = desk.corpus.hear(item, sample_rate_hz=desk.rate_hz)
    for name, side in desk.sides.items():
        if name == REFERENCE:
            continue
        step = side.step
        assert step is not None, "who converses has a step"
        comes = replace(heard, audio=side.hear(heard.audio))
        held = converse(
            step,
            comes,
            item.id,
            silence_id=step.sizes.text.silence_id,
            frame_ms=step.sizes.frame_ms,
            hop_ms=desk.hop_ms,
        )
        yield JudgedItem(
            item=item.id,
            cluster=item.id,
            task="conversation",
            side=name,
            timeline=held.timeline,
            track=track_of(desk, step, held.ids, begins_ms={"heard": desk.hop_ms}),
            media=desk.media(**({"before": comes.audio} if name == ENGINE else {}), heard=held.audio),
        )


def converse(
    talker: Talker,
    heard: Heard,
    dialogue: str,
    *,
    silence_id: int,
    frame_ms: float,
    hop_ms: float,
    service_ms: float = 0.0,
) -> Held:
    """Return one conversation, held from the start of a session.

    Args:
        talker: who is spoken to.
        heard: the user's microphone at the model's sample rate, with what happens in it.
        dialogue: its id.
        silence_id: the text token by which the model decides to listen.
        frame_ms: how long one of the model's frames lasts.
        hop_ms: how much sound comes in one window.
        service_ms: from a window's close until its answer is there: as stated, for nothing is timed.

    Raises:
        UsageError: the hop is not whole frames, or the service takes longer than it.
    """
    if not 0.0 <= service_ms <= hop_ms:
        raise UsageError(f"a service time of {service_ms:g} ms with a hop of {hop_ms:g} ms: answers would pile up")
    talker.reset()
    answers = [talker(window) for window in windows_of(heard, frame_ms=frame_ms, hop_ms=hop_ms)]
    delay_ms = hop_ms + service_ms
    audio = np.concatenate([answer.audio for answer in answers])
    spoken = speech_spans(audio, heard.sample_rate_hz)
    decided = [bool((~answer.is_silent & (answer.text_ids == silence_id)).any()) for answer in answers]
    timeline = Timeline(
        dialogue=dialogue,
        end_ms=len(answers) * hop_ms + delay_ms,
        events=events_of(heard),
        user=user_spans(heard),
        played=tuple(Span(start_ms=span.start_ms + delay_ms, end_ms=span.end_ms + delay_ms) for span in spoken),
        emitted=tuple(_given(span, hop_ms, delay_ms) for span in spoken),
        yields_ms=tuple(float(index * hop_ms + delay_ms) for index in np.flatnonzero(decided)),
    )
    return Held(timeline=timeline, ids=np.concatenate([answer.text_ids for answer in answers]), audio=audio)


def windows_of(heard: Heard, *, frame_ms: float, hop_ms: float) -> Iterator[Window]:
    """Yield a conversation in windows, the last filled up with silence; none tells who is speaking.

    Raises:
        UsageError: the hop is not whole frames.
    """
    frames = whole_frames(hop_ms, frame_ms)
    if frames is None:
        raise UsageError(f"a hop of {hop_ms:g} ms is not a whole number of {frame_ms:g} ms frames")
    audio = np.pad(heard.audio, (0, -len(heard.audio) % samples_in(hop_ms, heard.sample_rate_hz)))
    for index, share in enumerate(audio.reshape(-1, samples_in(hop_ms, heard.sample_rate_hz))):
        yield Window(index=index, frame_count=frames, audio=share)


def events_of(heard: Heard) -> tuple[TimelineEvent, ...]:
    """Return what the user does, by start.

    A turn is a barge-in too, which counts where it finds the model speaking. Whom the user interrupts in the corpus is
    the partner, whom the model does not hear and need not be like: it may be silent then, and speak at another turn.
    """
    kinds = {kind: (kind,) for kind in (PAUSE, BACK_CHANNEL, NOISE)} | {TURN: (TURN, BARGE_IN)}
    events = [
        TimelineEvent(kind=kind, span=_span(mark, heard.sample_rate_hz))
        for mark in heard.marks
        if mark.who != "partner"
        for kind in kinds.get(mark.kind, ())
    ]
    return tuple(sorted(events, key=lambda event: (event.span.start_ms, event.span.end_ms, event.kind)))


def user_spans(heard: Heard) -> tuple[Span, ...]:
    """Return when the user's voice is heard, in order: turns without their pauses, and back-channels."""
    pauses = [mark for mark in heard.marks if mark.kind == PAUSE]
    spans = [(mark.start, mark.end) for mark in heard.marks if mark.kind == BACK_CHANNEL]
    for turn in (mark for mark in heard.marks if mark.kind == TURN and mark.who == "user"):
        inside = [pause for pause in pauses if turn.start <= pause.start < turn.end]
        starts = (turn.start, *(pause.end for pause in inside))
        spans += zip(starts, (*(pause.start for pause in inside), turn.end), strict=True)
    return tuple(_between(start, end, heard.sample_rate_hz) for start, end in sorted(spans))


def _span(mark: Mark, sample_rate_hz: int) -> Span:
    return _between(mark.start, mark.end, sample_rate_hz)


def _between(start: int, end: int, sample_rate_hz: int) -> Span:
    return Span(start_ms=ms_of_samples(start, sample_rate_hz), end_ms=ms_of_samples(end, sample_rate_hz))


def _given(spoken: Span, hop_ms: float, delay_ms: float) -> Span:
    """Return from when until when the sound of a stretch of speech is given: each window's at once, when it is there.

    Args:
        spoken: in the sound as it is played, without the delay.
        hop_ms: how much sound comes at once.
        delay_ms: from where a window begins until its answer is there.
    """
    first, last = int(spoken.start_ms // hop_ms), int(-(-spoken.end_ms // hop_ms)) - 1
    return Span(start_ms=first * hop_ms + delay_ms, end_ms=last * hop_ms + delay_ms)
