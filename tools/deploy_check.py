"""What must hold before it is put on a server: Django's own deployment checks, and no forgotten migration."""

import os
import subprocess
import sys
from tempfile import TemporaryDirectory

COMMANDS = (
    ("check", "--deploy", "--fail-level", "WARNING"),
    ("makemigrations", "--check", "--dry-run"),
)


def main() -> int:
    """Run the checks with the settings of a server; 1 if one of them finds something."""
    with TemporaryDirectory(prefix="einklang-check-") as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "einklang.config.settings",
            "EINKLANG_DATA": folder,
            "EINKLANG_ORIGIN": "https://einklang.example.com",
            "EINKLANG_DATABASE_URL": f"sqlite:///{folder}/check.sqlite3",
        }
        done = [
            subprocess.run(
                [sys.executable, "-m", "django", *command], env=environment, check=False
            ).returncode
            for command in COMMANDS
        ]
    return 1 if any(done) else 0


if __name__ == "__main__":
    sys.exit(main())
