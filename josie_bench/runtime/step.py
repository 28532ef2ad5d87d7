"""One window through all components: the only wiring of the model, whatever runs the components.

A frame's position in the temporal sequence holds the tokens drawn for the frame before and the codes heard in this
one. Acoustic codes run one frame behind semantic ones, on both sides, so that a frame's content is drawn before its
sound. Vision tokens and typed words come in at the start of a window as positions of their own.

Positions: every frame and every typed token advances one counter; a vision token stands at (counter, counter + row,
counter + column).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.backends import Executable
from josie_bench.model.sizes import ABSENT, FRAME, VISION, ModelSizes
from josie_bench.probes.latency import now_ns
from josie_bench.runtime.patches import cut_patches, patch_layout, token_grid
from josie_bench.terms.window import Window

Ints = NDArray[np.int64]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came out of one window.

    Attributes:
        audio: float32 `[samples]`, as long as the window; zeros where the model is silent.
        text_ids: int64 `[frames]`, silence and padding included.
        codes: int64 `[1, codebooks, frames]` that were decoded.
        is_silent: bool `[frames]`.
        vision_tokens: how many went in.
        spans: (component, start_ns, end_ns) of every call, in order.
    """

    audio: NDArray[np.float32]
    text_ids: Ints
    codes: Ints
    is_silent: NDArray[np.bool_]
    vision_tokens: int
    spans: tuple[tuple[str, int, int], ...]


