"""What a corpus is made of: items, the packages they come from, and the frozen list of their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.timebase import MS_PER_S, samples_in

SPLITS = ("train", "valid", "test")
KINDS = ("bundled", "fetched", "made", "folder")
MARK_KINDS = ("word", "phoneme", "turn", "pause", "back_channel", "interruption", "overlap", "noise")
SOURCE_KINDS = ("deb", "wheel", "npm", "hub", "folder")
LANGUAGES = (  # ISO 639-1
    *("aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm", "bn"),
    *("bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el"),
    *("en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv"),
    *("ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it"),
    *("iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky"),
    *("la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt"),
    *("my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa"),
    *("pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl"),
    *("sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn"),
    *("to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo"),
    *("za", "zh", "zu"),
)
SAMPLE_RATE_HZ = 16_000  # of every recording, as it is handed out by default

Floats = NDArray[np.float32]
Frames = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One utterance, labelled picture, line or clip.

    Attributes:
        id: unique in its corpus.
        split: one of `SPLITS`.
        language: of `transcript`, e.g. `en`; None where nothing is said.
        speaker: who speaks, unique over all corpora; None where nobody is heard.
        transcript: what is said, or what is to be seen.
        audio: its sound file below the corpus's folder; None where there is none, or where it is made.
        picture: its picture below the corpus's folder, or None.
        group: what belongs together, e.g. one line in several languages; never in two splits.
        role: whose turn it is in a dialogue.
        is_synthetic: whether a program spoke or drew it.
        recipe: what a made item is made from; only its corpus reads it.
    """

    id: str
    split: str
    language: str | None = None
    speaker: str | None = None
    transcript: str | None = None
    audio: str | None = None
    picture: str | None = None
    group: str | None = None
    role: str | None = None
    is_synthetic: bool = False
    recipe: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What happens when in a sound.

    Attributes:
        kind: one of `MARK_KINDS`.
        name: a phoneme's IPA letters (empty: silence), a word, or what is said in a turn; empty where there is none.
        start: its first sample.
        end: the sample behind its last.
        who: `user` or `partner` in a conversation, else None.
    """

    kind: str
    name: str
    start: int
    end: int
    who: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A sound with what is known to happen in it.

    Attributes:
        audio: `[samples]` in [-1, 1], mono; in a conversation what the user's microphone hears.
        sample_rate_hz: of `audio`, and of the samples that marks count.
        marks: ordered by start; empty where nothing is known.
        partner: `[samples]`, what the other side says meanwhile; None where there is no other side.
    """

    audio: Floats
    sample_rate_hz: int
    marks: tuple[Mark, ...] = ()
    partner: Floats | None = None

    def labels(self, kind: str, frame_ms: float) -> tuple[str, ...]:
        """Return for each frame the name of the mark of a kind that covers most of it; empty where none does.

        A last frame that the sound fills only partly counts too. Of two that cover as much the earlier is named.
        """
        step = samples_in(frame_ms, self.sample_rate_hz)
        covered: list[dict[str, int]] = [{} for _ in range(0, len(self.audio), step)]
        for mark in self.marks:
            if mark.kind == kind:
                for frame in range(mark.start // step, (mark.end - 1) // step + 1):
                    share = min(mark.end, (frame + 1) * step) - max(mark.start, frame * step)
                    covered[frame][mark.name] = covered[frame].get(mark.name, 0) + share
        return tuple(max(shares, key=shares.__getitem__, default="") for shares in covered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A package that files come from; its bytes decide, not its name.

    Attributes:
        kind: one of `SOURCE_KINDS`.
        name: as its package manager knows it; the path of a `folder`.
        version: exact; a commit for `hub`.
        file: the package's file name; for `hub` that of the file in the repository.
        sha256: of the package's bytes, hex.
        otherwise: packages that hold the same files at the same paths, in the order in which they are tried where this
            one cannot be had, or is not what was frozen.
    """

    kind: str
    name: str
    version: str
    file: str
    sha256: str
    otherwise: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMark:
    """What a file must be: its sha256 (hex), its size, and which of the corpus's sources brings it."""

    sha256: str
    byte_count: int
    source: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A frozen corpus.

    Attributes:
        files: by path below the corpus's folder.
        item_counts: how many items each split has.
        minutes: how long its recordings are together; None where nobody has listened to all of them.
        languages: of its items, sorted.
        items_sha256: of all items with their cleaned transcripts.
    """

    files: Mapping[str, FileMark] = field(default_factory=dict)
    item_counts: Mapping[str, int] = field(default_factory=dict)
    minutes: float | None = None
    languages: tuple[str, ...] = ()
    items_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What a member of the family is.

    Attributes:
        summary: one line for `josie-bench corpus list`.
        kind: one of `KINDS`: inside the package, fetched by a package manager, made from a seed, or a user's folder.
        license: SPDX identifiers of what the items are under.
        splits: those of `SPLITS` that it has; one with `test` alone is never trained on.
        ships_weights: whether weights that were trained on it may be shipped; None where nothing is trained on it.
        read_items: its items, from its folder.
        hear: the sound of an item at a sample rate; None where there is none.
        frames: pictures `[frames, height, width, 3]` of an item, or None where it has none.
        frames_per_s: of its clips; None where items are single pictures.
        labels: what is to be told apart in an item, e.g. colour: red; None where nobody knows.
        minutes: how long its items are together, rounded, where no manifest says so.
        credit: whom to name where the licence asks for it.
        sources: what brings it; empty where nothing is fetched.
        keeps: whether a file of a package belongs to the corpus; only asked when its manifest is written.
        needs: what is missing to use it here, with the mend; None where nothing is.
    """

    summary: str
    kind: str
    license: str
    splits: tuple[str, ...]
    ships_weights: bool | None
    read_items: Callable[[Path], tuple[Item, ...]]
    hear: Callable[[Path, Item, int], Heard] | None = None
    frames: Callable[[Path, Item], Frames] | None = None
    frames_per_s: float | None = None
    labels: Callable[[Item], Mapping[str, str]] | None = None
    minutes: float | None = None
    credit: str | None = None
    sources: tuple[Source, ...] = ()
    keeps: Callable[[str], bool] = lambda _: True
    needs: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCorpus:
    """A corpus that is here.

    Attributes:
        name: of the corpus.
        corpus: what it is.
        root: the folder that its items' files are named from.
        items: all of them.
    """

    name: str
    corpus: Corpus
    root: Path
    items: tuple[Item, ...]

    def of(self, split: str) -> tuple[Item, ...]:
        """Return the items of a split."""
        return tuple(item for item in self.items if item.split == split)

    def hear(self, item: Item, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Heard:
        """Return the sound of an item with what is known to happen in it."""
        assert self.corpus.hear is not None, f"{self.name} has no sound"
        return self.corpus.hear(self.root, item, sample_rate_hz)

    def audio(self, item: Item, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Floats:
        """Return the sound of an item, `[samples]` float32 in [-1, 1]."""
        return self.hear(item, sample_rate_hz=sample_rate_hz).audio

    def is_seen(self, item: Item) -> bool:
        """Return whether an item has a picture: a file, unless the corpus makes them all."""
        return self.corpus.frames is not None and (item.picture is not None or self.corpus.kind == "made")

    def frames(self, item: Item) -> Frames:
        """Return the pictures of an item, `[frames, height, width, 3]` uint8."""
        assert self.corpus.frames is not None, f"{self.name} has no pictures"
        return self.corpus.frames(self.root, item)

    def shown(self, item: Item, hop_ms: float) -> Frames:
        """Return the frames that whole windows of a clip take, two each, `[frames, height, width, 3]`.

        Each is the newest at its instant; a clip shorter than a window, or a picture, is shown for one window.
        """
        frames, rate = self.frames(item), self.corpus.frames_per_s
        if rate is None:
            return np.repeat(frames[:1], 2, axis=0)
        windows = max(1, int(len(frames) * MS_PER_S / rate / hop_ms))
        instants_ms = (np.arange(2 * windows) + 1) * hop_ms / 2
        newest = np.minimum((instants_ms * rate / MS_PER_S).astype(np.int64), len(frames) - 1)
        found: Frames = frames[newest]
        return found
