"""A run with the plugin fails where something was skipped, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PASSES = "def test_passes(): pass\n"
SKIPS = "import pytest\n\n\ndef test_skips(): pytest.skip('no records')\n"
SKIPS_WHOLE = "import pytest\n\npytest.skip('no records', allow_module_level=True)\n"


@pytest.mark.parametrize(
    ("words", "workers", "status"),
    [(PASSES, "0", 0), (SKIPS, "0", 1), (SKIPS_WHOLE, "0", 1), (SKIPS + PASSES, "1", 1)],
)
def test_a_skip_is_a_failure(tmp_path: Path, words: str, workers: str, status: int) -> None:
    (tmp_path / "test_one.py").write_text(words)
    (tmp_path / "test_two.py").write_text(PASSES)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", workers, "-p", "tests.plugins.no_skips", "."],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == status, ran.stdout
    assert ("which is a failure here" in ran.stdout) == (status == 1)
