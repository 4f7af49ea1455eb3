"""The JSON schemas of the declared types, each under a unique name."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind

REFERENCE = "#/components/schemas/"

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
Use = tuple[Any, Mode]
"""A type, and whether it is read or written: the two may differ."""


class Schemas:
    """A schema for each use of a type; shared parts are in `definitions`."""

    def __init__(self, uses: Iterable[Use]) -> None:
        self._uses = list(uses)
        self._schemas, shared = TypeAdapter.json_schemas(
            [
                (number, mode, TypeAdapter[Any](used))
                for number, (used, mode) in enumerate(self._uses)
            ],
            ref_template=REFERENCE + "{model}",
            schema_generator=_Generator,
        )
        self.definitions: Mapping[str, Schema] = shared.get("$defs", {})

    def of(self, used: Any, mode: Mode) -> Schema:
        """The schema of a type, which may be a reference to a definition."""
        return self._schemas[self._uses.index((used, mode)), mode]

    def resolved(self, schema: Schema) -> Schema:
        """A schema itself, where it is a reference."""
        reference = schema.get("$ref", "")
        return self.definitions[reference.removeprefix(REFERENCE)] if reference else schema


class _Generator(GenerateJsonSchema):
    """Uses the schema "anything" for types that JSON Schema cannot express."""

    # Pydantic does not export the type of these schemas.
    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {}

    def normalize_name(self, name: str) -> str:
        """The name of a definition: `PageOfDocumentRow` for `Page[DocumentRow]`."""
        words = name.replace("[", "Of").replace(",", "And").replace("]", "")
        return super().normalize_name(words)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never, because the title would only repeat the field's name."""
        return False

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """Do nothing, because a default that is not JSON is left out on purpose."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Whether the field is required. Answers always have the fields with defaults."""
        if self.mode == "validation" or field["type"] == "typed-dict-field":
            return super().field_is_required(field, total)
        return not {"serialization_exclude", "serialization_exclude_if"} & field.keys()
