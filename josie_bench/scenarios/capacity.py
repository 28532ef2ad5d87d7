"""`capacity`: conversations in real time, more and more at once, until the most that keep their deadlines are found."""

from __future__ import annotations

from josie_bench.scenarios import cut_window

SUMMARY = "more and more sessions in real time: how many keep their deadlines"
ARRIVAL = "isochronous"
window = cut_window
