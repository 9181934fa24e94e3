"""Composition root: one lazily built instance of each service per worker process.

What only some deployments need is imported where it is built.
"""
