"""From a corpus to the small trained checkpoint: what is learnt by what loss, the loop, and how it goes on after a cut.

A recipe (`suites/train_*.yaml`) names pieces, trained one after another; each is a folder with a checkpoint that can be
gone on with and a curve. What comes out is one file of weights.
"""
