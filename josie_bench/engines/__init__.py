"""Engines on disk: what they were built from, where they lie, and how they come to be."""
