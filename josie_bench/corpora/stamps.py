"""`stamps`: the stamps of Tux Paint: pictures with captions, spoken in eleven languages by volunteers.

Texts, pictures and recordings are under the GPL, so they are fetched and never shipped, nor are weights trained on
them. A caption is in one split, and so is a language, which mostly is one voice; a recording whose caption is in
another split than its language is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from josie_bench.corpora._sound import read_sound
from josie_bench.corpora._texts import normalised, split_of
from josie_bench.errors import MediaError
from josie_bench.terms.corpus import SPLITS, Corpus, Frames, Item, Source

STAMPS = "usr/share/tuxpaint/stamps"
TRAINED = ("bg", "ca", "fr", "ro", "ru")
TESTED = ("be", "da", "el", "en", "es", "nl")
TEST_SHARE = 0.3


def keeps(path: str) -> bool:
    """Return whether a file of the package belongs to the corpus."""
    if not path.startswith(f"{STAMPS}/"):
        return False
    return path.endswith((".png", ".txt")) or _language_of(path) is not None


def read_items(root: Path) -> tuple[Item, ...]:
    """Return every labelled picture, and every recording that says its caption."""
    sounds: dict[Path, dict[str, Path]] = {}
    for path in sorted((root / STAMPS).rglob("*.ogg")):
        language = _language_of(path.as_posix())
        if language is not None:
            sounds.setdefault(path.with_name(path.name.partition("_desc")[0]), {})[language] = path
    items: list[Item] = []
    for file in sorted((root / STAMPS).rglob("*.txt")):
        items += _items_of(root, file, sounds.get(file.with_suffix(""), {}))
    return tuple(items)


def frames(root: Path, item: Item) -> Frames:
    """Return a stamp on white, as one frame."""
    assert item.picture is not None, item.id
    try:
        with av.open(str(root / item.picture)) as container:
            pixels = next(container.decode(video=0)).to_ndarray(format="rgba").astype(np.float32)
    except (av.FFmpegError, StopIteration) as error:
        raise MediaError(f"{root / item.picture}: cannot be decoded as a picture: fetch the corpus again") from error
    opacity = pixels[..., 3:] / 255.0
    shown: Frames = np.round(pixels[..., :3] * opacity + 255.0 * (1.0 - opacity)).astype(np.uint8)[None]
    return shown


def _items_of(root: Path, file: Path, sounds: dict[str, Path]) -> Iterator[Item]:
    captions = _captions(file)
    if not captions:
        return
    group = normalised(captions["en"])
    split = split_of(group, test=TEST_SHARE)
    name = file.relative_to(root / STAMPS).with_suffix("").as_posix()
    picture = file.with_suffix(".png")
    shown = picture.relative_to(root).as_posix() if picture.is_file() else None
    if shown is not None:
        yield Item(id=name, split=split, language="en", transcript=captions["en"], picture=shown, group=group)
    for language, sound in sounds.items():
        if language in captions and language in (TESTED if split == "test" else TRAINED):
            yield Item(
                id=f"{name}/{language}",
                split=split,
                language=language,
                speaker=f"tuxpaint-{language}",
                transcript=captions[language],
                audio=sound.relative_to(root).as_posix(),
                picture=shown,
                group=group,
            )


def _captions(file: Path) -> dict[str, str]:
    """Return what a stamp is called, by language; the first line is English."""
    first, *lines = file.read_text(encoding="utf-8").splitlines() or [""]
    if not first.strip():
        return {}
    found = {"en": first.strip()}
    for line in lines:
        key, is_set, words = line.partition("=")
        if is_set and key.endswith(".utf8") and words.strip():
            found[key.removesuffix(".utf8")] = words.strip()
    return found


def _language_of(path: str) -> str | None:
    """Return the language in which a file says a caption; None where it is another sound, or another language."""
    _, is_caption, rest = path.rpartition("_desc")
    if not is_caption or not rest.endswith(".ogg"):
        return None
    language = rest.removesuffix(".ogg").removeprefix("_") or "en"
    return language if language in TRAINED + TESTED else None


CORPUS = Corpus(
    summary="pictures with captions, spoken by volunteers in eleven languages",
    kind="fetched",
    license="GPL-2.0-only",
    splits=SPLITS,
    ships_weights=False,
    read_items=read_items,
    hear=read_sound,
    frames=frames,
    credit="Bill Kendrick and the contributors of Tux Paint",
    sources=(
        Source(
            kind="deb",
            name="tuxpaint-stamps-default",
            version="2022.06.04-1",
            file="tuxpaint-stamps-default_2022.06.04-1_all.deb",
            sha256="6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
        ),
    ),
    keeps=keeps,
)
