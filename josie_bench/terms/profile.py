"""Profiles: the shapes an engine is built for, from the lengths of window that it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from josie_bench.errors import EngineError
from josie_bench.terms.signature import TensorSpec, axis_factor, axis_name

WINDOW_FRAMES = {200: 4, 300: 6, 400: 8}  # frames of 50 ms in a window of so many milliseconds
FRAMEWISE = ("audio_encoder", "audio_decoder")  # called once a window, with all its frames
MOST_SESSIONS = 8
MOST_PATCHES = 2  # of a window, in time
TOKENS = {"least": 1, "usual": 16, "most": 64}  # of one patch in time; 64 is the budget of the largest preset
MOST_WORDS = 64  # that a window brings, as tokens
MOST_POSITIONS = max(WINDOW_FRAMES.values()) + MOST_PATCHES * TOKENS["most"] + MOST_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The lengths of named axes between which an engine runs, and those it is made fast for.

    Attributes:
        name: the window it is for, `300 ms`.
        least, usual, most: lengths by axis.
    """

    name: str
    least: Mapping[str, int]
    usual: Mapping[str, int]
    most: Mapping[str, int]

    def holds(self, sizes: Mapping[str, int]) -> bool:
        """Return whether lengths `sizes` lie between least and most; axes it does not name are free."""
        return all(self.least[axis] <= size <= self.most[axis] for axis, size in sizes.items() if axis in self.most)

    def shapes(self, spec: TensorSpec) -> tuple[tuple[int, ...], ...]:
        """Return the least, usual and most shape of a tensor."""
        return tuple(spec.shape(dict(sizes)) for sizes in (self.least, self.usual, self.most))

    def as_json(self, specs: Sequence[TensorSpec]) -> dict[str, list[int]]:
        """Return least, usual and most of each axis that `specs` have, counted as the tensors count them."""
        axes = dict.fromkeys(axis for spec in specs for axis in spec.axes if isinstance(axis, str))
        return {
            axis: [sizes[axis_name(axis)] * axis_factor(axis) for sizes in (self.least, self.usual, self.most)]
            for axis in axes
        }


def window_profiles(component: str, *, usual_sessions: int = 1) -> tuple[Profile, ...]:
    """Return a component's profiles: one for each length of window where that decides a shape, else one for all.

    Each profile makes the engine larger (kernels and constants of its own), so none is there twice. One frame is the
    least everywhere: silence can be gated, and speech may fill one frame of a window. The usual call of the temporal
    transformer is one position long (a frame); the longest brings in what was seen and read as well.

    Args:
        component: by name.
        usual_sessions: how many step together as a rule.
    """
    windows = {f"{window_ms} ms": frames for window_ms, frames in WINDOW_FRAMES.items()}
    if component not in FRAMEWISE:
        windows = {"200 to 400 ms": max(WINDOW_FRAMES.values())}
    return tuple(_profile(name, frames, component, usual_sessions) for name, frames in windows.items())


def _profile(name: str, frames: int, component: str, usual_sessions: int) -> Profile:
    most_time = MOST_POSITIONS if component == "temporal_transformer" else MOST_PATCHES
    return Profile(
        name=name,
        least={"batch": 1, "frames": 1, "time": 1, "tokens": TOKENS["least"]},
        usual={"batch": usual_sessions, "frames": frames, "time": 1, "tokens": TOKENS["usual"]},
        most={"batch": MOST_SESSIONS, "frames": frames, "time": most_time, "tokens": TOKENS["most"]},
    )


def find_profile(component: str, sizes: Mapping[str, int]) -> int:
    """Return the index of the first profile of a component that holds lengths `sizes`.

    Raises:
        EngineError: none does; the message says which axis is out of range.
    """
    profiles = window_profiles(component)
    for index, profile in enumerate(profiles):
        if profile.holds(sizes):
            return index
    widest = profiles[-1]
    outside = [
        f"{axis} {size} (from {widest.least[axis]} to {widest.most[axis]})"
        for axis, size in sizes.items()
        if axis in widest.most and not widest.least[axis] <= size <= widest.most[axis]
    ]
    names = ", ".join(profile.name for profile in profiles)
    raise EngineError(f"{component}: no profile holds {', '.join(outside)}: profiles are for windows of {names}")
