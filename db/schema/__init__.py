"""From declared objects to the database: migrations that are generated, and apply as one."""
