"""`quality`: engines over items of a corpus, and what outside judges make of what comes out. Nothing is timed."""

from __future__ import annotations

from josie_bench.scenarios import cut_window

SUMMARY = "engines over items of a corpus, judged from outside: word errors, sound, answers; no times"
ARRIVAL = "judged"
window = cut_window
