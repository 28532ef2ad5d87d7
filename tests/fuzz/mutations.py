"""Files made wrong in the ways that chance and ill will make them wrong, from a seed."""

from __future__ import annotations

import base64
import json
import re
from pathlib import PurePath
from random import Random

NASTY_TEXTS = (
    *("", "\0", "\u2028", "\ud800", "../../etc/passwd", "/etc/passwd", "C:\\nul", "a" * 5000, "%s%n", "${HOME}"),
    *("<script>alert(1)</script>", "]]>", "-->", "nan", "null", "1e999", "\u202egnp.exe", "é" * 300, "=1+1"),
    *("9" * 5000, "\u0663", "a\nb", '"', "[/bold]"),
)
NASTY_VALUES = (
    *(None, True, False, 0, -1, 2**63, -(2**63), 10**400, 1e308, -1e-320, float("nan"), float("inf"), [], {}),
    *NASTY_TEXTS,
)
NASTY_YAML = (
    "&a [*a]", "*nobody", "!!python/object/apply:os.system [id]", "{a: {a: {a: {}}}}", "0o777", ".inf", "- -", "? : ?",
    "&x [1, 2]\n  again: *x", "<<: *x", "12:30:45", "2026-01-01", "'", '"', "|\n  a", "[" * 300, "%TAG", "---\n---",
)  # fmt: skip
DEEP = (150, 300, 900, 3000)  # brackets, some of them deeper than Python's stack
DEEPER = 0.9  # how often a way down a JSON value goes on


def torn(content: bytes, draw: Random) -> bytes:
    """Return bytes of which some are exchanged, cut out, doubled, or all behind a point is gone."""
    found = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 5))):
        if not found:
            break
        at = draw.randrange(len(found))
        end = min(len(found), at + draw.choice((1, 2, 8, 64)))
        match draw.choice(("exchange", "cut", "double", "end", "insert")):
            case "exchange":
                found[at] = draw.randrange(256)
            case "cut":
                del found[at:end]
            case "double":
                found[at:at] = found[at:end]
            case "end":
                del found[at:]
            case _:
                found[at:at] = draw.choice(NASTY_TEXTS).encode("utf-8", "surrogatepass")
    return bytes(found)


def json_made_wrong(content: bytes, draw: Random) -> bytes:
    """Return a JSON text with one value or key exchanged, lost, wrapped or deep, or another text."""
    plain = json.loads(content)
    holder, key = draw.choice(_places(plain)) if draw.random() < 0.5 else _way_down(plain, draw)
    what = draw.choice(("value", "value", "value", "lose", "rename", "wrap", "deep", "whole"))
    if what == "whole":
        plain = draw.choice(NASTY_VALUES)
    elif what == "value":
        holder[key] = draw.choice(NASTY_VALUES)
    elif what == "lose":
        del holder[key]
    elif what == "wrap":
        holder[key] = [holder[key]]
    elif what == "rename" and isinstance(holder, dict):
        holder[draw.choice(NASTY_TEXTS)] = holder.pop(key)
    else:
        holder[key] = "@deep@"
    deep = draw.choice(DEEP)
    text = json.dumps(plain).replace('"@deep@"', "[" * deep + "]" * deep)
    return text.encode("utf-8", "surrogatepass")


def line_made_wrong(content: bytes, draw: Random) -> bytes:
    """Return lines of JSON with one of them made wrong, lost, doubled, or exchanged for the one before."""
    lines = content.rstrip(b"\n").split(b"\n")
    at = draw.randrange(len(lines))
    match draw.choice(("wrong", "wrong", "wrong", "lose", "double", "swap")):
        case "wrong":
            lines[at] = json_made_wrong(lines[at], draw)
        case "lose":
            del lines[at]
        case "double":
            lines.insert(at, lines[at])
        case _:
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
    return b"\n".join(lines) + b"\n"


def yaml_made_wrong(content: bytes, draw: Random) -> bytes:
    """Return a YAML text with the value of a line exchanged, lines exchanged, lost or doubled, or another indent."""
    lines = content.decode().split("\n")
    at = draw.randrange(len(lines))
    match draw.choice(("value", "value", "value", "key", "lose", "double", "indent", "swap")):
        case "value":
            wrong = draw.choice((*NASTY_YAML, *map(json.dumps, NASTY_VALUES)))
            lines[at] = re.sub(r": .*$", lambda _: f": {wrong}", lines[at]) if ": " in lines[at] else lines[at] + wrong
        case "key":
            lines[at] = re.sub(r"[a-z_]+(?=:)", lambda _: json.dumps(draw.choice(NASTY_TEXTS)), lines[at], count=1)
        case "lose":
            del lines[at]
        case "double":
            lines.insert(at, lines[at])
        case "indent":
            lines[at] = " " * draw.choice((1, 2, 7)) + lines[at]
        case _:
            other = draw.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _way_down(value: dict | list, draw: Random) -> tuple[dict | list, str | int]:
    """Return a place of a JSON value to which each step was drawn: what stands alone comes as often as long lists."""
    key = draw.choice(list(value) if isinstance(value, dict) else range(len(value)))
    inner = value[key]
    is_further = isinstance(inner, dict | list) and inner and draw.random() < DEEPER
    return _way_down(inner, draw) if is_further else (value, key)


def csv_made_wrong(content: bytes, draw: Random) -> bytes:
    """Return a table with a cell exchanged, lost or doubled, or a line lost or doubled."""
    lines = [line.split(",") for line in content.decode().split("\n")]
    line = draw.choice(lines)
    at = draw.randrange(len(line))
    match draw.choice(("cell", "cell", "cell", "lose cell", "double cell", "lose line", "double line")):
        case "cell":
            line[at] = draw.choice(NASTY_TEXTS)
        case "lose cell":
            del line[at]
        case "double cell":
            line.insert(at, line[at])
        case "lose line":
            lines.remove(line)
        case _:
            lines.append(line)
    return "\n".join(map(",".join, lines)).encode("utf-8", "surrogatepass")


def packed(files: dict[str, bytes]) -> bytes:
    """Return a folder's files by name as one text."""
    return json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()}).encode()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files that `packed` made a text of."""
    return {name: base64.b64decode(text) for name, text in json.loads(content).items()}


def file_made_wrong(content: bytes, draw: Random) -> bytes:
    """Return a packed folder of which one file is made wrong by what it is, lost, or what another should be."""
    files = unpacked(content)
    name = draw.choice(sorted(files))
    match draw.choice(("wrong", "wrong", "wrong", "wrong", "lose", "other")):
        case "wrong":
            files[name] = draw.choice((torn, BY_ENDING.get(PurePath(name).suffix, torn)))(files[name], draw)
        case "lose":
            del files[name]
        case _:
            files[name] = files[draw.choice(sorted(files))]
    return packed(files)


def name_made_wrong(content: bytes, draw: Random) -> bytes:
    """Return a packed folder of which one file has another name."""
    files = unpacked(content)
    files[draw.choice(NASTY_TEXTS)] = files.pop(draw.choice(sorted(files)))
    return packed(files)


def _places(value: object) -> list[tuple[dict | list, str | int]]:
    """Return every place of a JSON value: what holds it, and its key there."""
    if isinstance(value, dict):
        keys: list = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        return []
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


BY_ENDING = {".json": json_made_wrong, ".jsonl": line_made_wrong, ".yaml": yaml_made_wrong, ".csv": csv_made_wrong}
