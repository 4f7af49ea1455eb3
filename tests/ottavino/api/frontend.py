"""The TypeScript types of the functions, as a front end imports them."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import httpx

from ottavino.http.openapi.typescript import PACKAGES, typescript
from tests.ottavino.api.stage import Stage

# Each address is a key and each code can be compared; a misspelt one is a type error.
USE = """
import type {{ paths, components }} from "./types";
export const addresses: (keyof paths)[] = {addresses};
type Conflict = components["responses"]["409"]["content"]["application/json"];
export const code: Conflict["code"] = "RETRY";
// @ts-expect-error There is no such code.
export const none: Conflict["code"] = "RETYR";
export const added: components["schemas"]["NewDocument"] = {{ filename: "a.txt" }};
"""


def has_types(stage: Stage) -> bool:
    """Whether the types that `piccolo functions types` writes fit the functions."""
    document: dict[str, Any] = httpx.get(f"{stage.url}/_internal/openapi.json").json()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "types.d.ts").write_text(typescript(document), "utf-8")
        use = USE.format(addresses=json.dumps(list(document["paths"])))
        (Path(folder) / "use.ts").write_text(use, "utf-8")
        compiler = ["npx", "--yes", f"--package={PACKAGES[1]}", "tsc", "--strict", "--noEmit"]
        run = subprocess.run([*compiler, "use.ts"], cwd=folder, check=False)  # noqa: S603  # our own command
    return run.returncode == 0
