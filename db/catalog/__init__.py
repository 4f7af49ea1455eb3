"""What PostgreSQL itself says is in a schema, object by object and facet by facet."""

from db.catalog.thing import KINDS, Catalog, Thing, read

__all__ = ["KINDS", "Catalog", "Thing", "read"]
