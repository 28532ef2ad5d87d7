"""A modality from another package: a thermal camera of 4 x 4 sensors. One component, one stream, two entry points."""
