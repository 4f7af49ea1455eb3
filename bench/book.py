"""What was measured: values by figure and by what they were measured with."""

import json
import statistics
from collections.abc import Mapping
from pathlib import Path

Labels = tuple[tuple[str, str], ...]


class Book:
    """The figures of a run. The same figure with the same labels has a value a round."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, Labels], list[float]] = {}
        self.notes: list[str] = []
        """Sentences for the reader: what is missing, and what went wrong."""
        self.facts: dict[str, str] = {}
        """What the figures were measured on."""

    def add(self, figure: str, value: float, **labels: object) -> None:
        """Write a value down."""
        self._values.setdefault((figure, _key(labels)), []).append(value)

    def note(self, sentence: str) -> None:
        """Write a sentence down, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def values(self, figure: str, **labels: object) -> list[float]:
        """All values of a figure with exactly these labels."""
        return self._values.get((figure, _key(labels)), [])

    def median(self, figure: str, **labels: object) -> float | None:
        """The middle one of them, if there are any."""
        values = self.values(figure, **labels)
        return statistics.median(values) if values else None

    def ratio(
        self, figure: str, ours: Mapping[str, object], theirs: Mapping[str, object]
    ) -> float | None:
        """One median over another, if both are there."""
        one, other = self.median(figure, **ours), self.median(figure, **theirs)
        return one / other if one is not None and other else None

    def labels(self, figure: str) -> list[dict[str, str]]:
        """With what a figure was measured, in the order in which it was."""
        return [dict(labels) for name, labels in self._values if name == figure]

    def spread(self, figure: str, **labels: object) -> str:
        """The median, and the least and the greatest value where there are several."""
        values = self.values(figure, **labels)
        if not values:
            return "-"
        middle = written(statistics.median(values))
        if len(values) == 1:
            return middle
        return f"{middle} ({written(min(values))} to {written(max(values))})"

    def replace(self, other: "Book") -> None:
        """Take the figures that another run measured in place of those of the same names."""
        found = vars(other)["_values"]
        again = {name for name, _ in found}
        kept = {key: each for key, each in self._values.items() if key[0] not in again}
        self._values = kept | found

    def save(self, path: Path) -> None:
        """Keep everything in a file."""
        figures = [
            {"figure": figure, "labels": dict(labels), "values": values}
            for (figure, labels), values in self._values.items()
        ]
        kept = {"facts": self.facts, "notes": self.notes, "figures": figures}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept, indent=1), "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Book":
        """Read what `save` wrote."""
        kept = json.loads(path.read_text("utf-8"))
        book = cls()
        book.facts, book.notes = kept["facts"], kept["notes"]
        for each in kept["figures"]:
            book._values[each["figure"], _key(each["labels"])] = each["values"]
        return book


def written(value: float) -> str:
    """A number with three digits that matter."""
    if value == 0:
        return "0"
    if abs(value) >= 100:  # noqa: PLR2004  # three digits
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _key(labels: Mapping[str, object]) -> Labels:
    return tuple(sorted((name, str(value)) for name, value in labels.items()))
