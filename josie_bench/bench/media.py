"""Load a case's media from its streams, and say which files they were."""

from __future__ import annotations

import numpy as np

from josie_bench.plugins import find_member
from josie_bench.streams import MediaFile, speech, text, video
from josie_bench.terms.case import Case
from josie_bench.terms.media import Media
from josie_bench.terms.timebase import samples_in


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
    media = Media(
        audio=None if heard is None else heard.audio,
        sample_rate_hz=sample_rate_hz,
        speech=()
        if heard is None
        else tuple((samples_in(m[0], sample_rate_hz), samples_in(m[1], sample_rate_hz)) for m in heard.marks),
        frames=None if seen is None else seen.frames,
        frame_instants_ms=np.zeros(0) if seen is None else seen.instants_ms,
        video_ms=0.0 if seen is None else seen.duration_ms,
        words=() if typed is None else typed.words,
        guests=joined,
    )
    sources = [source for source in (heard, seen, typed, *joined.values()) if source is not None]
    return media, tuple(file for source in sources for file in source.files)
