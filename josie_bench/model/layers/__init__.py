"""Layers that the components are made of; each carries its streaming state through a `Carry`."""
