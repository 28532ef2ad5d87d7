"""`compute`: the next window comes when the last is answered. Compute time only: no queueing, no real-time claim."""

from __future__ import annotations

from josie_bench.scenarios import cut_window

SUMMARY = "windows one after the other, closed loop: compute time only"
ARRIVAL = "closed"
window = cut_window
