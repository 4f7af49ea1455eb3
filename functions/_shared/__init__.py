"""What functions are made of."""
