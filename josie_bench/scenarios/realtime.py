"""`realtime`: a conversation in real time. Windows come open loop at their scheduled close, with a random phase."""

from __future__ import annotations

from josie_bench.scenarios import cut_window

SUMMARY = "windows at their scheduled close, open loop: the real-time claim"
ARRIVAL = "isochronous"
window = cut_window
