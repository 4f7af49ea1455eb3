"""What the functions declare, as an OpenAPI document."""
