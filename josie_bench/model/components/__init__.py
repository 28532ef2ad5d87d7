"""The parts that are compiled by themselves; one file is one component."""
