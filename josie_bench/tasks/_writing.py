"""What a model writes in a session, and what one writes that goes by no input at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.tasks import Talker
from josie_bench.terms.window import Window


def written(step: Talker, windows: Iterable[Window]) -> str:
    """Return the text of a step over windows, from the start of a session, without silence and pads."""
    text = step.sizes.text
    step.reset()
    ids = [number for window in windows for number in step(window).text_ids.tolist()]
    return find_tokenizer(text.tokenizer).decode(number for number in ids if number < text.first_special).strip()


@cache
def commonest(corpus: str, transcripts: tuple[str | None, ...]) -> str | None:
    """Return the transcript that most items of a corpus have, of several the first: what a guess would be."""
    found = Counter(text for text in transcripts if text)
    return found.most_common(1)[0][0] if found else None
