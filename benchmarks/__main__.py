"""Run every benchmark, one after the other: ``python -m benchmarks [NAME …]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Run the benchmarks whose names are given, or all of them; return the number that failed."""
    files = sorted(HERE.glob("bench_*.py"))
    chosen = [file for file in files if not names or file.stem.removeprefix("bench_") in names]
    if not chosen:
        known = ", ".join(file.stem.removeprefix("bench_") for file in files)
        print(f"There is no such benchmark; known: {known}.", file=sys.stderr)
        return 1
    failed = 0
    for file in chosen:
        print(f"\n== {file.stem.removeprefix('bench_')} ==", flush=True)
        failed += subprocess.run([sys.executable, str(file)], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
