from pathlib import Path


def write_report(run_folder: Path) -> Path:
    return run_folder
