"""A module's text, addressed by the nodes of its syntax tree."""

import ast
import functools
from pathlib import Path

Span = tuple[int, int]
"""Where something begins and ends in the module, in bytes."""


class Source:
    """A module, and where each node of it stands."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_bytes()
        self._lines = [0]
        for line in self.text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree, which a module in SQL has none of."""
        return ast.parse(self.text)

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> Span:
        """Where a node begins and ends."""
        # The parser gives an end to every node.
        end_line, end_column = node.end_lineno or 0, node.end_col_offset or 0
        return (
            self._lines[node.lineno - 1] + node.col_offset,
            self._lines[end_line - 1] + end_column,
        )

    def read(self, span: Span) -> str:
        """The text of a span."""
        return self.text[slice(*span)].decode()

    def lines(self, span: Span) -> Span:
        """The span of the whole lines that a span touches."""
        begin, end = span
        after = self.text.find(b"\n", end)
        return self.text.rfind(b"\n", 0, begin) + 1, len(self.text) if after < 0 else after

    def replaced(self, span: Span, replacement: str) -> bytes:
        """The module with another text for a span."""
        begin, end = span
        return self.text[:begin] + replacement.encode() + self.text[end:]
