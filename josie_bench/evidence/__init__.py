"""What shows that a run's numbers are the ones that were measured, and what of them may leave the machine.

`manifest.py` seals a run's folder and finds what is not as it was. `reproduce.py` writes the script that runs a case
again, `environment.py` says how a machine differs from the one that measured. `identity.py` knows the words that tell
whose machine this is, `redaction.py` keeps them out of texts, except for our own `vocabulary.py`; `public_result.py`
does it as a result is written, `shareable.py` with all files of a run, of which `bundle.py` makes one archive.
"""
