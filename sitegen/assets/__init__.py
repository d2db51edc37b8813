"""The Static Asset Optimizer: the same file, smaller."""
