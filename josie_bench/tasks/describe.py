"""`describe`: a clip is seen in silence, and when the word is typed the model writes what there was to see.

The word is typed in the window behind the clip's last, so what is described is remembered. What it is trained on has
the word there too. Beside it stands what takes no eyes: the caption that most clips have.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from josie_bench.tasks import Desk, Ints, Talker, present
from josie_bench.tasks._writing import commonest, drawn, text_of, track_of
from josie_bench.terms.corpus import Frames, Item, OpenCorpus
from josie_bench.terms.judged import ENGINE, JudgedItem
from josie_bench.terms.timeline import Span
from josie_bench.terms.window import Window

SUMMARY = "a clip is seen, and when asked the model writes what there was to see"
COMPONENTS = ("audio_encoder", "vision_encoder", "temporal_transformer", "depth_transformer", "audio_decoder")
JUDGES = ("normaliser", "bleu", "chrf")
CORPUS = "shapes"
TYPED = "describe"
REST_FRAMES = 64  # from where it is asked for, in which it is written
PICTURES = 2  # of a window: one temporal patch


def can_use(item: Item, corpus: OpenCorpus) -> bool:
    """Return whether something is seen in an item, alone, whose words are known."""
    return corpus.corpus.frames is not None and corpus.corpus.hear is None and bool(item.transcript)


def rows(item: Item, desk: Desk) -> Iterator[JudgedItem]:
    """Yield a row for each side: what there was to see and what the model wrote, beside the commonest caption."""
    frames = desk.corpus.shown(item, desk.hop_ms)
    frequent = commonest(desk.corpus.name, tuple(other.transcript for other in desk.corpus.items))
    reference, guessed = desk.text(item.transcript), desk.text(frequent)
    seen_ms = len(frames) // PICTURES * desk.hop_ms
    marks = {
        "seen": Span(start_ms=0.0, end_ms=seen_ms),
        "typed": Span(start_ms=seen_ms, end_ms=seen_ms + desk.hop_ms),
    }
    for name, side in desk.sides.items():
        assert side.step is not None, "who writes has a step"
        ids = described(side.step, frames, desk.hop_samples)
        wrote = text_of(ids, side.step.sizes.text)
        text = desk.text(wrote)
        texts = {"said": item.transcript, "wrote": wrote, "reference": reference, "written": text, "frequent": guessed}
        yield JudgedItem(
            item=item.id,
            cluster=item.group or item.id,
            task="describe",
            side=name,
            values=desk.overlaps(reference, written=text, frequent=guessed),
            texts=present(texts),
            track=track_of(desk, side.step, ids, marks=marks),
            media=desk.media(seen=frames[-1]) if name == ENGINE else {},
        )


def described(step: Talker, frames: Frames, hop: int) -> Ints:
    """Return the tokens `[frames]` that the model writes of what it saw, in a session in which nothing is heard.

    Args:
        step: of the model.
        frames: `[frames, height, width, 3]`, two for each of the first windows.
        hop: samples of a window, whole frames.
    """
    frame_count = hop // step.sizes.audio.frame_samples
    seen = len(frames) // PICTURES
    windows = seen - (-REST_FRAMES // frame_count)
    silence = np.zeros(hop, dtype=np.float32)
    return drawn(
        step,
        (
            Window(
                index=index,
                frame_count=frame_count,
                audio=silence,
                frames=tuple(frames[PICTURES * index : PICTURES * (index + 1)]),
                text=TYPED if index == seen else None,
            )
            for index in range(windows)
        ),
    )
