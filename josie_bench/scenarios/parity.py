"""`parity`: engines beside the eager FP32 reference, on its inputs and each by itself. Nothing is timed."""

from __future__ import annotations

from josie_bench.scenarios import cut_window

SUMMARY = "engines held against the eager reference in real windows: errors and agreement, no times"
ARRIVAL = "compared"
window = cut_window
