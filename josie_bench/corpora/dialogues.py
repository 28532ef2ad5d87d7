"""`dialogues`: what the two fish of Fish Fillets say to each other, line by line, in eleven languages.

Lines are under the GPL, so they are fetched and never shipped, nor are weights trained on them. A level of the game is
in one split, and what is said in a level that tests is said nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from josie_bench.corpora._texts import normalised, split_of
from josie_bench.terms.corpus import SPLITS, Corpus, Item, Source

SCRIPTS = "usr/share/games/fillets-ng/script"
LANGUAGES = ("bg", "cs", "de", "en", "es", "fr", "it", "nl", "pl", "ru", "sv")
FILE = re.compile(rf"{SCRIPTS}/(?P<level>[^/]+)/dialogs_(?P<language>{'|'.join(LANGUAGES)})\.lua")
TEXT = r'"((?:[^"\\]|\\.)*)"'
LINE = re.compile(rf"dialogId\({TEXT},\s*{TEXT},\s*{TEXT}\)(?:\s*dialogStr\({TEXT}\))?")
ESCAPED = re.compile(r"\\(.)")


def keeps(path: str) -> bool:
    """Return whether a file of the package belongs to the corpus."""
    return FILE.fullmatch(path) is not None


def read_items(root: Path) -> tuple[Item, ...]:
    """Return the lines of each level in the order they are written; a line's group is the same in all languages."""
    items = [item for file in sorted((root / SCRIPTS).rglob("dialogs_*.lua")) for item in _lines_of(root, file)]
    tested = {_key(item) for item in items if item.split == "test"}
    return tuple(item for item in items if item.split == "test" or _key(item) not in tested)


def _lines_of(root: Path, file: Path) -> Iterator[Item]:
    found = FILE.fullmatch(file.relative_to(root).as_posix())
    if found is None:
        return
    level, language = found["level"], found["language"]
    for name, font, original, translated in LINE.findall(file.read_text(encoding="utf-8")):
        words = ESCAPED.sub(r"\1", original if language == "en" else translated).strip()
        if words:
            yield Item(
                id=f"{level}/{name}/{language}",
                split=split_of(f"fillets {level}"),
                language=language,
                transcript=words,
                group=f"{level}/{name}",
                role=font.removeprefix("font_"),
            )


def _key(item: Item) -> tuple[str | None, str]:
    return item.language, normalised(item.transcript or "")


CORPUS = Corpus(
    summary="dialogue lines of a game in eleven languages, line beside line; text alone",
    kind="fetched",
    license="GPL-2.0-only",
    splits=SPLITS,
    ships_weights=False,
    read_items=read_items,
    credit="ALTAR interactive, Ivo Danihelka and the translators of Fish Fillets NG",
    sources=(
        Source(
            kind="deb",
            name="fillets-ng-data",
            version="1.0.1-1.1",
            file="fillets-ng-data_1.0.1-1.1_all.deb",
            sha256="25de89afd8b1adf7bcace8290248a6a22c89cd42300317e69000e162c032cf84",
        ),
    ),
    keeps=keeps,
)
