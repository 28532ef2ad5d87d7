"""`text`: words that are typed during the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from josie_bench.errors import MediaError
from josie_bench.streams import MediaFile, describe

SUMMARY = "typed words: written in the suite, or in a .txt file"
MODALITY = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Typed words.

    Attributes:
        words: in the order they are typed.
        files: the file they came from; empty where the suite itself holds them.
    """

    words: tuple[str, ...]
    files: tuple[MediaFile, ...] = ()


def names_file(choice: str) -> bool:
    """Return whether `choice` names a file of words and is not the words themselves."""
    return choice.lower().endswith(".txt")


def probe(choice: str) -> None:
    """Check that `choice` gives at least one word.

    Raises:
        MediaError: it names a file that cannot be read, or there is no word.
    """
    load(choice)


def load(choice: str) -> Text:
    """Return the words that `choice` holds, or those of the file it names if it ends in `.txt`.

    Raises:
        MediaError: the file cannot be read as UTF-8 text, or there is no word.
    """
    is_file = names_file(choice)
    path = Path(choice).expanduser()
    words = tuple((_read(path) if is_file else choice).split())
    if not words:
        place = f"{choice}: the file" if is_file else "text"
        raise MediaError(f"{place} holds no words: write some")
    return Text(words=words, files=(describe(path, MODALITY),) if is_file else ())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MediaError(f"{path}: is not UTF-8 text: save it as UTF-8") from error
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror}): name a .txt file that exists") from error
