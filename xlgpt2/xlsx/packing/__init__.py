"""Packing a file's parts on all cores.

Nothing is imported here, so that the processes that pack rows start fast.
"""
