"""How fast the service is, beside what else could stand in its place: `make bench`."""
