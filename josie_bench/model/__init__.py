"""The reference PyTorch model of J.O.S.I.E.v4o, a reading of the paper. `sizes` alone needs no torch."""
