"""Pure functions on arrays and frames: one module a method."""
