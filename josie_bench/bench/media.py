"""Load a case's media from its streams, and say which files they were."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TypeVar

import numpy as np

from josie_bench.errors import MediaError
from josie_bench.plugins import find_member
from josie_bench.streams import MediaFile, speech, text, video
from josie_bench.terms.case import Case
from josie_bench.terms.media import Media
from josie_bench.terms.timebase import s_from_ms, samples_in

Place = TypeVar("Place", int, float)


def load_media(case: Case, sample_rate_hz: int) -> tuple[Media, tuple[MediaFile, ...]]:
    """Return the decoded media of the case's present modalities and the files they came from.

    Raises:
        MediaError: a file is missing, truncated or holds nothing to use.
    """
    wanted = frozenset(case.modalities)
    speech_from, video_from, text_from = case.stream.speech, case.stream.video, case.stream.text
    heard = speech.load(speech_from, sample_rate_hz=sample_rate_hz) if "audio" in wanted and speech_from else None
    seen = video.load(video_from) if "vision" in wanted and video_from else None
    typed = text.load(text_from) if "text" in wanted and text_from else None
    joined = {name: find_member("streams", name).load(choice) for name, choice in case.stream.guests}
    marks = (
        ()
        if heard is None
        else tuple((samples_in(m[0], sample_rate_hz), samples_in(m[1], sample_rate_hz)) for m in heard.marks)
    )
    media = Media(
        audio=None if heard is None else heard.audio,
        sample_rate_hz=sample_rate_hz,
        speech=marks,
        heard={} if heard is None else _stretches(heard.files, [begin for begin, _ in marks], len(heard.audio)),
        seen={} if seen is None else _stretches(seen.files, seen.begins_ms, seen.duration_ms),
        frames=None if seen is None else seen.frames,
        frame_instants_ms=np.zeros(0) if seen is None else seen.instants_ms,
        video_ms=0.0 if seen is None else seen.duration_ms,
        words=() if typed is None else typed.words,
        guests=joined,
    )
    _require(case, media)
    sources = [source for source in (heard, seen, typed, *joined.values()) if source is not None]
    return media, tuple(file for source in sources for file in source.files)


def _stretches(files: Sequence[MediaFile], begins: Sequence[Place], end: Place) -> dict[str, tuple[Place, Place]]:
    """Return from where to where each file lies: up to the next."""
    ends = chain(begins[1:], (end,))
    return {file.name: (begin, until) for file, begin, until in zip(files, begins, ends, strict=True)}


def _require(case: Case, media: Media) -> None:
    """Refuse a case of whose sessions one sees what is not there; of long videos only a part is."""
    visits = case.sessions.visits
    for clips in () if visits is None else visits.named:
        if clips.sees is not None and clips.sees not in media.seen:
            kept = f"{s_from_ms(media.video_ms):g} s"
            raise MediaError(
                f"{clips.sees}: it lies behind the first {kept} of {case.stream.video}, and no more is kept: "
                "let it come sooner, or name another in the file of visits"
            )
