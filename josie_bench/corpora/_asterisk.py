"""Where the voice prompts of Asterisk lie in their packages, and which of them hold no speech."""

from __future__ import annotations

SOUNDS = "usr/share/asterisk/sounds"
SUFFIX = ".g722"
VERSION = "1.6.1-1"

# Tones, silence and screaming monkeys.
NOT_SPOKEN = {"ascending-2tone", "descending-2tone", "beep", "beeperr", "tt-monkeys"} | {
    *("confbridge-join", "confbridge-leave"),
    *(f"silence/{seconds}" for seconds in range(1, 11)),
}


def package_file(name: str) -> str:
    """Return the file name of one of the packages."""
    return f"{name}_{VERSION}_all.deb"
