"""How much of what a conversation brings out it has brought out shortly before: n-grams of tokens that come again.

A model that loses itself repeats itself (neural text degeneration: Holtzman et al. 2020, Welleck et al. 2020). A token
counts as repeated if the n-gram that ends with it has ended within the last seconds too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from josie_bench.model.sizes import ModelSizes
from josie_bench.runtime.answer import Answer

NGRAM = 4  # as Welleck's seq-rep-4
HORIZON_MS = 10_000.0
SEMANTIC = 0  # the codebook whose codes stand for what is said


@dataclass(slots=True, kw_only=True)
class Grams:
    """The n-grams of one series of tokens that ended within the last frames.

    Attributes:
        horizon: how many frames.
    """

    horizon: int
    _last: deque[int] = field(default_factory=lambda: deque(maxlen=NGRAM))
    _ended: dict[tuple[int, ...], int] = field(default_factory=dict)  # at which frame, the oldest first

    def is_repeated(self, token: int, frame: int) -> bool:
        """Take in the next token and return whether its n-gram has come within the horizon."""
        while self._ended and frame - (oldest := next(iter(self._ended.items())))[1] > self.horizon:
            del self._ended[oldest[0]]
        self._last.append(token)
        if len(self._last) < NGRAM:
            return False
        gram = tuple(self._last)
        found = self._ended.pop(gram, None) is not None
        self._ended[gram] = frame
        return found


@dataclass(slots=True)
class Repetition:
    """What is repeated in the answers of one conversation, in order.

    Attributes:
        sizes: of the model that answers.
    """

    sizes: ModelSizes
    _frame: int = 0
    _text: Grams = field(init=False)
    _speech: Grams = field(init=False)

    def __post_init__(self) -> None:
        horizon = round(HORIZON_MS / self.sizes.frame_ms)
        self._text, self._speech = Grams(horizon=horizon), Grams(horizon=horizon)

    def of(self, answer: Answer) -> tuple[int, int]:
        """Return how many text tokens of the next answer are repeated, and how many frames of its speech."""
        quiet = {self.sizes.text.silence_id, self.sizes.text.pad_id}
        tokens = sum(
            token not in quiet and self._text.is_repeated(token, frame)
            for frame, token in enumerate(answer.text_ids.tolist(), start=self._frame)
        )
        sound = zip(answer.codes[0, SEMANTIC].tolist(), answer.is_silent.tolist(), strict=True)
        speech = sum(
            not is_silent and self._speech.is_repeated(code, frame)
            for frame, (code, is_silent) in enumerate(sound, start=self._frame)
        )
        self._frame += len(answer.is_silent)
        return tokens, speech
