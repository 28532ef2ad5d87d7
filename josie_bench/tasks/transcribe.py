"""`transcribe`: speech is heard window by window while the model writes down what is said.

The word is typed in the first window, and what the model is trained on has it there too. What it writes is its text
stream without silence and pads; it may write on for a while after the sound has ended.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from josie_bench.tasks import Desk, Floats, Ints, Talker, present
from josie_bench.tasks._writing import commonest, drawn, text_of, track_of
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.terms.judged import ENGINE, JudgedItem
from josie_bench.terms.timebase import ms_of_samples
from josie_bench.terms.timeline import TURN, Span
from josie_bench.terms.window import Window

SUMMARY = "speech is heard, and the model writes down what is said"
COMPONENTS = ("audio_encoder", "temporal_transformer", "depth_transformer", "audio_decoder")
JUDGES = ("normaliser", "bleu", "chrf")
CORPUS = "synthetic_speech"
TYPED = "transcribe"
LEAD_FRAMES = 4  # of silence before the speech: a microphone is on before anybody speaks
REST_FRAMES = 24  # behind it, in which the last words may be written


def can_use(item: Item, corpus: OpenCorpus) -> bool:
    """Return whether words are heard in an item that are known."""
    return corpus.corpus.hear is not None and bool(item.transcript)


def rows(item: Item, desk: Desk) -> Iterator[JudgedItem]:
    """Yield a row for each side: what was said and what the model wrote; beside it the commonest sentence of all."""
    audio = desk.corpus.audio(item, sample_rate_hz=desk.rate_hz)
    frequent = commonest(desk.corpus.name, tuple(other.transcript for other in desk.corpus.items))
    reference, guessed = desk.text(item.transcript), desk.text(frequent)
    for name, side in desk.sides.items():
        assert side.step is not None, "who writes has a step"
        frame = side.step.sizes.audio.frame_samples
        comes = side.hear(session_of(audio, frame, desk.hop_samples))
        ids = write_down(side.step, comes, desk.hop_samples)
        wrote = text_of(ids, side.step.sizes.text)
        heard = _heard(side.step, audio, desk.rate_hz)
        text = desk.text(wrote)
        texts = {"said": item.transcript, "wrote": wrote, "reference": reference, "written": text, "frequent": guessed}
        yield JudgedItem(
            item=item.id,
            cluster=item.speaker or "",
            task="transcribe",
            side=name,
            values=desk.overlaps(reference, written=text, frequent=guessed),
            texts=present(texts),
            track=track_of(desk, side.step, ids, begins_ms={"before": heard.start_ms}, marks={TURN: heard}),
            media=desk.media(before=comes[LEAD_FRAMES * frame :][: len(audio)]) if name == ENGINE else {},
        )


def _heard(step: Talker, audio: Floats, rate_hz: int) -> Span:
    """Return from when to when `audio` is heard."""
    lead = LEAD_FRAMES * step.sizes.audio.frame_samples
    return Span(start_ms=ms_of_samples(lead, rate_hz), end_ms=ms_of_samples(lead + len(audio), rate_hz))


def session_of(audio: Floats, frame: int, hop: int) -> Floats:
    """Return all that is heard in a session `[samples]`, whole windows, with the silence around what is said.

    Args:
        audio: `[samples]` what is said.
        frame: samples of a frame.
        hop: samples of a window, whole frames.
    """
    windows = -(-(len(audio) + (LEAD_FRAMES + REST_FRAMES) * frame) // hop)
    heard = np.zeros(windows * hop, dtype=np.float32)
    heard[LEAD_FRAMES * frame :][: len(audio)] = audio
    return heard


def write_down(step: Talker, heard: Floats, hop: int) -> Ints:
    """Return the tokens `[frames]` that the model writes in a session while it hears `heard` `[samples]`.

    Args:
        step: of the model.
        heard: at its rate, whole windows.
        hop: samples of a window, whole frames.
    """
    frame_count = hop // step.sizes.audio.frame_samples
    return drawn(
        step,
        (
            Window(index=index, frame_count=frame_count, audio=share, text=TYPED if index == 0 else None)
            for index, share in enumerate(heard.reshape(-1, hop))
        ),
    )
