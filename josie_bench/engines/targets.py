"""The GPUs that engines can be built for, by the names that folders and the command line use."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.errors import UsageError
from josie_bench.plugins import find_member, member_names, unknown_name

GPUS = {
    "sm75": "T4, RTX 20",
    "sm80": "A100, A30",
    "sm86": "A10, RTX 30",
    "sm87": "Jetson Orin",
    "sm89": "L4, L40S, RTX 40",
    "sm90": "H100, H200",
    "sm100": "B200",
    "sm103": "B300",
    "sm120": "RTX 50, RTX PRO Blackwell",
    "sm121": "GB10",
}


def read_targets(words: str) -> tuple[str, ...]:
    """Return the targets in `sm80,sm89`, each once.

    Raises:
        UsageError: one is no GPU; the message names the near one.
    """
    targets = tuple(dict.fromkeys(word.strip() for word in words.split(",")))
    for target in targets:
        if target not in GPUS:
            raise UsageError(unknown_name("target", target, GPUS))
    return targets


def check_buildable(backend: str, precision: str, targets: Sequence[str]) -> None:
    """Say why a backend cannot build at a precision for all of the targets, if it cannot.

    Raises:
        UsageError: it never builds for one of them, or has no such precision.
        UnavailableError: it cannot here.
    """
    member = find_member("backends", backend)
    if not member.TARGETS:
        others = [name for name in member_names("backends") if find_member("backends", name).TARGETS]
        raise UsageError(f"{backend} builds for no named GPU: add --backend with one of {', '.join(others)}")
    if precision not in member.PRECISIONS:
        raise UsageError(f"{backend} has no precision {precision!r}: it has {', '.join(member.PRECISIONS)}")
    for target in targets:
        if target not in member.TARGETS:
            known = ", ".join(member.TARGETS)
            raise UsageError(f"{backend} compiles for no {target} ({GPUS[target]}): its targets are {known}")
    for target in targets:
        reason = member.cannot_build(target)
        if reason is not None:
            raise reason
