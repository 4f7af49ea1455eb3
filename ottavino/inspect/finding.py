"""Findings of the rules, and how they are printed."""

import textwrap
from dataclasses import dataclass
from typing import Literal

WIDTH = 100

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning")
"""The reported severities, in this order. `info` is not reported."""

Side = Literal["classes", "database"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a rule."""

    severity: Severity
    rule: str
    where: str
    message: str


Findings = dict[Finding, list[Side]]
"""The findings, each with the sides that have it: the classes, the database, or both."""


def as_text(findings: Findings) -> str:
    """The report for a person, the errors first."""
    paragraphs = [
        _paragraph(finding, findings[finding]) for finding in sorted(findings, key=_place)
    ]
    counts = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity in SEVERITIES
        if (count := sum(finding.severity == severity for finding in findings))
    ]
    return "\n\n".join([*paragraphs, ", ".join(counts) or "No objections."])


def _paragraph(finding: Finding, sides: list[Side]) -> str:
    return paragraph(finding, "" if len(sides) > 1 else f" (only in the {sides[0]})")


def paragraph(finding: Finding, remark: str = "") -> str:
    """One finding, as a person reads it."""
    message = textwrap.fill(
        finding.message, WIDTH, initial_indent="    ", subsequent_indent="    "
    )
    return f"{finding.severity} {finding.rule} {finding.where}{remark}\n{message}"


def _place(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.rule, finding.where
