"""What a step writes over windows, and what a guess would be."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from josie_bench.model.presets import TINY
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.tasks._writing import commonest, drawn, text_of, words_of
from josie_bench.terms.window import Window

TEXT = TINY.text


class Saying:
    """A step that writes the letter of the window's index, between a pad and silence."""

    sizes = SimpleNamespace(text=TEXT)

    def __init__(self):
        self.resets = 0

    def reset(self):
        self.resets += 1

    def __call__(self, window):
        ids = find_tokenizer(TEXT.tokenizer).encode("abc"[window.index])
        return SimpleNamespace(text_ids=np.array([TEXT.pad_id, *ids, TEXT.silence_id]))


def test_a_text_is_that_of_all_windows_without_silence_and_pads():
    step = Saying()
    assert text_of(drawn(step, (Window(index=index, frame_count=2) for index in range(3))), TEXT) == "abc"
    assert step.resets == 1
    assert text_of(drawn(step, ()), TEXT) == ""


def test_a_word_stands_at_its_first_token_and_ends_before_a_space_and_at_silence():
    encode = find_tokenizer(TEXT.tokenizer).encode
    [a], [b], [space_c] = encode("a"), encode("b"), encode(" ")
    ids = np.array([TEXT.pad_id, a, TEXT.pad_id, b, space_c, a, TEXT.silence_id, b, TEXT.silence_id])
    found = words_of(ids, TEXT, frame_ms=80.0, begin_ms=300.0)
    assert [(word.text, word.at_ms) for word in found] == [("ab", 380.0), ("a", 620.0), ("b", 860.0)]
    assert words_of(ids[:1], TEXT, frame_ms=80.0, begin_ms=0.0) == ()


def test_the_commonest_sentence_is_the_one_that_most_items_have():
    assert commonest("one", ("a", None, "b", "b")) == "b"
    assert commonest("two", (None,)) is None
