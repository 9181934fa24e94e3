"""Fuzzing with atheris, which lets coverage lead the way to input that nobody thought of."""
