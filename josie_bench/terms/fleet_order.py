"""What is asked of a fleet: `local:2`, `ray://host:port` or `auto`, and how its workers are cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCAL, AUTO = "local", "auto"
_LOCAL = re.compile(r"local(?::(?P<count>\d+))?")
_ADDRESS = re.compile(r"ray://[^\s/]+:\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOrder:
    """Where workers are, and how many.

    Attributes:
        where: `local`, `auto` (the Ray cluster that this machine is in) or the address of a Ray cluster.
        count: of local workers; None for as many as there are GPUs, or cores for.
        cores: of a worker that has no GPU.
        attempts: workers that may be lost over a case.
    """

    where: str
    count: int | None = None
    cores: int = 2
    attempts: int = 3


def parse_where(text: str) -> tuple[str, int | None]:
    """Return where the workers are, and how many where that is said.

    Raises:
        ValueError: it is nothing of that kind.

    >>> parse_where("local:2"), parse_where("ray://10.0.0.1:10001"), parse_where("auto")
    (('local', 2), ('ray://10.0.0.1:10001', None), ('auto', None))
    """
    if text == AUTO or _ADDRESS.fullmatch(text):
        return text, None
    told = _LOCAL.fullmatch(text)
    if told is None or (told["count"] is not None and not 1 <= int(told["count"]) <= 4096):
        raise ValueError(f"{text!r} is no fleet: write local:2, ray://host:10001 or auto")
    return LOCAL, None if told["count"] is None else int(told["count"])
