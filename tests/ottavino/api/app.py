"""The project's functions and those that `docs/functions.md` shows, in one application.

Served by `python -m tests.ottavino.api.app`, as `python -m ottavino serve` serves the
project's own.
"""

import sys
import tempfile
from pathlib import Path

import uvicorn

from ottavino.http import create_app
from ottavino.http.discovery import discover
from ottavino.http.serve import options
from tests.ottavino.http.test_docs import EXAMPLES

with tempfile.TemporaryDirectory() as folder:
    for name, source in EXAMPLES.items():
        module = Path(folder) / "examples" / name / "__init__.py"
        module.parent.mkdir(parents=True)
        module.write_text(source, "utf-8")
    (Path(folder) / "examples" / "__init__.py").touch()
    sys.path.insert(0, folder)
    app = create_app({**discover("tests.ottavino.house.functions"), **discover("examples")})

if __name__ == "__main__":
    uvicorn.run(app, **options())
