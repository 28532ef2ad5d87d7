"""Keep out of text what tells whose machine it came from: secrets, paths, user names, host names.

A path inside the run's folder becomes relative to it, one below a home begins with `~`, and of any other only the last
name stays: `…/speech.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from josie_bench.evidence.identity import Identity

USER, HOST, SECRET = "redacted-user", "redacted-host", "redacted-secret"
# What tokens of widely used services look like, and the password in an address.
TOKENS = (
    r"\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bhf_\w{20,}|\bsk-[\w-]{16,}|\bxox[a-z]-[\w-]{10,}|\bglpat-[\w-]{16,}"
    r"|\bA[KS]IA[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bpypi-[\w-]{30,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
MAIL = r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"
# Where an absolute path may begin: not inside a word, an address or a relative path.
START = r"(?:(?<=file://)|(?<![\w.~/<…\-)\]}]))"
NAME = r"[^/\s\"'`<>|:;,()\[\]{}*?\\]+"
ANY_HOME = rf"{START}/(?:home|Users|var/home)/{NAME}"
# What the kernel shows lies at the same places on every machine.
ABSOLUTE = rf"{START}/(?!(?:proc|sys)/)(?:{NAME}/)+(?P<last>{NAME})?"


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is replaced; see `redaction_of`."""

    pattern: re.Pattern[str]

    def text(self, text: str) -> str:
        """Return `text` without what is private.

        What is left of a path where a part of it was a home may be a path itself, so it is looked at until nothing
        more is found; that ends, since every replacement is kept or shorter than what it stands for.
        """
        while (left := self.pattern.sub(_replacement, text)) != text:
            text = left
        return text

    def value(self, value: Any) -> Any:
        """Return a decoded JSON with every text in it redacted, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value


def redaction_of(
    identity: Identity, *, folder: Path | None = None, keep: Iterable[str] = (), vocabulary: Collection[str] = ()
) -> Redaction:
    """Return what keeps `identity` out of texts.

    Args:
        identity: whose machine it is.
        folder: of the run; what lies in it is told relative to it.
        keep: texts that pass as they are wherever they stand, such as the ids of cases.
        vocabulary: words that say nothing of anybody even where they are somebody's name.
    """
    folders = [] if folder is None else sorted({str(folder.resolve()), str(folder.absolute())}, key=len, reverse=True)
    parts = {
        "keep": _any_of(sorted({USER, HOST, SECRET, *filter(None, keep)}, key=len, reverse=True)),
        "secret": "|".join(filter(None, (_any_of(identity.secrets), TOKENS))),
        "folder": _paths(name for name in folders if name.startswith("/") and len(name) > 1),
        "home": "|".join(filter(None, (_paths(identity.homes), ANY_HOME))),
        "path": ABSOLUTE,
        "user": "|".join(filter(None, (MAIL, _words(set(identity.users) - set(vocabulary))))),
        "host": _words(set(identity.hosts) - set(vocabulary)),
    }
    return Redaction(re.compile("|".join(f"(?P<{name}>{part})" for name, part in parts.items() if part)))


def _replacement(match: re.Match[str]) -> str:
    kind = next(name for name, found in match.groupdict().items() if found is not None and name != "last")
    if kind == "keep":
        return match[0]
    if kind == "path":
        return f"…/{match.re.sub(_replacement, match['last'] or '')}"  # it may be somebody's name itself
    return {"secret": SECRET, "folder": ".", "home": "~", "user": USER, "host": HOST, "control": " "}[kind]


# What steers a terminal instead of being shown in it; ends of lines and tabs stay.
CONTROLS = Redaction(re.compile(r"(?P<control>[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff])"))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in words)


def _paths(folders: Iterable[str]) -> str:
    found = _any_of(folders)
    return rf"(?<![\w.~])(?:{found})(?![\w.-])" if found else ""


def _words(names: Iterable[str]) -> str:
    """Match the names where letters and digits end; an underscore parts them, as in the id of a case."""
    found = _any_of(sorted(names, key=len, reverse=True))
    return rf"(?<![A-Za-z0-9])(?:{found})(?![A-Za-z0-9])" if found else ""
