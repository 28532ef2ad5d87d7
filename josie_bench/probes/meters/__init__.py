"""A meter counts the joules that something has taken: a processor, a board, the plug in the wall.

Every member file offers, and so does a module of another package under the entry point `josie_bench.probes.meters`:

- `SUMMARY`: what is metered, one line for `josie-bench list`.
- `INTERVAL_MS`: how often to read it.
- `unavailable() -> AbsentSource | None`: why it cannot be read here, or None.
- `open_meter() -> Callable[[], float]`: what returns the joules that were taken since some beginning, never less than
  the time before; `OSError` where it cannot tell just now. It must return at once, as other sources wait for their
  turn meanwhile: a meter that is slow to answer is read by a thread of its own.

Meters are read by the process that watches the machine beside a trial, as the source `meter.NAME`.
"""
