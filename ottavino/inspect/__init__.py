"""What a database holds, beside what is declared."""
