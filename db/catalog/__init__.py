"""What PostgreSQL itself says is in a schema, object by object and facet by facet."""

from db.catalog.thing import KINDS, NOBODY, Catalog, Owner, Thing, read

__all__ = ["KINDS", "NOBODY", "Catalog", "Owner", "Thing", "read"]
