"""Mutation testing: makes one mistake at a time, and sees whether a test fails.

`make test-mutants` makes them all, in days; `make test-mutants SAMPLE=60` draws some. A
mistake that no test notices fails the run, unless `survivors.toml` names it with a reason.

The runners that there are change expressions of Python. Much of what this project promises
is written in SQL, inside strings, and to them each of those is one value.
"""
