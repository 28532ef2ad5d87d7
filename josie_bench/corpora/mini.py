"""`mini`: the recordings and the clip that lie in the package itself."""

from __future__ import annotations

import json
from pathlib import Path

from josie_bench.corpora._sound import read_sound
from josie_bench.streams import BUNDLED, BUNDLED_FOLDER, video
from josie_bench.terms.corpus import Corpus, Frames, Item

SPEAKERS = {"cards": "pocketsphinx-cards", "librivox": "librivox-austen"}


def read_items(root: Path) -> tuple[Item, ...]:
    """Return ten utterances with what is said, and one clip of a cockatoo."""
    said: dict[str, str] = json.loads((root / "transcripts.json").read_text(encoding="utf-8"))
    utterances = [
        Item(
            id=Path(name).stem,
            split="test",
            language="en",
            speaker=SPEAKERS[name.partition("-")[0]],
            transcript=words,
            audio=f"speech/{name}",
        )
        for name, words in said.items()
    ]
    return (*utterances, Item(id="cockatoo", split="test", picture="video/cockatoo.mp4"))


def frames(root: Path, item: Item) -> Frames:
    """Return the frames of the clip."""
    assert root == BUNDLED_FOLDER
    assert item.picture is not None, item.id
    return video.load(BUNDLED).frames


CORPUS = Corpus(
    summary="ten English utterances and a video clip, inside the package",
    kind="bundled",
    license="BSD-2-Clause",
    splits=("test",),
    ships_weights=None,
    read_items=read_items,
    hear=read_sound,
    frames=frames,
    minutes=0.57,
    credit="Carnegie Mellon University, Alpha Cephei Inc., imageio contributors",
)
