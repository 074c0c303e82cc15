"""The reference, written from the code: actions, events, roles, KPIs, settings, tables, commands, engines.

python tools/docs.py            write docs/reference/
python tools/docs.py --check    change nothing; 1 if a page is not what the code says
"""

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.engine_pages import engines

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "src" / "einklang"
REFERENCE = ROOT / "docs" / "reference"

# What each variable of the environment is for; the code may read no other.
SETTINGS = {
    "EINKLANG_DATABASE_URL": (
        "a file in the data folder",
        "`sqlite:///file` or `postgresql://user:password@host:port/name`.",
    ),
    "EINKLANG_DATA": (
        "`~/.local/share/einklang`",
        "Folder for the database file, the secret key and the journal's anchors.",
    ),
    "EINKLANG_SECRET_KEY": (
        "made once, kept in the data folder",
        "Signs sessions and forms; the same for all processes of one installation.",
    ),
    "EINKLANG_ORIGIN": (
        "`http://127.0.0.1:8000`",
        "The address people type. With `https://` cookies are secure and HSTS is on.",
    ),
    "EINKLANG_HOSTS": ("the origin's host, and this machine", "Host names that are answered, with commas."),
    "EINKLANG_BEHIND_PROXY": ("off", "`1` where a proxy ends TLS and sets `X-Forwarded-Proto`."),
    "EINKLANG_TIME_ZONE": ("`Europe/Berlin`", "Where the company's days begin and end."),
    "EINKLANG_WORKERS": ("`1`", "Processes that work background jobs."),
    "EINKLANG_JOBS": ("queued", "`now` runs each job at once where it is asked for: for tests and scripts."),
    "EINKLANG_LOG": ("`WARNING`", "How much is logged to standard error."),
    "EINKLANG_DEBUG": ("off", "`1` shows tracebacks and reloads assets. Never in production."),
}


def first_line(text: str | None) -> str:
    """The first sentence of a docstring, fit for a table cell."""
    return (text or "").strip().split("\n\n")[0].replace("\n", " ").replace("|", "\\|").strip()


def table(head: list[str], rows: list[list[str]]) -> str:
    """Rows as a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def rooms() -> Iterator[Path]:
    """The rooms in the order people would look for them."""
    return (path for path in sorted(HOUSE.iterdir()) if path.is_dir() and path.name != "__pycache__")


def trees(room: Path, part: str = "") -> Iterator[ast.Module]:
    """The syntax trees of a room, or of one part of it, file or folder."""
    files = (
        [room / f"{part}.py", *sorted((room / part).rglob("*.py"))] if part else sorted(room.rglob("*.py"))
    )
    for path in files:
        if path.exists() and "migrations" not in path.parts:
            yield ast.parse(path.read_text("utf-8"))


def actions() -> str:
    """Every verb: who may, what is written down."""
    parts = []
    for room in rooms():
        rows = []
        for tree in trees(room, "actions"):
            written = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
            for name, node in written.items():
                if _is_a_verb(node):
                    whole = _with_helpers(node, written)
                    may = sorted({text for part in whole for text in _first_texts(part, ".must")})
                    noted = sorted({text for part in whole for text in _first_texts(part, "journal.record")})
                    about = first_line(ast.get_docstring(node))
                    rows.append([f"`{name}`", about, ", ".join(may), _code(noted)])
        if rows:
            head = ["Action", "What it does", "Who: may", "Journal"]
            parts.append(f"## {room.name}\n\n" + table(head, sorted(rows)))
    return "# Actions\n\nEach is one transaction; page, API and terminal call the same one.\n\n" + "\n".join(
        parts
    )


def _is_a_verb(node: ast.FunctionDef) -> bool:
    """Whether a function is an action: public, and one transaction."""
    marks = [ast.unparse(mark) for mark in node.decorator_list]
    return not node.name.startswith("_") and "transaction.atomic" in marks


def _with_helpers(node: ast.FunctionDef, written: dict[str, ast.FunctionDef]) -> list[ast.FunctionDef]:
    """A function and, over however many steps, those beside it that it calls."""
    found = [node]
    for part in found:
        called = {ast.unparse(call.func) for call in ast.walk(part) if isinstance(call, ast.Call)}
        found += [written[name] for name in sorted(called & set(written)) if written[name] not in found]
    return found


def events() -> str:
    """Every kind of line the journal knows."""
    rows = {
        event: room.name
        for room in rooms()
        for tree in trees(room)
        for event in _first_texts(tree, "journal.record")
    }
    body = table(["Event", "Written by"], [[f"`{event}`", room] for event, room in sorted(rows.items())])
    return "# Journal events\n\nOne line for everything that is done, chained by hash.\n\n" + body


def _first_texts(tree: ast.AST, called: str) -> Iterator[str]:
    """The first argument of each call whose written name ends so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and f".{ast.unparse(node.func)}".endswith(called) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def roles() -> str:
    """Who may do what and who sees what."""
    from einklang.people.roles import PERMISSIONS, ROLES

    head = ["May", *(str(role.label) for role in ROLES.values())]
    rows = [
        [str(sentence), *("yes" if name in role.may else "" for role in ROLES.values())]
        for name, sentence in PERMISSIONS.items()
    ]
    sees = [["**sees records of**", *(f"**{role.scope}**" for role in ROLES.values())]]
    return (
        "# Roles\n\nOne table decides; every page, endpoint and command asks it. `territory` also means what "
        "lies below it; `team` the team, its sub-teams and their territories.\n\n" + table(head, sees + rows)
    )


