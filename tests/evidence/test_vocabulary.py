"""Our own words: those of the schemas and the names of members."""

from __future__ import annotations

import pytest

from josie_bench.evidence.vocabulary import own_words


@pytest.mark.parametrize("word", ["audio", "realtime", "eager", "nano", "OK", "response_latency", "speech", "windows"])
def test_words_of_a_result_and_of_a_suite_are_ours(word):
    assert word in own_words()


@pytest.mark.parametrize("word", ["maria", "whale42", "smith"])
def test_names_of_people_and_machines_are_not(word):
    assert word not in own_words()
