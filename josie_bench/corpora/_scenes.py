"""A small language about coloured shapes that move: what `shapes` draws and `synthetic_speech` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")

COLOURS = ("red", "green", "blue", "yellow", "orange", "purple", "white", "pink")
SHAPES = ("square", "circle", "triangle", "diamond", "cross", "ring")
SIZES = ("small", "large")
DIRECTIONS = {"to the left": (-1, 0), "to the right": (1, 0), "up": (0, -1), "down": (0, 1)}  # pixels, y grows downward
SPEEDS = ("slowly", "quickly")

ASKED = (
    "where is the {colour} {shape}",
    "what colour is the {shape}",
    "which shape is moving {direction}",
    "do you see the {size} {colour} {shape}",
    "is the {colour} {shape} moving {direction}",
    "tell me when the {colour} {shape} stops",
    "look at the {size} {shape} now please",
    "how fast does the {colour} {shape} go",
)
ANSWERED = (
    "yes the {colour} {shape} is going {direction}",
    "no it is the {size} {colour} {shape}",
    "i see a {colour} {shape} and a {other} one",
    "it has stopped next to the {colour} {shape}",
    "the {shape} is {colour} and not {other}",
    "now the {colour} {shape} goes {direction} {speed}",
)
BACK_CHANNELS = ("yes", "okay", "right", "i see", "good", "oh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One shape on a dark field.

    Attributes:
        size: one of `SIZES`.
        colour: one of `COLOURS`.
        shape: one of `SHAPES`.
        direction: one of `DIRECTIONS`, or None where it stands still.
        speed: one of `SPEEDS`, or None where it stands still.
    """

    size: str
    colour: str
    shape: str
    direction: str | None
    speed: str | None

    @property
    def caption(self) -> str:
        """What is to be seen, in a sentence."""
        what = f"the {self.size} {self.colour} {self.shape} is"
        return f"{what} standing still" if self.direction is None else f"{what} moving {self.speed} {self.direction}"


def draw_scene(draws: Random) -> Scene:
    """Return a scene; one in nine stands still."""
    direction = pick(draws, (*DIRECTIONS, *DIRECTIONS, None))
    return Scene(
        size=pick(draws, SIZES),
        colour=pick(draws, COLOURS),
        shape=pick(draws, SHAPES),
        direction=direction,
        speed=None if direction is None else pick(draws, SPEEDS),
    )


def draw_sentence(draws: Random) -> str:
    """Return something to say about a scene: a statement, a question or an answer."""
    kind = pick(draws, ("stated", "asked", "answered"))
    if kind == "stated":
        scene = draw_scene(draws)
        return pick(draws, (scene.caption, scene.caption.replace(f"{scene.size} ", "", 1)))
    colour = pick(draws, COLOURS)
    return pick(draws, ASKED if kind == "asked" else ANSWERED).format(
        colour=colour,
        other=pick(draws, [other for other in COLOURS if other != colour]),
        shape=pick(draws, SHAPES),
        size=pick(draws, SIZES),
        direction=pick(draws, tuple(DIRECTIONS)),
        speed=pick(draws, SPEEDS),
    )


def pick(draws: Random, things: Sequence[Thing]) -> Thing:
    """Return one of the things, each as likely as the next; of all draws `random` alone is the same in any Python."""
    return things[int(draws.random() * len(things))]
