"""A tape as the sequence of positions that a session over it would make, and what is to be drawn at each frame.

It is laid by the session's own `runtime.positions` and by the rules of `runtime.step`: a frame holds what was drawn for
the frame before and what is heard in this one, acoustic codes one frame late on both sides; what is seen and typed
comes before a frame. A test holds both against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from josie_bench.model.sizes import ABSENT, FRAME, ModelSizes
from josie_bench.runtime.positions import Block, Positions, join

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int16]
SLIP_SHARE = 0.15  # of words' tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is seen and typed in a window, which comes before its first frame.

    Attributes:
        at: that frame.
        typed: ids; empty where nothing is typed.
        seen: codes `[patches in time, tokens, codebooks]`, or None.
        columns: tokens in a row of what is seen.
        frame_count: frames of the window.
    """

    at: int
    typed: tuple[int, ...] = ()
    seen: Ints | None = None
    columns: int = 1
    frame_count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """A stretch of a session, frame by frame.

    Attributes:
        heard: the user's codes `[frames, codebooks]`, as the encoder gives them.
        own: the codes of what the model is to say, likewise.
        text: ids `[frames]` that it is to write.
        aloud: bool `[frames]`, whether it says something that is to be heard.
        starts: bool `[frames]`, whether a crop may begin there: what comes does not hang on what was before.
        taken: what is seen and typed.
    """

    heard: Codes
    own: Codes
    text: Codes
    aloud: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.bool_]
    taken: tuple[Taken, ...] = ()

    def cut(self, first: int, end: int) -> Tape:
        """Return the frames from `first` up to `end`."""
        taken = tuple(replace(each, at=each.at - first) for each in self.taken if first <= each.at < end)
        return Tape(**{part: getattr(self, part)[first:end] for part in PARTS}, taken=taken)


PARTS = ("heard", "own", "text", "aloud", "starts")  # of a tape, frame by frame


