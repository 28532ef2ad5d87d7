"""The running model: one step through all components, a session of executables, and the pacer that feeds it."""
