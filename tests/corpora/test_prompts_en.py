"""English prompts: which lines become items, and how a transcript is cleaned."""

from __future__ import annotations

import gzip

import pytest

from josie_bench.corpora import prompts_en

LINES = """; Core Asterisk Sounds in English

activated: Activated.
beep: [this is a simple beep tone]
letters/at: at [@]
confbridge-join: <beep ascending>
vm-intro: Please leave your message. (simple tone sound plays)
silence/1: (1 second of silence)
pls-try-call-later: Please try your call again later.
dir-last: ... letters of your party's last name.
vm-leavemsg:  Press 5 to leave a message
priv-callpending: I have a caller waiting, who introduces themselves as:
"""


@pytest.fixture
def items(tmp_path):
    """Return the items of a folder in which `pls-try-call-later` has no recording."""
    folder = tmp_path / prompts_en.SOUNDS / prompts_en.VOICE
    for line in LINES.splitlines():
        name = line.partition(": ")[0]
        if name and not name.startswith((";", "pls")):
            (folder / f"{name}.g722").parent.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.g722").write_bytes(b"sound")
    listed = tmp_path / prompts_en.TRANSCRIPTS
    listed.parent.mkdir(parents=True)
    listed.write_bytes(gzip.compress(LINES.encode()))
    return {item.id: item for item in prompts_en.read_items(tmp_path)}


def test_only_what_is_heard_and_said_becomes_an_item(items):
    assert list(items) == ["activated", "dir-last", "vm-leavemsg", "priv-callpending"]


def test_all_of_it_tests_and_one_voice_speaks(items):
    assert {item.split for item in items.values()} == {"test"}
    assert {item.speaker for item in items.values()} == {"asterisk-en_US_f_Allison"}


def test_an_item_names_its_file_below_the_folder(items):
    assert items["activated"].audio == "usr/share/asterisk/sounds/en_US_f_Allison/activated.g722"
    assert items["dir-last"].transcript == "letters of your party's last name."
    assert items["priv-callpending"].transcript == "I have a caller waiting, who introduces themselves as:"


@pytest.mark.parametrize(
    ("told", "cleaned"),
    [
        (
            "press * to toggle pause, press # to enter a new one",
            "press star to toggle pause, press pound to enter a new one",
        ),
        (
            "Enter a filename followed by # or just # to exit",
            "Enter a filename followed by pound or just pound to exit",
        ),
        ("Un-indentified or witheld and", "Unidentified or withheld and"),
        ("fourtieth", "fortieth"),
        ("All of our represenatives", "All of our representatives"),
        ("mute or umute all", "mute or unmute all"),
        ("come straight thru to you", "come straight through to you"),
        ("visit www.asterisk.org.", "visit www dot asterisk dot org."),
        ("... callers waiting", "callers waiting"),
        ("Currently, there are more than ...", "Currently, there are more than"),
        ("you.  Press  2", "you. Press 2"),
        ("or 9 to save", "or 9 to save"),
    ],
)
def test_transcripts_are_mended_where_they_are_known_to_be_wrong(told, cleaned):
    assert prompts_en.cleaned(told) == cleaned


def test_the_packages_bring_sounds_and_the_list_and_nothing_else():
    assert prompts_en.keeps(prompts_en.TRANSCRIPTS)
    assert prompts_en.keeps("usr/share/asterisk/sounds/en_US_f_Allison/digits/1.g722")
    assert not prompts_en.keeps("usr/share/doc/asterisk-core-sounds-en/copyright")
