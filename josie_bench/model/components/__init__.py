"""The parts that are compiled by themselves; one file is one component.

A modality joins from another package with two entry points. In the group `josie_bench.model.components`, `NAME_encoder`
is a module that offers:

- `GUEST`: its `GuestSizes`, whose name is NAME.
- `build(sizes) -> Component`: the encoder; its only output is `codes` int64 `[batch, tokens, codebooks]`.
- `prepare(arrived) -> dict`: a window's share of the stream → the encoder's inputs, arrays with a batch of one.

In the group `josie_bench.streams`, NAME is the stream that feeds it (see `josie_bench.streams`). A suite then says
`modalities: [audio, NAME]` and `stream: {NAME: …}`.
"""
