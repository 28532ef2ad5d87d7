"""The nouns of a benchmark and their arithmetic: standard library and numpy only."""
