"""What a table is declared with: its columns, and the objects that stand beside them."""
