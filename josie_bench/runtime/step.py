"""One window through all components: the only wiring of the model, whatever runs the components.

A frame's position in the temporal sequence holds the tokens drawn for the frame before and the codes heard in this
one. Acoustic codes run one frame behind semantic ones, on both sides, so that a frame's content is drawn before its
sound; a window's sound is therefore that of the frames up to the one before its last. What is seen and typed comes in
at the start of a window as positions of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.backends import FRAME, Executable, Forkable, Fusible, GpuSpan, HandOn, Held, OnDevice
from josie_bench.errors import EngineError
from josie_bench.model.sizes import OVERLAP, VISION, ModelSizes
from josie_bench.probes.latency import now_ns
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.calls import Call, Calls, alone
from josie_bench.runtime.draws import Draws, Floats
from josie_bench.runtime.patches import cut_patches, patch_layout, token_grid
from josie_bench.runtime.positions import Block, Ints, Positions, join
from josie_bench.runtime.said import Said, stretches
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.window import Window

Array = NDArray[Any]
OPEN_TURN = "<|im_start|>user\n"
ANSWER_TURN = "<|im_end|>\n<|im_start|>assistant\n"
END_ANSWER = "<|im_end|>\n"
LAST_FRAME: HandOn = {"hidden": lambda outputs: outputs["hidden"][0, -1:]}


class Step:
    """The wiring and the few numbers it carries; everything else is in the executables.

    Args:
        executables: by component.
        encode_text: words → token ids.
        conversation: who speaks when, and what silence costs.
        temperature: 0 draws the likeliest token; above, Gumbel noise from `seed` is scaled by it.
        token_budget: the most vision tokens of one temporal patch.
        prepare: for each guest, what turns a window's share of it into its component's inputs.
        fuses: whether a frame is one call of temporal and depth transformer together, which are `Fusible`.
    """

    def __init__(
        self,
        sizes: ModelSizes,
        executables: Mapping[str, Executable],
        encode_text: Callable[[str], list[int]],
        conversation: Conversation | None = None,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        token_budget: int | None = None,
        prepare: Mapping[str, Callable[[Array], Mapping[str, Array]]] | None = None,
        fuses: bool = False,
    ) -> None:
        self.sizes = sizes
        self.executables = executables
        self._fuses = fuses
        self._run = {**executables, **({FRAME: _frame(executables)} if fuses else {})}
        self._on_device = {name: found for name, found in executables.items() if isinstance(found, OnDevice)}
        self._stays = self._on_device.keys() >= {"temporal_transformer", "depth_transformer"}
        self._encode_text = encode_text
        self._rules = conversation or Conversation()
        self._temperature = temperature
        self._seed = seed
        self._budget = token_budget or sizes.vision.token_budget
        self._prepare = prepare or {}
        self._not_yet = sizes.audio.card  # the code of a frame that is not there yet, or has no sound
        self._nothing = np.full(1 + sizes.audio.codebooks, self._not_yet, dtype=np.int64)
        self._nothing[0] = sizes.text.pad_id
        self._silence = self._nothing.copy()
        self._silence[0] = sizes.text.silence_id
        self._spans: list[tuple[str, int, int]] = []
        self._is_finite = True
        self._still: Mapping[str, Held] | None = None
        self.reset()

    def over(self, executables: Mapping[str, Executable]) -> Step:
        """Return a step with the same rules over other executables, at the start of a session."""
        return Step(
            self.sizes,
            executables,
            self._encode_text,
            self._rules,
            temperature=self._temperature,
            seed=self._seed,
            token_budget=self._budget,
            prepare=self._prepare,
            fuses=self._fuses,
        )

    def gpu_spans(self) -> list[GpuSpan]:
        """Return when the components were at work on a GPU since this was last asked; none where that is not told."""
        return [span for executable in self._on_device.values() for span in executable.gpu_spans()]

    def beside(self) -> Step:
        """Return a step of another session on the same engines, at its start.

        Raises:
            EngineError: an engine can hold one session only.
        """
        return self.over({name: forked(name, executable) for name, executable in self.executables.items()})

    def reset(self) -> None:
        """Return to the start of a session."""
        for executable in self.executables.values():
            executable.reset()
        text = self.sizes.text
        allowed = (text.end_id if self._rules.mode == "turn" else text.silence_id, text.pad_id)
        self._draws = Draws(self.sizes, allowed, temperature=self._temperature, seed=self._seed)
        self._noise: list[tuple[Floats, Floats]] = []
        self._positions = Positions(self.sizes)
        self._heard_acoustic = self._nothing[2:]
        self._turn: str | None = None
        self._has_answered = self._is_decoding = False
        self._fall_silent()

    def _fall_silent(self) -> None:
        """Forget what was last said, so that what comes next begins a new stretch of speech."""
        self._own = self._nothing
        self._has_spoken = False

    def __call__(self, window: Window) -> Answer:
        """Return the answer to one window.

        Raises:
            ValueError: the window's audio is not a whole number of frames.
        """
        return alone(self.answering(window), self._run)

    def answering(self, window: Window) -> Calls[Answer]:
        """Yield the calls that one window needs and return its answer.

        Raises:
            ValueError: the window's audio is not a whole number of frames.
        """
        self._spans = []
        self._is_finite = True
        frames = window.frame_count
        said = Said(
            text_ids=np.full(frames, self.sizes.text.pad_id, dtype=np.int64),
            codes=np.zeros((1, self.sizes.audio.codebooks, frames), dtype=np.int64),
            is_spoken=np.zeros(frames, dtype=np.bool_),
        )
        taken_in = yield from (self._take_turns if self._rules.mode == "turn" else self._talk)(window, said)
        audio = yield from self._decode(said)
        return Answer(
            audio=audio,
            text_ids=said.text_ids,
            codes=said.codes,
            is_silent=~said.is_spoken,
            vision_tokens=sum(int((block["kind"] == VISION).sum()) for block in taken_in),
            spans=tuple(self._spans),
            is_drawn_from_numbers=self._is_finite,
        )

    def _talk(self, window: Window, said: Said) -> Calls[list[Block]]:
        """Listen and speak at once; return what was seen and read."""
        heard = yield from self._listen(window)
        before = taken_in = yield from self._take_in(window)
        rules = self._rules
        must_listen = rules.turn_taking == "listen" or (
            rules.turn_taking == "recording" and bool(window.is_user_speaking)
        )
        while said.frame < window.frame_count:
            expects_silence = rules.silence == "speculated" and not self._has_spoken
            count = window.frame_count - said.frame if expects_silence else 1
            codes = None if heard is None else heard[said.frame : said.frame + count]
            yield from self._advance(before, codes, said, count=count, must_listen=must_listen)
            before = []
        return taken_in

    def _take_turns(self, window: Window, said: Said) -> Calls[list[Block]]:
        """Listen while the user holds the turn, else answer until the turn's end is drawn; return what was read.

        The user holds it while `is_user_speaking`; typed text is a turn, or part of one that is held. Between turns
        nothing is taken in and nothing runs.
        """
        before: list[Block] = []
        is_held = bool(window.is_user_speaking)
        if is_held or window.text is not None:
            if self._turn != "user":
                self._turn = "user"
                if "audio_encoder" in self._run:
                    self._run["audio_encoder"].reset()
                self._heard_acoustic = self._nothing[2:]
                self._fall_silent()
                before.append(self._words((END_ANSWER if self._has_answered else "") + OPEN_TURN))
            before += yield from self._take_in(window)
        if is_held:
            unsaid = np.tile(self._nothing, (window.frame_count, 1))
            frames = self._positions.frames(unsaid, (yield from self._listen(window)))
            yield from self._call("temporal_transformer", join([*before, frames]))
            return before
        if self._turn == "user":
            self._turn, self._has_answered = "model", True
            before.append(self._words(ANSWER_TURN))
        ahead = before
        while self._turn == "model" and said.frame < window.frame_count:
            yield from self._advance(ahead, None, said, count=1, must_listen=False)
            ahead = []
            if self._own[0] == self.sizes.text.end_id:
                self._turn = None
        return before

    def _advance(
        self, before: list[Block], heard: Ints | None, said: Said, *, count: int, must_listen: bool
    ) -> Calls[None]:
        """Draw the next frames in one pass, expecting silence in all but the last, and keep those drawn as expected.

        A frame's inputs are what was drawn before it, so the first frame that is not silent is itself right, and all
        behind it are taken back. With `count` 1 nothing is expected.
        """
        own = np.tile(self._silence, (count, 1))
        own[0] = self._own
        block = join([*before, self._positions.frames(own, heard)])
        if self._fuses and count == 1:
            noise = self._noise_of(count, must_listen=must_listen)
            outputs = yield from self._call(FRAME, {**block, **noise}, stays=True)
            drawn = np.asarray(outputs["tokens"])
            hidden = outputs["hidden"][0, -1:]
        else:
            outputs = yield from self._call("temporal_transformer", block, stays=self._stays)
            hidden = outputs["hidden"][0, -count:]
            noise = self._noise_of(count, must_listen=must_listen)  # while a GPU is at work on what was asked
            drawn = (yield from self._call("depth_transformer", {"hidden": hidden, **noise}))["tokens"]
        # Looked at here, for until now nobody had to wait for them: a token is drawn from NaN as well.
        self._is_finite &= bool(np.isfinite(np.asarray(hidden)).all())
        spoken = np.flatnonzero(drawn[:, 0] != self.sizes.text.silence_id)
        settled = int(spoken[0]) + 1 if len(spoken) else count
        if settled < count:
            self._run["temporal_transformer"].undo()
            surplus = count - settled
            self._positions.counter -= surplus
            settled_block = {name: array[:, :-surplus] for name, array in block.items()}
            yield from self._call("temporal_transformer", settled_block, stays=self._stays)
        del self._noise[:settled]
        for row in drawn[:settled]:
            self._say(row, said)

    def _say(self, drawn: Ints, said: Said) -> None:
        """Note one frame's tokens `[1 + codebooks]`: its text, and the sound of the frame before it."""
        is_silent = drawn[0] == self.sizes.text.silence_id
        row = drawn.copy()
        if self._rules.silence != "drawn":
            if not self._has_spoken:
                row[2:] = self._not_yet
            if is_silent:
                row[1] = self._not_yet
        said.text_ids[said.frame] = row[0]
        said.is_spoken[said.frame] = self._has_spoken
        if self._own[1] != self._not_yet:
            said.codes[0, 0, said.frame] = self._own[1]
            said.codes[0, 1:, said.frame] = row[2:]
        said.frame += 1
        self._own, self._has_spoken = row, not is_silent

    def _decode(self, said: Said) -> Calls[NDArray[np.float32]]:
        """Return the window's sound: that of spoken frames, and behind the last of them what the decoder gives late.

        Where silence is gated, each stretch of speech is decoded from a fresh state.
        """
        spoken, late = said.is_spoken, self.sizes.audio.delay_samples
        ends = np.append(self._is_decoding, spoken[:-1]) & ~spoken  # frames into which the sound of the last reaches
        audio = np.zeros((len(spoken), self.sizes.audio.frame_samples), dtype=np.float32)
        if self._rules.silence == "drawn" and self._rules.mode == "realtime":
            sound = yield from self._call("audio_decoder", {"codes": said.codes})
            audio[:] = sound["audio"].reshape(audio.shape)
            audio[~spoken & ~ends] = 0.0
            audio[ends, late:] = 0.0
        else:
            yield from self._decode_stretches(said, ends, audio)
        self._is_decoding = bool(spoken[-1])
        return audio.reshape(-1)

    def _decode_stretches(self, said: Said, ends: NDArray[np.bool_], audio: NDArray[np.float32]) -> Calls[None]:
        """Fill `audio` `[frames, samples]` where something is said, and at `ends` with what the decoder still holds."""
        late = self.sizes.audio.delay_samples
        if ends[0] and late:
            audio[0, :late] = self._overlap()
        for first, end in stretches(said.is_spoken):
            if first or not self._is_decoding:
                self._run["audio_decoder"].reset()
            codes = np.ascontiguousarray(said.codes[..., first:end])
            sound = yield from self._call("audio_decoder", {"codes": codes})
            audio[first:end] = sound["audio"].reshape(end - first, -1)
            if end < len(ends) and late:
                audio[end, :late] = self._overlap()

    def _overlap(self) -> Array:
        held: Array = self._run["audio_decoder"].state(OVERLAP)[OVERLAP][0, 0]
        return held

    def _call(self, component: str, inputs: Mapping[str, Any], *, stays: bool = False) -> Calls[Mapping[str, Any]]:
        returned = yield Call(component, inputs, stays)
        self._spans.append((component, returned.start_ns, returned.end_ns))
        return returned.outputs

    def _listen(self, window: Window) -> Calls[Ints | None]:
        """Return the user's codes `[frames, codebooks]`, acoustic ones a frame late; None where audio is absent."""
        if window.audio is None:
            self._heard_acoustic = self._nothing[2:]
            return None
        samples = self.sizes.audio.frame_samples
        frames, rest = divmod(len(window.audio), samples)
        if rest or frames != window.frame_count:
            lasts = f"{window.frame_count} frames of {samples}"
            raise ValueError(f"a window of {len(window.audio)} samples is not {lasts}: not whole frames of its length")
        codes = (yield from self._call("audio_encoder", {"audio": window.audio[None]}))["codes"][0]
        heard: Ints = codes.T.copy()
        heard[1:, 1:] = codes[1:, :-1].T
        heard[0, 1:] = self._heard_acoustic
        self._heard_acoustic = codes[1:, -1].copy()
        return heard

    def _take_in(self, window: Window) -> Calls[list[Block]]:
        """Return the positions of what is seen and read, which come before the window's first frame."""
        blocks = [(yield from self._look(window))] if window.frames else []
        for name, arrived in window.guests.items():
            found = yield from self._call(f"{name}_encoder", self._prepare[name](arrived))
            blocks.append(self._positions.guest(name, found["codes"][0]))
        if window.text is not None and (ids := self._encode_text(window.text)):
            blocks.append(self._positions.text(ids))
        return blocks

    def _look(self, window: Window) -> Calls[Block]:
        sizes = self.sizes.vision
        start = now_ns()
        height, width = window.frames[0].shape[:2]
        rows, columns = token_grid(height, width, self._budget, sizes.token_pixels)
        layout = patch_layout(rows, columns, sizes.merge, sizes.cells)
        patches = cut_patches(window.frames, sizes, layout)
        self._spans.append(("prepare", start, now_ns()))
        inputs: dict[str, Array] = {"patches": patches, "grid": layout.grid, "cell": layout.cell}
        codes = (yield from self._call("vision_encoder", inputs))["codes"][0]
        return self._positions.vision(codes, columns, window.frame_count)

    def _words(self, text: str) -> Block:
        return self._positions.text(self._encode_text(text))

    def _noise_of(self, count: int, *, must_listen: bool) -> dict[str, Any]:
        """Return what the depth transformer takes beside the hidden states of so many frames."""
        self._noise += self._draws.frames(count - len(self._noise))
        forced = np.full((count, len(self._nothing)), -1, dtype=np.int64)
        if must_listen:
            forced[:, 0] = self.sizes.text.silence_id
        noise: Mapping[str, Any] = {
            "text_noise": stacked([text for text, _ in self._noise[:count]]),
            "audio_noise": stacked([audio for _, audio in self._noise[:count]]),
        }
        if self._stays and count == 1 and not self._temperature:  # the same for every frame: it lies there already
            hold = self._on_device["depth_transformer"].hold
            noise = self._still = self._still or {name: hold(array) for name, array in noise.items()}
        return {**noise, "forced": forced}


def _frame(executables: Mapping[str, Executable]) -> Executable:
    """Return temporal and depth transformer in one piece.

    Raises:
        EngineError: the temporal transformer's executable cannot be joined with another.
    """
    first = executables["temporal_transformer"]
    if not isinstance(first, Fusible):
        raise EngineError("fused: the temporal transformer cannot be joined with the depth transformer: leave it out")
    return first.fused_with(executables["depth_transformer"], LAST_FRAME)


def forked(name: str, executable: Executable) -> Executable:
    """Return the same engine with a state of its own.

    Raises:
        EngineError: its backend holds one session.
    """
    if not isinstance(executable, Forkable):
        raise EngineError(f"{name}: its backend holds one session: set sessions to 1, or take another backend")
    return executable.fork()


def stacked(rows: Sequence[Array]) -> Array:
    """Return `[rows, …]`; a single row as it lies, for copying a vocabulary's noise for each frame costs 14 µs."""
    return rows[0][None] if len(rows) == 1 else np.stack(rows)
