"""Who calls: tokens, keys, and who is admitted."""
