"""What the portal is installed from: every package pinned with its hashes, and one line about what is missing."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def wanted(name):
    lines = [line.split(";")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return {line.lower() for line in lines if line and not line.startswith(("-r", "#"))}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_what_is_wanted_is_what_is_locked(name):
    """After changing requirements*.txt: make lock."""
    blocks = re.split(r"\n(?=\S)", (ROOT / f"{name}.lock").read_text())
    locked = {block.split()[0].lower(): block for block in blocks if "==" in block}
    assert all("--hash=sha256:" in block for block in locked.values())
    both = wanted("requirements.txt") | (wanted("requirements-dev.txt") if name == "requirements-dev" else set())
    assert all("==" in line for line in both)
    assert both <= locked.keys()
    assert "://" not in "".join(blocks)


@pytest.mark.parametrize(
    "python, told",
    [
        ('case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac', "apt-get install python3-venv"),
        ("exit 1", "Python 3.11 or newer is needed"),
    ],
    ids=["no venv", "too old"],
)
def test_what_is_missing_is_told_in_one_line(tmp_path, python, told):
    (tmp_path / "bin").mkdir()
    (tmp_path / "tools").mkdir()
    for name in ("python3", "python", "python3.11", "python3.12", "python3.13", "python3.14"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{python}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    shutil.copy(ROOT / "tools/venv", tmp_path / "tools/venv")
    done = subprocess.run(
        [tmp_path / "tools/venv", "requirements.lock"],
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and told in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / ".venv").exists()
