"""The library's page of the reference: the engine functions that rooms and terminal call, and their frames.

What only engines call among themselves is left out: it may change without notice.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent / "src" / "einklang"
ENGINE = "einklang.engine"
QUALIFIED = r"\b(?:einklang\.engine|numpy|polars|datetime|collections\.abc|typing)\.(?:\w+\.)*(?=\w)"
INTRO = """# Engines

The arithmetic, without a database: frames (of Polars) and numbers in, frames and
numbers out. These are the functions the rooms and the terminal call. `Impossible` is raised where a question
has no answer, `BadTable` (one of its kinds) where a table does not hold what its frame asks for; both carry
sentences for the reader. A month is the date of its first day.

```python
from einklang.engine.forecast import forecast
```
"""


def engines() -> str:
    """The page, module by module."""
    parts = []
    for name, called in sorted(_called().items()):
        module = importlib.import_module(name)
        shown = [_function(one) for one in _functions(module, called)]
        frames = [_frame(one) for one in _frames(module, called)]
        if shown or frames:
            about = _prose(module.__doc__)
            parts.append(f"## `{name}`\n\n{about}\n\n" + "\n".join(frames + shown))
    return INTRO + "\n" + "\n".join(parts)


def _called() -> dict[str, set[str]]:
    """What files outside the engines use of each engine module."""
    found: dict[str, set[str]] = {}
    for path in sorted(HOUSE.rglob("*.py")):
        if "engine" in path.relative_to(HOUSE).parts[:-1]:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        modules: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(ENGINE):
                for name in node.names:
                    inner = f"{node.module}.{name.name}"
                    if _is_module(inner):
                        modules[name.asname or name.name] = inner
                    else:
                        found.setdefault(str(node.module), set()).add(name.name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = modules.get(node.value.id)
                if module:
                    found.setdefault(module, set()).add(node.attr)
    return found


def _is_module(name: str) -> bool:
    place = HOUSE.parent.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def _functions(module: ModuleType, called: set[str]) -> list[Any]:
    """Functions of the module that others call, in the order they are written."""
    found = [getattr(module, name) for name in called if inspect.isfunction(getattr(module, name, None))]
    return sorted(found, key=lambda one: (one.__module__, inspect.getsourcelines(one)[1]))


def _frames(module: ModuleType, called: set[str]) -> list[Any]:
    """Frames of the module: those others name, and those its functions check at their door."""
    from einklang.engine import frames

    shared = vars(frames)
    found = {name: one for name, one in vars(module).items() if isinstance(one, frames.Frame)}
    if module is frames:
        return [(name, one) for name, one in found.items() if name in called]
    return [(name, one) for name, one in found.items() if name not in shared and not name.startswith("_")]


def _frame(named: tuple[str, Any]) -> str:
    """A frame as a list of its columns."""
    name, frame = named
    columns = ", ".join(
        f"`{column}` ({', '.join(part for part in (kind.kind, kind.unit, _may(kind)) if part)})"
        for column, kind in frame.columns.items()
    )
    key = f", one row a {' and '.join(frame.key)}" if frame.key else ""
    return f"**Frame `{name}`**{key}: {columns}. {frame.about}\n"


def _may(column: Any) -> str:
    if column.optional:
        return "optional"
    return "may be blank" if column.blank else ""


def _function(one: Any) -> str:
    """A function: its name, what it takes and gives, and what it says of itself."""
    signature = str(inspect.signature(one)).replace("'", "")
    signature = re.sub(QUALIFIED, "", signature)
    signature = re.sub(r"<(?:function|class) '?([\w.]+)'?(?: at 0x\w+)?>", r"\1", signature)
    return f"### `{one.__name__}`\n\n```text\n{one.__name__}{signature}\n```\n\n{_prose(one.__doc__)}\n"


def _prose(text: str | None) -> str:
    """A docstring as Markdown: examples and formulas become blocks of code."""
    lines: list[str] = []
    block: list[str] = []
    for line in [*inspect.cleandoc(text or "").splitlines(), ""]:
        if line.startswith((">>> ", "... ")) or (block and block[0].startswith(">>>") and line):
            block.append(line)
            continue
        if block:
            lines += ["```pycon", *block, "```"]
            block = []
        lines.append(line)
    plain = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", "\n".join(lines))
    return re.sub(r"(?<!`)``(?!`)", "`", plain).strip()
