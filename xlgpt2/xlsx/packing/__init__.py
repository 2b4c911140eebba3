"""Packing a file's parts on all cores.

Nothing is imported here: the processes that pack rows start without the rest.
"""