class Step:
    """The wiring and the few numbers it carries; everything else is in the executables.

    Args:
        executables: by component.
        encode_text: words → token ids.
        temperature: 0 draws the likeliest token; above, Gumbel noise from `seed` is scaled by it.
        token_budget: the most vision tokens of one temporal patch.
        is_turn_taught: seeded weights never fall silent by themselves, so while the user speaks silence is forced.
    """

    def __init__(
        self,
        sizes: ModelSizes,
        executables: Mapping[str, Executable],
        encode_text: Callable[[str], list[int]],
        *,
        temperature: float = 0.0,
        seed: int = 0,
        token_budget: int | None = None,
        is_turn_taught: bool = True,
    ) -> None:
        self.sizes = sizes
        self._run = executables
        self._encode_text = encode_text
        self._temperature = temperature
        self._seed = seed
        self._budget = token_budget or sizes.vision.token_budget
        self._is_turn_taught = is_turn_taught
        self._no_text_noise = np.zeros((1, sizes.text.vocabulary), dtype=np.float32)
        self._no_audio_noise = np.zeros((1, sizes.audio.codebooks, sizes.audio.card), dtype=np.float32)
        self._spans: list[tuple[str, int, int]] = []
        self.reset()

    def reset(self) -> None:
        """Return to the start of a session."""
        for executable in self._run.values():
            executable.reset()
        codebooks, card = self.sizes.audio.codebooks, self.sizes.audio.card
        self._random = np.random.default_rng(self._seed)
        self._position = 0
        self._drawn = np.full(1 + codebooks, card, dtype=np.int64)  # "not yet" ids
        self._drawn[0] = self.sizes.text.pad_id
        self._heard_acoustic = np.full(codebooks - 1, card, dtype=np.int64)
        self._semantic: int | None = None

    def __call__(self, window: Window) -> Answer:
        """Return the answer to one window.

        Raises:
            ValueError: the window's audio is not a whole number of frames.
        """
        self._spans = []
        heard, frames = self._listen(window)
        block = self._look_and_read(window)
        vision_tokens = int((block["kind"] == VISION).sum()) if block is not None else 0
        must_listen = self._is_turn_taught and bool(window.is_user_speaking)
        codes = np.zeros((1, self.sizes.audio.codebooks, frames), dtype=np.int64)
        text_ids = np.zeros(frames, dtype=np.int64)
        is_silent = np.zeros(frames, dtype=np.bool_)
        for frame in range(frames):
            hidden = self._temporal(self._frame_position(heard, frame), block if frame == 0 else None)
            drawn = self._draw(hidden, must_listen=must_listen)
            is_silent[frame] = self._semantic is None or drawn[0] == self.sizes.text.silence_id
            codes[0, 0, frame] = self._semantic or 0
            codes[0, 1:, frame] = drawn[2:] if self._semantic is not None else 0
            text_ids[frame] = drawn[0]
            self._semantic, self._drawn = int(drawn[1]), drawn
        audio = self._call("audio_decoder", {"codes": codes})["audio"][0].copy()
        audio.reshape(frames, -1)[is_silent] = 0.0
        return Answer(
            audio=audio,
            text_ids=text_ids,
            codes=codes,
            is_silent=is_silent,
            vision_tokens=vision_tokens,
            spans=tuple(self._spans),
        )

    def _call(self, component: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        start = now_ns()
        outputs = self._run[component].step(inputs)
        self._spans.append((component, start, now_ns()))
        return outputs

    def _listen(self, window: Window) -> tuple[Ints | None, int]:
        """Return the user's codes `[codebooks, frames]`, None where audio is absent, and the number of frames."""
        samples = self.sizes.audio.frame_samples
        if window.audio is None:
            return None, window.frame_count
        frames, rest = divmod(len(window.audio), samples)
        if rest or not frames:
            raise ValueError(f"a window of {len(window.audio)} samples is not whole frames of {samples}")
        return self._call("audio_encoder", {"audio": window.audio[None]})["codes"][0], frames

    def _look_and_read(self, window: Window) -> dict[str, Array] | None:
        """Return the positions that come before the window's first frame, or None if there are none."""
        blocks = []
        if window.frames:
            blocks.append(self._vision_block(window))
        if window.text:
            blocks.append(self._text_block(self._encode_text(window.text)))
        if not blocks:
            return None
        return {name: np.concatenate([block[name] for block in blocks], axis=1) for name in blocks[0]}

    def _vision_block(self, window: Window) -> dict[str, Array]:
        sizes = self.sizes.vision
        start = now_ns()
        height, width = window.frames[0].shape[:2]
        rows, columns = token_grid(height, width, self._budget, sizes.token_pixels)
        layout = patch_layout(rows, columns, sizes.merge, sizes.cells)
        patches = cut_patches(window.frames, sizes, layout)
        self._spans.append(("prepare", start, now_ns()))
        inputs: dict[str, Array] = {"patches": patches, "grid": layout.grid, "cell": layout.cell}
        codes = self._call("vision_encoder", inputs)["codes"]
        flat = codes.reshape(1, -1, sizes.codebooks)
        offset = np.stack(np.divmod(np.arange(layout.tokens), columns), -1)
        places = np.concatenate((np.zeros((layout.tokens, 1), dtype=np.int64), offset), axis=1) + self._position
        return {
            "tokens": np.full((1, flat.shape[1], self.sizes.streams), ABSENT, dtype=np.int64),
            "vision": flat,
            "kind": np.full((1, flat.shape[1]), VISION, dtype=np.int64),
            "positions": np.tile(places, (codes.shape[1], 1))[None].astype(np.int64),
        }

    def _text_block(self, ids: list[int]) -> dict[str, Array]:
        count = len(ids)
        tokens = np.full((1, count, self.sizes.streams), ABSENT, dtype=np.int64)
        tokens[0, :, 0] = ids
        places = self._position + np.arange(count)
        self._position += count
        return {
            "tokens": tokens,
            "vision": np.full((1, count, self.sizes.vision.codebooks), ABSENT, dtype=np.int64),
            "kind": np.full((1, count), FRAME, dtype=np.int64),
            "positions": np.repeat(places[None, :, None], 3, axis=2).astype(np.int64),
        }

    def _frame_position(self, heard: Ints | None, frame: int) -> dict[str, Array]:
        codebooks = self.sizes.audio.codebooks
        tokens = np.full((1, 1, self.sizes.streams), ABSENT, dtype=np.int64)
        tokens[0, 0, : 1 + codebooks] = self._drawn
        if heard is not None:
            tokens[0, 0, 1 + codebooks] = heard[0, frame]
            tokens[0, 0, 2 + codebooks :] = self._heard_acoustic
            self._heard_acoustic = heard[1:, frame]
        place = np.full((1, 1, 3), self._position, dtype=np.int64)
        self._position += 1
        return {
            "tokens": tokens,
            "vision": np.full((1, 1, self.sizes.vision.codebooks), ABSENT, dtype=np.int64),
            "kind": np.full((1, 1), FRAME, dtype=np.int64),
            "positions": place,
        }

    def _temporal(self, frame: dict[str, Array], block: dict[str, Array] | None) -> Array:
        """Return the hidden state `[1, dim]` of the frame; a block before it goes through in the same pass."""
        if block is not None:
            frame = {name: np.concatenate((block[name], frame[name]), axis=1) for name in frame}
        return self._call("temporal_transformer", frame)["hidden"][:, -1]

    def _draw(self, hidden: Array, *, must_listen: bool) -> Ints:
        """Return the frame's tokens `[1 + codebooks]`."""
        forced = np.full((1, 1 + self.sizes.audio.codebooks), ABSENT, dtype=np.int64)
        if must_listen:
            forced[0, 0] = self.sizes.text.silence_id
        inputs = {
            "hidden": hidden,
            "text_noise": self._noise(self._no_text_noise),
            "audio_noise": self._noise(self._no_audio_noise),
            "forced": forced,
        }
        tokens: Ints = self._call("depth_transformer", inputs)["tokens"][0]
        return tokens

    def _noise(self, silent: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return Gumbel noise of the shape of `silent`, or `silent` itself where draws are greedy."""
        if not self._temperature:
            return silent
        return (self._temperature * self._random.gumbel(size=silent.shape)).astype(np.float32)
