"""What engines with profiles cannot take: these run between the shapes that they are built for, and no others.

Words are not looked at, for they are not known before they come: the longest profile leaves room for 64 tokens of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from josie_bench.backends import has_profiles
from josie_bench.errors import EngineError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.terms.case import Case
from josie_bench.terms.profile import find_profile

# By the axis that is out of range: the settings that decide it, and how to mend them.
BLAMED = {
    "batch": (("capacity.most", "sessions", "admit"), "lower sessions, admit or capacity.most"),
    "frames": (("blocks.lengths", "hop", "window"), "take a shorter window, or a shorter hop"),
    "time": (("temporal_patches", "token_budget"), "take fewer temporal_patches, or a smaller token_budget"),
    "tokens": (("token_budget", "preset"), "take a smaller token_budget"),
}


def profile_misfit(case: Case) -> tuple[tuple[str, ...], str] | None:
    """Return why no profile of a case's engines holds its steps: the settings to mend, and what is wrong with how.

    None where one does, and where no engine has profiles.
    """
    for component, axis, length in _lengths(case):
        backend, _ = case.engines.of(component)
        if not has_profiles(find_member("backends", backend)):
            continue
        try:
            find_profile(component, {axis: length})
        except EngineError as error:
            settings, mend = BLAMED[axis]
            return (*settings, "backend"), f"{backend}: {error}: {mend}, or another backend"
    return None


def _lengths(case: Case) -> Iterator[tuple[str, str, int]]:
    """Yield component, axis and its longest length for what sessions and windows bring; sound comes by the hop."""
    sizes = find_sizes(case.model)
    if case.sessions.is_batched:
        together = case.sessions.seats if case.capacity is None else case.capacity.most
        yield from ((component, "batch", together) for component in sizes.components)
    frames = round(max(case.blocks.lengths_ms or (case.hop_ms,)) / sizes.frame_ms)
    for component in ("audio_encoder", "audio_decoder"):
        yield component, "frames", frames
    patches = tokens = 0
    if "vision" in case.modalities:
        patches, tokens = case.temporal_patches, case.token_budget or sizes.vision.token_budget
        yield "vision_encoder", "time", patches
        yield "vision_encoder", "tokens", tokens
    is_together = case.conversation.mode == "turn" or case.conversation.silence == "speculated"
    yield "temporal_transformer", "time", (frames if is_together else 1) + patches * tokens
