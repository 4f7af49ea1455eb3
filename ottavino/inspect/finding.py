"""What a rule objects to, and how it is told."""

import textwrap
from dataclasses import dataclass
from typing import Literal

WIDTH = 100

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning")
"""What is told, in this order. What is only worth knowing is not."""

Side = Literal["classes", "database"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule objects to."""

    severity: Severity
    rule: str
    where: str
    message: str


Findings = dict[Finding, list[Side]]
"""With the sides on which each was found: in what is declared, in what is live."""


def as_text(findings: Findings) -> str:
    """What a person reads, the errors first."""
    paragraphs = [
        _paragraph(finding, findings[finding]) for finding in sorted(findings, key=_place)
    ]
    counts = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity in SEVERITIES
        if (count := sum(finding.severity == severity for finding in findings))
    ]
    return "\n\n".join([*paragraphs, ", ".join(counts) or "Nothing to object to."])


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
