"""What shows that a run's numbers are the ones that were measured, and what of them may leave the machine.

`manifest.py` seals a run's folder and finds what is not as it was.
"""
