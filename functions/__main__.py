"""`python -m functions`: serves the functions."""

from ottavino.http.serve import main

if __name__ == "__main__":
    main()
