"""Fuzzing with atheris, which finds new input by the code that it covers."""