def kpis() -> str:
    """Every figure that can be asked for, as it is defined."""
    from einklang.insight.registry import GROUPS, KPIS

    parts = []
    for group, title in GROUPS.items():
        rows = [
            [f"`{kpi.id}`", str(kpi.title), first_line(str(kpi.definition)), _counted(kpi), str(kpi.needs)]
            for kpi in (KPIS.values() if isinstance(KPIS, dict) else KPIS)
            if kpi.group == group
        ]
        head = ["KPI", "Title", "Definition", "Counted", "Measurable with"]
        parts.append(f"## {title}\n\n" + table(head, rows))
    return "# KPIs\n\nEach with its numerator, its denominator and the rows behind them.\n\n" + "\n".join(
        parts
    )


def _counted(kpi: Any) -> str:
    return f"{kpi.numerator} / {kpi.denominator}" if str(kpi.denominator) else str(kpi.numerator)


def settings() -> str:
    """Every variable of the environment that is read."""
    read = {name for room in rooms() for path in room.rglob("*.py") for name in _variables(path)}
    read |= _variables(HOUSE / "__main__.py")
    unknown, unread = sorted(read - set(SETTINGS)), sorted(set(SETTINGS) - read)
    if unknown:
        raise SystemExit(f"tools/docs.py does not say what {', '.join(unknown)} is for")
    rows = [[f"`{name}`", *SETTINGS[name]] for name in SETTINGS if name not in unread]
    body = table(["Variable", "Default", "What for"], rows)
    return "# Settings\n\nFrom the environment only; none is needed on one machine.\n\n" + body


def _variables(path: Path) -> set[str]:
    return set(re.findall(r"\bEINKLANG_[A-Z_]+\b", path.read_text("utf-8")))


def tables() -> str:
    """Every table with its columns."""
    from django.apps import apps

    parts = []
    for app in apps.get_app_configs():
        if app.name.startswith("einklang."):
            for model in sorted(app.get_models(), key=lambda model: model.__name__):
                rows = [
                    [f"`{field.attname}`", _kind(field), str(field.help_text)]
                    for field in model._meta.concrete_fields
                ]
                about = first_line(model.__doc__)
                parts.append(
                    f"## {app.label}: {model.__name__}\n\n{about}\n\n" + table(["Column", "Kind", ""], rows)
                )
    return "# Tables\n\nMoney is whole minor units (`..._cents`); a month is its first day.\n\n" + "\n".join(
        parts
    )


