"""Byte pairs: round trips, hand-worked merges, and ids that are published."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import UsageError
from josie_bench.model.presets import JOSIE_V4O, NANO
from josie_bench.model.tokenizer import (
    BytePairTokenizer,
    find_tokenizer,
    learn_byte_pairs,
    read_table,
    write_table,
)


@given(st.text(max_size=80))
def test_any_text_survives_the_round_trip_in_nfc(text):
    for name in ("nano", "qwen2.5"):
        tokenizer = find_tokenizer(name)
        assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("name", ["nano", "qwen2.5"])
def test_one_text_has_one_encoding_however_its_accents_are_written(name):
    tokenizer = find_tokenizer(name)
    assert tokenizer.encode("cafe\u0301 \u1112\u1161\u11ab") == tokenizer.encode("caf\u00e9 \ud55c")


def test_lowest_rank_merges_first():
    ranks = {bytes([b]): b for b in range(256)} | {b"bc": 256, b"ab": 257, b"abc": 258}
    tokenizer = BytePairTokenizer(ranks, {"<|s|>": 259})
    assert tokenizer.encode("abc") == [258]  # bc merges first, then a + bc
    assert tokenizer.encode("ab") == [257]
    assert tokenizer.encode("a<|s|>b") == [97, 259, 98]


@pytest.mark.timeout(20)
def test_a_long_run_without_spaces_is_merged_from_the_left_in_no_time():
    tokenizer = BytePairTokenizer({bytes([b]): b for b in range(256)} | {b"aa": 256}, {"<|s|>": 257})
    assert tokenizer.encode("a" * 40_001) == [256] * 20_000 + [97]


def test_learning_takes_the_most_frequent_pair_first():
    ranks = learn_byte_pairs(["aab aab aab", "xy"], 258)
    assert ranks[b"aa"] == 256  # "aa" and "ab" occur alike; the smaller bytes win
    assert ranks[b"aab"] == 257


def test_tables_survive_the_round_trip():
    ranks = learn_byte_pairs(["some words some words"], 260)
    assert read_table(write_table(ranks)) == ranks


def test_special_ids_are_those_qwen_publishes():
    qwen = find_tokenizer("qwen2.5")
    published = {"<|endoftext|>": 151643, "<|im_start|>": 151644, "<|im_end|>": 151645, "<|vision_start|>": 151652}
    published |= {"<|video_pad|>": 151656, "<tool_call>": 151657, "<|fim_prefix|>": 151659, "<|file_sep|>": 151664}
    assert {name: qwen.specials[name] for name in published} == published
    assert qwen.encode("<|im_start|>user\nhi<|im_end|>") == [151644, 872, 198, 6023, 151645]


@pytest.mark.parametrize("sizes", [NANO, JOSIE_V4O], ids=lambda sizes: sizes.name)
def test_the_step_s_ids_are_the_tokenizer_s(sizes):
    specials = find_tokenizer(sizes.text.tokenizer).specials
    assert specials["<|silence|>"] == sizes.text.silence_id
    assert specials["<|pad|>"] == sizes.text.pad_id
    assert max(specials.values()) < sizes.text.vocabulary


def test_an_id_outside_the_vocabulary_is_an_error():
    with pytest.raises(UsageError, match="9999"):
        find_tokenizer("nano").decode([9999])


def test_an_unknown_tokenizer_lists_the_known():
    with pytest.raises(UsageError, match="known are"):
        find_tokenizer("bert")
