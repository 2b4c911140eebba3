"""Spelling: XML as Excel itself writes it, where the standard allows more than readers understand.

exceljs and Calligra know drawings and charts by their prefixes, Calligra takes relative targets
only, and others want empty elements closed in their own tag.
"""

from __future__ import annotations

import posixpath
import re

from xlgpt2.xlsx.strings import CHART, DRAWING

#: The prefixes of the default namespaces of parts that are not sheets.
_PREFIXES = {DRAWING: "xdr", CHART: "c"}

_DEFAULT = re.compile(rb' xmlns="([^"]*)"')
_NO_PREFIX = re.compile(rb"<(/?)(\w+)(?=[\s/>])")
_TARGET = re.compile(rb' Target="/([^"]*)"')
_EMPTY = re.compile(rb'<([\w:]+)((?:\s+[\w:]+="[^"]*")*)></\1>')


def spelt(name: str, part: bytes) -> bytes:
    """A part in canonical XML with prefixes, relative targets and short empty elements."""
    if name.endswith(".rels"):
        part = _relative(name, part)
    return _EMPTY.sub(rb"<\1\2/>", _prefixed(part))


def _prefixed(part: bytes) -> bytes:
    """A drawing or a chart with the usual prefix in place of its default namespace."""
    found = _DEFAULT.search(part)
    prefix = _PREFIXES.get(found[1].decode()) if found else None
    if found is None or prefix is None:
        return part
    named = part.replace(found[0], b' xmlns:%s="%s"' % (prefix.encode(), found[1]))
    return _NO_PREFIX.sub(rb"<\1%s:\2" % prefix.encode(), named)


def _relative(name: str, part: bytes) -> bytes:
    """Relations whose targets are given from the folder of the part that they belong to."""
    folder = "/" + posixpath.dirname(posixpath.dirname(name))

    def target(match: re.Match[bytes]) -> bytes:
        path = posixpath.relpath("/" + match[1].decode(), folder)
        return b' Target="%s"' % path.encode()

    return _TARGET.sub(target, part)