def _kind(field: Any) -> str:
    kind = (
        field.related_model.__name__ if field.is_relation else field.get_internal_type().removesuffix("Field")
    )
    return f"-> {kind}" if field.is_relation else kind + (" or nothing" if field.null else "")


def commands() -> str:
    """Every command of the terminal with its options."""
    import typer

    from einklang.cli import app

    parts = [
        f"## `{path}`\n\n{_command(command)}"
        for path, command in _walk("einklang", typer.main.get_command(app))
    ]
    intro = (
        "Data to standard output, messages to standard error. Exit codes: 0 ok, 1 error, 2 usage, "
        "3 invalid data, 4 not allowed, 5 conflict."
    )
    return f"# Commands\n\n{intro}\n\n" + "\n".join(parts)


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    inside = getattr(command, "commands", None)
    if inside is None:
        yield path, command
        return
    for name in sorted(inside):
        yield from _walk(f"{path} {name}", inside[name])


def _command(command: Any) -> str:
    rows = []
    for parameter in command.params:
        names = " ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name.upper()
        if not getattr(parameter, "hidden", False):
            rows.append([f"`{names}`", first_line(getattr(parameter, "help", "") or "")])
    about = (command.help or "").strip()
    return f"{about}\n\n" + (table(["Option", "What for"], rows) if rows else "")


def endpoints() -> str:
    """Every address of the API."""
    from einklang.config.api import api

    rows = []
    for path, verbs in sorted(api.get_openapi_schema()["paths"].items()):
        for verb, operation in verbs.items():
            about = first_line(operation.get("description") or operation.get("summary"))
            answers = ", ".join(str(status) for status in sorted(operation["responses"], key=int))
            rows.append([f"`{verb.upper()} {path}`", about, answers])
    intro = (
        "JSON over HTTP, with a token (`Authorization: Bearer ek_...`) or a signed-in browser. Refusals are "
        "`application/problem+json`. The full contract, with shapes, is served at `/api/openapi.json`."
    )
    return f"# API\n\n{intro}\n\n" + table(["Endpoint", "What it does", "Answers"], rows)


PAGES: dict[str, Callable[[], str]] = {
    "actions": actions,
    "journal-events": events,
    "roles": roles,
    "kpis": kpis,
    "settings": settings,
    "tables": tables,
    "commands": commands,
    "engines": engines,
    "api": endpoints,
}


def pages() -> dict[Path, str]:
    """Every page of the reference by its file."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "einklang.config.settings")
    os.environ.setdefault("EINKLANG_DATA", mkdtemp(prefix="einklang-docs-"))
    import django
    from django.utils import translation

    django.setup()
    written = {}
    with translation.override("en"):
        for name, write in PAGES.items():
            text = "\n".join(line.rstrip() for line in write().splitlines())
            written[REFERENCE / f"{name}.md"] = text.strip() + "\n\nWritten from the code by `make docs`.\n"
    listed = "\n".join(f"- [{name.replace('-', ' ')}]({name}.md)" for name in PAGES)
    written[REFERENCE / "README.md"] = f"# Reference\n\n{listed}\n\nWritten from the code by `make docs`.\n"
    return written


def links(text: str) -> list[str]:
    """The files a page links to, without their anchors; other sites are not looked at."""
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target.split("#")[0] for target in targets if "://" not in target and not target.startswith("#")]


def stale() -> list[str]:
    """The pages that are not what the code says."""
    return [
        path.relative_to(ROOT).as_posix()
        for path, text in pages().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the reference, or with ``--check`` say what is out of date."""
    if arguments == ["--check"]:
        old = stale()
        sys.stdout.write("".join(f"{name} is not what the code says: make docs\n" for name in old))
        return 1 if old else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
