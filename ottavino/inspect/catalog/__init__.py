"""What PostgreSQL itself says is in a schema, object by object and facet by facet."""

from ottavino.inspect.catalog.catalog_object import (
    KINDS,
    NOBODY,
    Catalog,
    CatalogObject,
    Owner,
    read,
)

__all__ = ["KINDS", "NOBODY", "Catalog", "CatalogObject", "Owner", "read"]
