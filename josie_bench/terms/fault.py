"""Faults: what a case lets go wrong, when, and what it expects to become of that; and a note of what came about.

A fault begins with a measured window, by its number among them. Chunks are what the client sends: a frame of audio,
the pictures of a window, a word. Which of them a share hits follows from the seed, the fault's place and the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LATE, LOST, DUPLICATED, REORDERED, CORRUPTED = "late", "lost", "duplicated", "reordered", "corrupted"
SKEWED, DIES, STALL, DISCONNECT = "skewed", "dies", "stall", "disconnect"
RAISES, HANGS, NAN = "raises", "hangs", "nan"
OF_CHUNKS = (LATE, LOST, DUPLICATED, REORDERED, CORRUPTED, DIES)  # of single modalities
OF_COMPONENTS = (RAISES, HANGS, NAN)
KINDS = (*OF_CHUNKS, SKEWED, STALL, DISCONNECT, *OF_COMPONENTS)
INF, LENGTH, NOISE, BITS = "inf", "length", "noise", "bits"
CORRUPTIONS = (NAN, INF, LENGTH, NOISE, BITS)
OF_NUMBERS = ("temporal_transformer", "audio_decoder")  # components that give floats: others can give none that is none
ENDS = ("TIMEOUT",)  # how a fault may end its case, and be expected to


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is to become of a fault; without any of it the conversation has to survive.

    Attributes:
        recovers_within_ms: from the fault's end until windows are answered on time again and stay so.
        loses: so many windows without an answer at most.
        unchanged: whether answers have to be what they were without the fault.
        ends: the status that the case is to end with, one of `ENDS`.
    """

    recovers_within_ms: float | None = None
    loses: int | None = None
    unchanged: bool = False
    ends: str | None = None

    @property
    def words(self) -> str:
        """What is expected, in short.

        >>> Expected(recovers_within_ms=600.0, unchanged=True).words
        'recovers within 600 ms, answers unchanged'
        """
        if self.ends is not None:
            return f"ends the case as {self.ends}"
        within = "" if self.recovers_within_ms is None else f" within {self.recovers_within_ms:g} ms"
        parts = [f"recovers{within}"]
        if self.loses is not None:
            most = f"at most {self.loses} window" + ("s" if self.loses > 1 else "")
            parts.append(f"loses {most if self.loses else 'no window'}")
        return ", ".join([*parts, "answers unchanged"] if self.unchanged else parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        kind: one of `KINDS`.
        at: the measured window it begins with, 0-based.
        windows: how many it lasts; None where its kind decides that.
        of: the modalities whose chunks it hits.
        component: that misbehaves.
        share: of the chunks that it hits, 0..1.
        by_ms: how much later they arrive; of reordered ones the most.
        variation: coefficient of variation of how much later late ones are, whose law is gamma; 0 is all by the same.
        how: one of `CORRUPTIONS`.
        ppm: by how many millionths the client's clock is too fast; below 0 too slow.
        lasts_ms: how long the pacer stalls or the component hangs; None is for ever.
    """

    kind: str
    at: int
    windows: int | None = None
    of: tuple[str, ...] = ()
    component: str | None = None
    share: float = 1.0
    by_ms: float = 0.0
    variation: float = 0.0
    how: str | None = None
    ppm: float = 0.0
    lasts_ms: float | None = None
    expected: Expected = field(default_factory=Expected)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fault:
        """Return the fault whose fields were written as JSON."""
        return cls(**{**data, "of": tuple(data["of"]), "expected": Expected(**data["expected"])})

    @property
    def is_endless(self) -> bool:
        """Whether it goes on to the end of the conversation."""
        return self.kind == DIES or (self.kind == HANGS and self.lasts_ms is None)

    def holds(self, at: int) -> bool:
        """Return whether it holds in a measured window."""
        return self.at <= at and (self.is_endless or at < self.at + (self.windows or 1))

    @property
    def words(self) -> str:
        """What goes wrong, in short.

        >>> Fault(kind="corrupted", at=20, of=("audio",), how="nan", share=0.5).words
        'corrupted audio (nan, 50 %)'
        >>> Fault(kind="hangs", at=20, component="depth_transformer", lasts_ms=900.0).words
        'depth_transformer hangs (900 ms)'
        """
        named = self.kind if self.component is None else f"{self.component} {self.kind}"
        named = " ".join([named, "+".join(self.of)] if self.of else [named])
        told = [
            "" if self.how is None else self.how,
            f"{self.by_ms:g} ms" if self.by_ms else "",
            f"variation {self.variation:g}" if self.variation else "",
            f"{self.ppm:+g} ppm" if self.ppm else "",
            "" if self.lasts_ms is None else f"{self.lasts_ms:g} ms",
            f"{self.share * 100:g} %" if self.share < 1.0 else "",
        ]
        inside = ", ".join(part for part in told if part)
        return f"{named} ({inside})" if inside else named


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultNote:
    """What came about of one fault in one trial; what it did to the windows, they say themselves.

    Attributes:
        number: its place among the case's, 0-based.
        first: index of the first window in which it held; None where the trial ended before.
        ended_ns: when it was over, host monotonic; of what holds for whole windows the close of the first without it,
            and of a modality that dies the close of the first window with it. None where it never was.
        hits: chunks that it touched, or calls of the component.
        refused: chunks that were not taken from its begin until the next fault, by reason.
        concealed: frames of audio that were missing and played as silence, likewise.
        skipped: frames of audio that were left out to catch up, likewise.
        restarts: how often the conversation began anew with a fresh state, likewise.
        unchanged: whether its answers and those after it, until the next fault, were what they were without it; None
            where that was not asked, or could not be told.
        why_unknown: why it could not be.
    """

    number: int
    first: int | None
    ended_ns: int | None = None
    hits: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    concealed: int = 0
    skipped: int = 0
    restarts: int = 0
    unchanged: bool | None = None
    why_unknown: str | None = None
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOutcome:
    """What became of one fault that a case injects, in one of its rounds.

    Attributes:
        fault: what goes wrong, in short.
        at: the measured window it begins with, 0-based.
        expected: what was to become of it, in short.
        is_as_expected: None where that cannot be told.
        detail: why it is not, or cannot be told.
        has_survived: whether the conversation went on, on time and with answers that can be heard and read; None where
            the fault never came.
        recovery_ms: from its end to the first answer on time after which, until the next fault, all were; 0 where no
            window was late or lost at all, None where it never recovered.
        lost: windows without an answer, from its begin until the next fault, as are all that follow.
        late: windows whose answer missed the deadline.
        invalid: answers that hold what is no sound or no token.
        hits: chunks that it touched, or calls of the component.
        refused: chunks that were not taken, by reason.
        concealed: frames of audio that were missing and played as silence.
        skipped: frames of audio that were left out to catch up.
        restarts: how often the conversation began anew.
        unchanged: whether answers were what they were without it; None where that was not asked, or cannot be told.
        ended: the status that the fault was to end its case with, and did; else None.
    """

    fault: str
    at: int
    round: int
    expected: str
    is_as_expected: bool | None
    detail: str
    has_survived: bool | None = None
    recovery_ms: float | None = None
    lost: int = 0
    late: int = 0
    invalid: int = 0
    hits: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    concealed: int = 0
    skipped: int = 0
    restarts: int = 0
    unchanged: bool | None = None
    ended: str | None = None
