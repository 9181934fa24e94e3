"""A checker for the Bicep of infra/, where no Bicep compiler can be had.

It evaluates a template as Azure would and checks every resource against Azure's own types. It
knows the part of the language that infra/ uses, and reports all else as a problem.
"""
