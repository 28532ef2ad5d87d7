"""josie-bench: does this machine hold a full-duplex speech-and-vision conversation?"""

__version__ = "0.1.0"
