"""The nouns of a benchmark and their arithmetic: standard library and numpy, scipy where a law asks for it."""
