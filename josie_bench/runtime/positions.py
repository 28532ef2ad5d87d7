"""What goes into the temporal transformer: blocks of positions, and where each stands.

Every frame and every typed token advances one counter. A vision token stands at (instant, counter + row, counter +
column), where a window's temporal patches are spread over the frames it lasts; a guest's token at (counter, counter,
counter + its number). Neither advances the counter: what is seen in a window lies at the same time as what is heard
in it. Without M-RoPE every token has the next number on all three axes.

Qwen2.5-VL gives a vision token the same place, if a second is 20 positions long. It lets text resume behind the
picture, by an amount that changed between its versions, where here speech goes on beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.model.sizes import ABSENT, FRAME, VISION, ModelSizes

Ints = NDArray[np.int64]
Block = dict[str, NDArray[Any]]


class Positions:
    """Makes blocks of positions, and counts.

    Attributes:
        counter: where the next frame or typed token stands.
    """

    def __init__(self, sizes: ModelSizes) -> None:
        self.counter = 0
        self._streams = sizes.streams
        self._has_m_rope = sizes.temporal.m_rope
        self._codebooks = {"vision": sizes.vision.codebooks} | {guest.name: guest.codebooks for guest in sizes.guests}
        self._kinds = {"vision": VISION} | {guest.name: VISION + 1 + i for i, guest in enumerate(sizes.guests)}

    def frames(self, own: Ints, heard: Ints | None) -> Block:
        """Return positions of frames.

        Args:
            own: `[frames, 1 + codebooks]`, text and codes of the frame before each.
            heard: `[frames, codebooks]`, or None where audio is absent.
        """
        tokens = np.full((len(own), self._streams), ABSENT, dtype=np.int64)
        tokens[:, : own.shape[1]] = own
        if heard is not None:
            tokens[:, own.shape[1] :] = heard
        return self._block(FRAME, tokens, self._numbers(len(own)))

    def text(self, ids: Sequence[int]) -> Block:
        """Return positions of typed tokens."""
        tokens = np.full((len(ids), self._streams), ABSENT, dtype=np.int64)
        tokens[:, 0] = ids
        return self._block(FRAME, tokens, self._numbers(len(ids)))

    def vision(self, codes: Ints, columns: int, frame_count: int) -> Block:
        """Return positions of vision tokens.

        Args:
            codes: `[patches in time, tokens, codebooks]`, tokens row by row.
            columns: tokens in a row.
            frame_count: frames that the window lasts.
        """
        patches, tokens, codebooks = codes.shape
        instant = np.arange(patches) * frame_count // patches
        row, column = np.divmod(np.arange(tokens), columns)
        places = np.stack(
            (np.repeat(instant, tokens), np.tile(row, patches), np.tile(column, patches)), axis=-1
        ) + np.int64(self.counter)
        return self._seen("vision", codes.reshape(-1, codebooks), places)

    def guest(self, name: str, codes: Ints) -> Block:
        """Return positions of a guest's tokens, `codes` `[tokens, codebooks]`."""
        places = np.full((len(codes), 3), self.counter, dtype=np.int64)
        places[:, 2] += np.arange(len(codes))
        return self._seen(name, codes, places)

    def _seen(self, name: str, codes: Ints, places: Ints) -> Block:
        if not self._has_m_rope:
            places = self._numbers(len(codes))
        tokens = np.full((len(codes), self._streams), ABSENT, dtype=np.int64)
        return self._block(self._kinds[name], tokens, places) | {name: codes[None]}

    def _numbers(self, count: int) -> Ints:
        """Return the next `count` numbers on all three axes, `[count, 3]`, and count them."""
        numbers = self.counter + np.arange(count, dtype=np.int64)
        self.counter += count
        return np.repeat(numbers[:, None], 3, axis=1)

    def _block(self, kind: int, tokens: Ints, places: Ints) -> Block:
        count = len(tokens)
        absent = {
            name: np.full((1, count, codebooks), ABSENT, dtype=np.int64) for name, codebooks in self._codebooks.items()
        }
        kinds = np.full((1, count), kind, dtype=np.int64)
        return absent | {"tokens": tokens[None], "kind": kinds, "positions": places[None]}


def join(blocks: Sequence[Block]) -> Block:
    """Return blocks behind one another."""
    if len(blocks) == 1:
        return blocks[0]
    return {name: np.concatenate([block[name] for block in blocks], axis=1) for name in blocks[0]}
