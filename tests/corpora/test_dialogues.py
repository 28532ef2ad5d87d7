"""Dialogues: lines in order, side by side in all languages, and none that tests is trained on."""

from __future__ import annotations

import pytest

from josie_bench.corpora import dialogues
from josie_bench.corpora._texts import split_of

ENGLISH = """
dialogId("a-1", "font_small", "What is that?")

dialogId("a-2", "font_big", "He said \\"no\\".")
dialogId("a-x", "", "")
"""
FRENCH = """
dialogId("a-1", "font_small", "What is that?")
dialogStr("Qu'est-ce que c'est ?")


dialogId("a-2", "font_big", "He said \\"no\\".")
dialogId("a-3", "font_big", "Come!")
dialogStr("Viens !")
"""
TRAINED = next(level for level in map(str, range(99)) if split_of(f"fillets {level}") == "train")
TESTED = next(level for level in map(str, range(99)) if split_of(f"fillets {level}") == "test")


@pytest.fixture
def write(tmp_path):
    def write(level, language, text):
        path = tmp_path / dialogues.SCRIPTS / level / f"dialogs_{language}.lua"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_lines_come_in_the_order_they_are_written_with_who_speaks(write):
    items = dialogues.read_items(write(TRAINED, "en", ENGLISH))
    assert [(item.id, item.role, item.transcript) for item in items] == [
        (f"{TRAINED}/a-1/en", "small", "What is that?"),
        (f"{TRAINED}/a-2/en", "big", 'He said "no".'),
    ]


def test_a_line_in_another_language_has_the_same_group_and_an_untranslated_one_is_left_out(write):
    write(TRAINED, "en", ENGLISH)
    items = dialogues.read_items(write(TRAINED, "fr", FRENCH))
    french = {item.group: item.transcript for item in items if item.language == "fr"}
    assert french == {f"{TRAINED}/a-1": "Qu'est-ce que c'est ?", f"{TRAINED}/a-3": "Viens !"}
    assert {item.group for item in items if item.language == "en"} == {f"{TRAINED}/a-1", f"{TRAINED}/a-2"}


def test_what_is_said_in_a_level_that_tests_is_trained_on_nowhere(write):
    write(TRAINED, "en", ENGLISH)
    items = dialogues.read_items(write(TESTED, "en", 'dialogId("b-1", "font_big", "what is THAT")'))
    assert [(item.split, item.transcript) for item in items] == [
        *(("test", "what is THAT") for _ in range(TESTED < TRAINED)),
        ("train", 'He said "no".'),
        *(("test", "what is THAT") for _ in range(TESTED > TRAINED)),
    ]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("usr/share/games/fillets-ng/script/airplane/dialogs_en.lua", True),
        ("usr/share/games/fillets-ng/script/airplane/dialogs.lua", False),
        ("usr/share/games/fillets-ng/script/airplane/dialogs_eo.lua", False),
        ("usr/share/games/fillets-ng/images/airplane/a.png", False),
    ],
)
def test_dialogues_in_the_languages_are_kept(path, kept):
    assert dialogues.keeps(path) is kept
