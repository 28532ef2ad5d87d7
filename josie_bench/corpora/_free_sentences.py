"""Sentences about anything, put together from parts, so that synthetic speech has more than one small vocabulary."""

from __future__ import annotations

from random import Random

from josie_bench.corpora._scenes import pick

WHO = (
    *("my sister", "the old teacher", "our neighbour", "a young doctor", "the girl next door", "nobody here"),
    *("his brother", "the baker", "every passenger", "their cousin", "the captain", "a tired nurse", "the child"),
    *("your uncle", "the whole village", "an engineer", "the judge", "this author", "the gardener", "a friend of mine"),
)
DID = (
    *("bought", "forgot", "painted", "measured", "wanted to keep", "was looking for", "brought back", "enjoyed"),
    *("could not find", "has just finished", "threw away", "will choose", "used to own", "gave us", "described"),
    *("should have checked", "changed", "shook", "hardly noticed", "laughed about"),
)
WHAT = (
    *("a wooden chair", "the yellow bicycle", "three fresh apples", "an unusual picture", "the wrong address"),
    *("a thin blanket", "the thirteenth chapter", "some cheap soup", "a bottle of milk", "that noisy machine"),
    *("the shortest path", "a heavy suitcase", "fifty paper ships", "the first snow", "an hour of music", "a joke"),
    *("the garage keys", "a loaf of bread", "the view from the bridge", "both of the tickets"),
)
WHEN = (
    *("last summer", "before breakfast", "on the way to school", "in the middle of the night", "without a word"),
    *("at the edge of the river", "twice a month", "because of the weather", "for the youngest", "in january"),
    *("while we were singing", "under the oak tree", "as usual", "this afternoon", "to everybody's surprise"),
)
ASIDES = ("", "", "", "i think ", "well ", "as you know ", "after all ", "perhaps ", "to be honest ")


def draw_free_sentence(draws: Random) -> str:
    """Return one of some hundred thousand sentences."""
    parts = (pick(draws, WHO), pick(draws, DID), pick(draws, WHAT), pick(draws, WHEN))
    return pick(draws, ASIDES) + " ".join(parts)
