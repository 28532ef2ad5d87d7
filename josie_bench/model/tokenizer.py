"""Byte-level byte-pair encoding: one reader for Qwen2.5's table and for the small one of `nano`.

A table is one line a token, `base64(bytes) rank`, as tiktoken writes it. Text is brought to NFC and cut by a pattern,
as Qwen2.5 does; then each piece's bytes are merged, lowest rank first, until no merge is known.
"""

from __future__ import annotations

import base64
import gzip
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from heapq import heappop, heappush
from importlib.resources import files
from itertools import pairwise

import regex

from josie_bench.errors import UsageError

# The cut that Qwen2.5 publishes with its tokenizer.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_SPECIALS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
# What real-time mode adds, in ids that the published vocabulary leaves unused.
OWN_SPECIALS = ("<|silence|>", "<|pad|>")
NANO_SPECIALS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|epad|>", *OWN_SPECIALS, "<|user|>", "<|model|>")
NANO_VOCABULARY = 512


class BytePairTokenizer:
    """Text ↔ token ids.

    Args:
        ranks: bytes of each ordinary token to its id; all 256 single bytes are among them.
        specials: text of each special token to its id; their text in the input is not cut.
    """

    def __init__(self, ranks: Mapping[bytes, int], specials: Mapping[str, int]) -> None:
        self._ranks = dict(ranks)
        self._bytes = {rank: token for token, rank in ranks.items()} | {
            number: name.encode() for name, number in specials.items()
        }
        self.specials = dict(specials)
        self._special = regex.compile("(" + "|".join(regex.escape(name) for name in specials) + ")")

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text` in NFC; special tokens written out in it become theirs."""
        ids: list[int] = []
        for part in self._special.split(text):
            if part in self.specials:
                ids.append(self.specials[part])
            else:
                ids.extend(number for piece in cut(part) for number in self._merge(piece.encode()))
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`; bytes that are no UTF-8 become the replacement character.

        Raises:
            UsageError: an id outside the vocabulary.
        """
        try:
            return b"".join(self._bytes[int(number)] for number in ids).decode("utf-8", errors="replace")
        except KeyError as error:
            raise UsageError(f"token id {error} is not in the vocabulary of {len(self._bytes)}") from error

    def _merge(self, piece: bytes) -> list[int]:
        # A heap of the pairs known, and the parts as a linked list: a piece of thousands of bytes (CJK text has no
        # spaces) costs n log n. An entry is stale, and passed over, once one of its two parts has merged.
        size = len(piece)
        end, before = list(range(1, size + 1)), list(range(-1, size - 1))  # by the byte that a part starts at
        known: list[tuple[int, int, int, int]] = []

        def offer(start: int) -> None:
            if start >= 0 and (middle := end[start]) < size:
                rank = self._ranks.get(piece[start : end[middle]])
                if rank is not None:
                    heappush(known, (rank, start, middle, end[middle]))

        for start in range(size):
            offer(start)
        while known:
            _, start, middle, stop = heappop(known)
            if (end[start], end[middle]) != (middle, stop):
                continue
            end[start], end[middle] = stop, 0
            if stop < size:
                before[stop] = start
            offer(before[start])
            offer(start)
        return [self._ranks[piece[start:stop]] for start, stop in enumerate(end) if stop]


@cache
def find_tokenizer(name: str) -> BytePairTokenizer:
    """Return the tokenizer of a preset: `nano` or `qwen2.5`.

    Raises:
        UsageError: no such tokenizer.
    """
    if name == "nano":
        ranks = read_table((files("josie_bench.model") / "tables" / "nano.tiktoken").read_bytes())
        first = NANO_VOCABULARY - len(NANO_SPECIALS)
        return BytePairTokenizer(ranks, {special: first + i for i, special in enumerate(NANO_SPECIALS)})
    if name == "qwen2.5":
        table = gzip.decompress((files("josie_bench.model") / "tables" / "qwen2.5.tiktoken.gz").read_bytes())
        ranks = read_table(table)
        return BytePairTokenizer(
            ranks, {special: len(ranks) + i for i, special in enumerate(QWEN_SPECIALS + OWN_SPECIALS)}
        )
    raise UsageError(f"unknown tokenizer {name!r}: known are nano, qwen2.5")


def cut(text: str) -> list[str]:
    """Return the pieces of `text` in NFC that no merge crosses."""
    return regex.findall(PATTERN, unicodedata.normalize("NFC", text))


def read_table(data: bytes) -> dict[bytes, int]:
    """Return the ranks of a table in tiktoken's format."""
    pairs = (line.split() for line in data.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in pairs}


def write_table(ranks: Mapping[bytes, int]) -> bytes:
    """Return the table of `ranks` in tiktoken's format."""
    ordered = sorted(ranks.items(), key=lambda pair: pair[1])
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ordered)


def learn_byte_pairs(texts: Iterable[str], size: int) -> dict[bytes, int]:
    """Return ranks of `size` tokens: the 256 bytes, then the most frequent pairs, ties to the smaller bytes."""
    ranks = {bytes([value]): value for value in range(256)}
    pieces = Counter(piece for text in texts for piece in cut(text))
    words = [([bytes([b]) for b in piece.encode()], count) for piece, count in pieces.items()]
    while len(ranks) < size:
        pairs: Counter[tuple[bytes, bytes]] = Counter()
        for parts, count in words:
            for pair in pairwise(parts):
                pairs[pair] += count
        fresh = [(-count, pair) for pair, count in pairs.items() if pair[0] + pair[1] not in ranks]
        if not fresh:
            break
        _, (left, right) = min(fresh)
        ranks[left + right] = len(ranks)
        for parts, _ in words:
            for i in range(len(parts) - 2, -1, -1):
                if parts[i : i + 2] == [left, right]:
                    parts[i : i + 2] = [left + right]
    return ranks
