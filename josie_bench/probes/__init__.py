"""A probe is one thing read from the machine: latency, memory, host.

Only this family reads clocks, `/proc` and drivers. What cannot be read is left out or comes with its reason; nothing
is guessed.
"""