def joined(tapes: Sequence[Tape]) -> Tape:
    """Return tapes one behind the other."""
    firsts = np.cumsum([0, *(len(tape.text) for tape in tapes)])
    return Tape(
        **{part: np.concatenate([getattr(tape, part) for tape in tapes]) for part in PARTS},
        taken=tuple(
            replace(each, at=each.at + int(first))
            for tape, first in zip(tapes, firsts, strict=False)
            for each in tape.taken
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Sequences of as many frames, filled up behind.

    Attributes:
        inputs: of the temporal transformer, by name, `[batch, positions, …]`.
        frames: where each frame stands, int64 `[batch, frames]`.
        tokens: what is to be drawn at each frame, int64 `[batch, frames, 1 + codebooks]`.
        aloud: bool `[batch, frames]`, whether codes of what is to be heard are drawn at the frame, and are learnt.
        silent: bool `[batch, frames]`, whether nothing that is to be heard is; neither is where a voice is hidden.
    """

    inputs: dict[str, Tensor]
    frames: Tensor
    tokens: Tensor
    aloud: Tensor
    silent: Tensor

    def on(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        parts = {name: getattr(self, name).to(device) for name in ("frames", "tokens", "aloud", "silent")}
        return Batch(inputs={name: tensor.to(device) for name, tensor in self.inputs.items()}, **parts)


def batch_of(
    tapes: Sequence[Tape],
    sizes: ModelSizes,
    *,
    are_gated: Sequence[bool],
    are_hidden: Sequence[bool] | None = None,
    are_misled: Sequence[bool] | None = None,
    slips: np.random.Generator | None = None,
) -> Batch:
    """Return tapes of one length as a batch, each from the start of a session.

    Args:
        tapes: each of as many frames.
        sizes: of the model.
        are_gated: for each, whether a silent frame has no audio codes, or those of silence: the two kinds of `silence`
            that a conversation can have.
        are_hidden: for each, whether its own voice is kept from it, and nothing of it learnt: the sound of a word's
            begin tells how it goes on, and whoever writes by that need not look. Without it none is.
        are_misled: for each whose voice is hidden, whether the voice of the tape before stands where its own was, and
            not silence: who goes on by itself hears a voice behind it, and is to look nevertheless. Without it none is.
        slips: draws words that were written wrong, as the model finds them behind it when it goes on by itself; without
            it none is.
    """
    blocks, frames, tokens, aloud, silent = [], [], [], [], []
    nobody = [False] * len(are_gated)
    hidden, misled = are_hidden or nobody, are_misled or nobody
    for at, (tape, is_gated, is_hidden) in enumerate(zip(tapes, are_gated, hidden, strict=True)):
        drawn = noted = drawn_tokens(tape)
        says = tape.text != sizes.text.silence_id
        is_misled = is_hidden and misled[at] and tapes[at - 1].aloud.any()
        if is_misled:
            noted = drawn_tokens(in_voice_of(tape, tapes[at - 1]))
        elif is_hidden:
            says = np.zeros_like(says)
        if is_gated or (is_hidden and not is_misled):
            noted = fed_back(noted, says, sizes)
        if slips is not None:
            drawn, noted = drawn.copy(), noted.copy()
            noted[:, 0], drawn[:, 0] = slipped(drawn[:, 0], sizes, slips)
        block, places = _sequence(tape, sizes, noted)
        blocks.append(block)
        frames.append(places)
        tokens.append(drawn)
        is_said = tape.aloud | np.append(False, tape.aloud[:-1])
        aloud.append(is_said & ~np.array(is_hidden))
        silent.append(~is_said)
    longest = max(block["kind"].shape[1] for block in blocks)
    filled = [_filled(block, longest) for block in blocks]
    return Batch(
        inputs={name: torch.from_numpy(np.concatenate([block[name] for block in filled])) for name in filled[0]},
        frames=torch.from_numpy(np.stack(frames)),
        tokens=torch.from_numpy(np.stack(tokens)),
        aloud=torch.from_numpy(np.stack(aloud)),
        silent=torch.from_numpy(np.stack(silent)),
    )


def drawn_tokens(tape: Tape) -> Ints:
    """Return what is to be drawn at each frame, `[frames, 1 + codebooks]`; acoustic codes are the frame before's.

    Those of a first frame, which nothing is before, are its own.
    """
    own = tape.own.astype(np.int64)
    late = np.concatenate((own[:1], own[:-1]))
    return np.concatenate((tape.text.astype(np.int64)[:, None], own[:, :1], late[:, 1:]), axis=1)


def fed_back(drawn: Ints, says: npt.NDArray[np.bool_], sizes: ModelSizes) -> Ints:
    """Return drawn tokens as a gated conversation notes them: a silent frame has no code, nor the frame behind it."""
    noted = drawn.copy()
    noted[~says, 1] = sizes.audio.card
    noted[~np.append(False, says[:-1]), 2:] = sizes.audio.card
    return noted


def in_voice_of(tape: Tape, other: Tape) -> Tape:
    """Return a tape that sounds, wherever it says something, as another from where that one begins to say something."""
    begins, ends = _turns(other)
    own = tape.own.copy()
    for index, (first, end) in enumerate(zip(*_turns(tape), strict=True)):
        turn = index % len(begins)
        own[first:end] = np.resize(other.own[begins[turn] : ends[turn]], own[first:end].shape)
    return replace(tape, own=own)


def _turns(tape: Tape) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where a tape begins to say something, and where each of that ends."""
    edges = np.diff(tape.aloud.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)


def slipped(text: Ints, sizes: ModelSizes, draw: np.random.Generator) -> tuple[Ints, Ints]:
    """Return what was written where words' tokens slip, and what is to be written at each frame with that behind it.

    Half of those that slip are exchanged for any other, and it goes on as if nothing had happened. The others come a
    frame late: a pad stands there, and all that was to come waits, until a pad or silence makes up for it.
    """
    first, pad, silence = sizes.text.first_special, sizes.text.pad_id, sizes.text.silence_id
    written, wanted, waiting = text.copy(), text.copy(), list[int]()
    slips, exchanged = draw.random(len(text)) < SLIP_SHARE, draw.random(len(text)) < 0.5
    others = draw.integers(0, first, len(text))
    for frame, token in enumerate(text.tolist()):
        if token not in (pad, silence) or not waiting:
            waiting.append(token)
        written[frame] = wanted[frame] = waiting[0]
        if not (waiting[0] < first and slips[frame]) or exchanged[frame]:
            is_other = waiting.pop(0) < first and slips[frame]
            written[frame] = others[frame] if is_other else written[frame]
        else:
            written[frame] = pad
    return written, wanted


def _sequence(tape: Tape, sizes: ModelSizes, noted: Ints) -> tuple[Block, Ints]:
    """Return the positions of a session over a tape, and which of them are its frames."""
    nothing = np.full((1, noted.shape[1]), sizes.audio.card, dtype=np.int64)
    nothing[0, 0] = sizes.text.pad_id
    own = np.concatenate((nothing, noted[:-1]))
    heard = tape.heard.astype(np.int64)
    heard[:, 1:] = np.concatenate((np.full_like(heard[:1, 1:], sizes.audio.card), heard[:-1, 1:]))
    positions, blocks, places = Positions(sizes), [], np.arange(len(own))
    at = 0
    for taken in (*tape.taken, Taken(at=len(own))):
        if taken.at > at:
            blocks.append(positions.frames(own[at : taken.at], heard[at : taken.at]))
            at = taken.at
        before = len(blocks)
        if taken.seen is not None:
            blocks.append(positions.vision(taken.seen, taken.columns, taken.frame_count))
        if taken.typed:
            blocks.append(positions.text(taken.typed))
        places[at:] += sum(block["kind"].shape[1] for block in blocks[before:])
    return join(blocks), places


def _filled(block: Block, length: int) -> Block:
    """Return a block with positions behind it that hold nothing and that nothing before them sees."""
    fill = {name: FRAME if name == "kind" else 0 if name == "positions" else ABSENT for name in block}
    return {
        name: np.pad(
            array, [(0, 0), (0, length - array.shape[1])] + [(0, 0)] * (array.ndim - 2), constant_values=fill[name]
        )
        for name, array in block.items()
    }
