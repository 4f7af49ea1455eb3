"""The parts of a table's declaration: columns, and the objects beside them."""
