"""The OpenAPI document as TypeScript types, written by `openapi-typescript`."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ottavino.errors import OttavinoError

# Exact versions: the generated file is committed elsewhere, and should change only if the
# functions do.
PACKAGES = ("openapi-typescript@7.13.0", "typescript@5.9.3")
# A field with a default may be left out of a request. Answers mark their fields as required
# themselves.
OPTIONS = ("--default-non-nullable=false",)
SECONDS = 300


class NoTypes(OttavinoError):
    """The TypeScript types were not written."""


def typescript(document: dict[str, Any]) -> str:
    """The types of a document, as the text of a module."""
    npx = shutil.which("npx")
    if npx is None:
        raise NoTypes(
            "TypeScript types are written by openapi-typescript, which needs npx of Node 20 or "
            "later, and there is no npx on the PATH. Install Node; or use the OpenAPI document "
            "that piccolo functions openapi prints."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(document), "utf-8")
        packages = [f"--package={each}" for each in PACKAGES]
        return _said(
            [npx, "--yes", *packages, "openapi-typescript", *OPTIONS, str(path)], folder
        )


def _said(command: list[str], folder: str) -> str:
    try:
        run = subprocess.run(  # noqa: S603  # our own command
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise NoTypes(
            f"npx did not install {PACKAGES[0]} within {SECONDS} s. Try again."
        ) from error
    if run.returncode:
        raise NoTypes(f"{PACKAGES[0]} did not write the types:\n{run.stderr.strip()}")
    return run.stdout
