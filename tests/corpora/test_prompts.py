"""Prompts in other languages: one split a prompt in all of them, and nothing in which nobody speaks."""

from __future__ import annotations

import pytest

from josie_bench.corpora import prompts


@pytest.fixture
def items(tmp_path):
    """Return the items of a folder with four files a language, of which Russian has an empty one."""
    for voice in prompts.VOICES.values():
        for name in ("goodbye", "digits/1", "silence/3", "beep", "is"):
            path = tmp_path / prompts.SOUNDS / voice / f"{name}.g722"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"" if "ru_RU" in voice and name == "is" else b"sound")
    return prompts.read_items(tmp_path)


def test_what_is_spoken_becomes_an_item_under_its_language(items):
    assert {item.id for item in items} == {
        *("fr/goodbye", "fr/digits/1", "fr/is", "it/goodbye", "it/digits/1", "it/is", "ru/goodbye", "ru/digits/1"),
    }


def test_a_prompt_is_in_one_split_in_all_languages(items):
    for group in ("goodbye", "digits/1", "is"):
        assert len({item.split for item in items if item.group == group}) == 1


def test_each_language_has_one_voice_and_no_transcripts(items):
    assert {(item.language, item.speaker) for item in items} == {
        ("fr", "asterisk-fr_CA_f_June"),
        ("it", "asterisk-it_IT_m_Carlo"),
        ("ru", "asterisk-ru_RU_f_IvrvoiceRU"),
    }
    assert {item.transcript for item in items} == {None}


def test_nothing_tests():
    assert prompts.CORPUS.splits == ("train", "valid")
    assert all(not source.name.endswith(("-en-g722", "-es-g722")) for source in prompts.CORPUS.sources)
