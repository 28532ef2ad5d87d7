"""What this machine can give to a search."""

from __future__ import annotations

from josie_bench.bench import room as room_module
from josie_bench.bench.room import room_here


def test_what_the_machine_gives_is_what_its_probes_say(monkeypatch):
    monkeypatch.setattr(room_module, "available_bytes", lambda: 7)
    monkeypatch.setattr(room_module, "free_bytes", lambda: None)
    monkeypatch.setattr(room_module, "first_gpu", lambda: (None, "no driver"))
    room = room_here()
    assert (room.host_bytes, room.vram_bytes, room.gpu, room.gpu_reason) == (7, None, None, "no driver")
