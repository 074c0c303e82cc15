"""Which recipe fits some files: by their names, else by the columns they have."""

from __future__ import annotations

from pathlib import Path

from einklang.transfer.mapping import by_columns
from einklang.transfer.reading import tables_in
from einklang.transfer.recipe import Recipe, parse, shipped
from einklang.transfer.targets import TARGETS


def recipe_for(folder: Path) -> tuple[Recipe, bool] | None:
    """The recipe that knows the most of these files, and whether it is a shipped one; or none.

    A recipe that lies beside the files is the one meant.
    """
    own = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if own:
        return parse(own[0].read_text("utf-8"), own[0].stem), False
    places = tables_in(folder)
    scored = [(len({name.lower() for name in recipe.files} & set(places)), recipe) for recipe in shipped()]
    best = max(scored, key=lambda pair: pair[0])
    if best[0]:
        return best[1], True
    for recipe in shipped():
        if by_columns(recipe, places, TARGETS, {}):
            return recipe, True
    return None
