"""JSON schemas of Slack and Microsoft, where somebody keeps a copy: they may not lie in here."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_BESIDE = Path(__file__).parents[3] / "shared" / "schemas"


def schemas(pattern: str) -> list[dict[str, Any]]:
    """The schemas in DULY_SCHEMAS, or beside the repository; none where neither is there.

    They are asked in addition: what a test promises is held without them.
    """
    folder = Path(os.environ.get("DULY_SCHEMAS") or _BESIDE)
    return [json.loads(path.read_text("utf-8-sig")) for path in sorted(folder.glob(pattern))]
