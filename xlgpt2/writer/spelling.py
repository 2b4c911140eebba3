"""XML as Excel writes it, because some readers understand less than the standard allows.

exceljs and Calligra recognize drawings and charts by their prefixes, Calligra accepts relative
targets only, and others need self-closing tags for empty elements.
"""

from __future__ import annotations

import posixpath
import re

from xlgpt2.xlsx.strings import CHART, DRAWING

#: The usual prefixes of namespaces in parts that are not sheets.
_PREFIXES = {DRAWING: "xdr", CHART: "c"}

_DEFAULT = re.compile(rb' xmlns="([^"]*)"')
_NO_PREFIX = re.compile(rb"<(/?)(\w+)(?=[\s/>])")
_TARGET = re.compile(rb' Target="/([^"]*)"')
_EMPTY = re.compile(rb'<([\w:]+)((?:\s+[\w:]+="[^"]*")*)></\1>')


def excel_spelling(name: str, part: bytes) -> bytes:
    """A canonical XML part with prefixes, relative targets and self-closing tags."""
    if name.endswith(".rels"):
        part = _relative(name, part)
    return _EMPTY.sub(rb"<\1\2/>", _prefixed(part))


def _prefixed(part: bytes) -> bytes:
    """A drawing or a chart with the usual prefix in place of its default namespace."""
    default = _DEFAULT.search(part)
    prefix = _PREFIXES.get(default[1].decode()) if default else None
    if default is None or prefix is None:
        return part
    declared = part.replace(default[0], b' xmlns:%s="%s"' % (prefix.encode(), default[1]))
    return _NO_PREFIX.sub(rb"<\1%s:\2" % prefix.encode(), declared)


def _relative(name: str, part: bytes) -> bytes:
    """Relationships with targets relative to the folder of the part that they belong to."""
    folder = "/" + posixpath.dirname(posixpath.dirname(name))

    def target(match: re.Match[bytes]) -> bytes:
        path = posixpath.relpath("/" + match[1].decode(), folder)
        return b' Target="%s"' % path.encode()

    return _TARGET.sub(target, part)
