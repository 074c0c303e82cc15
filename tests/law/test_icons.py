"""Every drawing a page asks for is in the sprite: a missing one would be an empty place nobody notices."""

import re

from einklang.config.navigation import NAVIGATION
from tests.law.source import ROOT
from tools.assets import ICONS

ASKED = re.compile(r"""\{%\s*icon\s+"([a-z0-9-]+)"|\bicon="([a-z0-9-]+)\"""")


def test_every_icon_a_template_names_is_built():
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "src").rglob("templates/**/*.html")
        for names in ASKED.findall(path.read_text("utf-8"))
        for name in names
        if name and name not in ICONS
    }
    assert not missing, "\n".join(sorted(missing))


def test_every_icon_of_the_navigation_is_built():
    assert {icon for _, entries in NAVIGATION for _, _, icon, _ in entries} <= set(ICONS)
