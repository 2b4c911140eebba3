"""The files of templates: found in their folders, read and checked field by field."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from xlgpt2.errors import TemplateError
from xlgpt2.field_errors import FieldPath, first_error
from xlgpt2.stages.names import with_names
from xlgpt2.stages.templates import Palette, TabTemplate, Template, Templates

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, before it came into the standard library
    import tomli as tomllib

#: The subfolder with the tabs that every model has; those of a family are in one of its name.
COMMON = "common"

#: The subfolder with the tabs of the lessons workbook.
LESSONS = "lessons"

#: The fields of a range that contain a formula.
_FORMULAS = ("formula", "left", "first", "last", "generated")

#: The file of a family that maps names in common tabs to its ranges.
_NAMES = "names.toml"


def shipped_templates() -> Path:
    """The folder of the templates that come with xlgpt2."""
    package = Path(__file__).parent.parent
    installed = package / "templates"
    # In a checkout the folder is beside the package, in a wheel inside it.
    return installed if installed.is_dir() else package.parent / "templates"


def load_templates(folder: str | Path | None = None, family: str = "gpt2") -> Templates:
    """The templates of a folder, of its subfolder for all models and of that of a family.

    The default is the shipped folder. Formulas have the family's own names of ranges. Raises
    TemplateError, which names file and field.
    """
    folder = Path(folder) if folder else shipped_templates()
    return _loaded(folder, (folder, folder / COMMON, folder / family))


def load_lessons(folder: str | Path | None = None) -> Templates:
    """The templates of the lessons workbook: those of a folder's subfolder for lessons.

    The default is the shipped folder. Raises TemplateError, which names file and field.
    """
    folder = Path(folder) if folder else shipped_templates()
    return _loaded(folder, (folder / LESSONS,))


def _loaded(folder: Path, places: Sequence[Path]) -> Templates:
    """The templates in some places of a folder, which has the palette."""
    files = [file for place in places for file in place.glob("[0-9][0-9]-*.toml")]
    files.sort(key=lambda file: file.name)
    palette_file = folder / "palette.toml"
    if not files or not palette_file.is_file():
        raise TemplateError(
            f"templates {folder}: expected palette.toml and files named like 01-guide.toml, "
            f"got {len(files)} of these",
            "copy the shipped folder and change the copy: xlgpt2 show prints its path",
        )
    palette = _validated(Palette, palette_file)
    names_files = [place / _NAMES for place in places if (place / _NAMES).is_file()]
    names = {k: v for file in names_files for k, v in _validated(_Names, file).root.items()}
    tabs = tuple(
        Template(file.name, _in_family(_validated(TabTemplate, file), names)) for file in files
    )
    for template in tabs:
        if template.tab.group not in palette.groups:
            raise TemplateError(
                f"{template.file}: group: expected one of {', '.join(palette.groups)}, "
                f"got {template.tab.group!r}",
                "add the group's colour to palette.toml",
            )
    return Templates(folder, (*files, *names_files, palette_file), names, tabs, palette)


def _in_family(tab: TabTemplate, names: Mapping[str, str]) -> TabTemplate:
    """A tab whose formulas use the family's own names of ranges."""
    ranges = []
    for entry in tab.ranges:
        texts = {name: getattr(entry, name) for name in _FORMULAS}
        changes = {name: with_names(text, names) for name, text in texts.items() if text}
        ranges.append(entry.model_copy(update=changes))
    return tab.model_copy(update={"ranges": tuple(ranges)})


class _Names(RootModel[dict[str, str]]):
    """A family's names of ranges by those in common tabs."""


_Model = TypeVar("_Model", bound=BaseModel)


def _validated(model: type[_Model], file: Path) -> _Model:
    table: Mapping[str, Any] = {}
    try:
        table = tomllib.loads(file.read_text("utf-8"))
        return model.model_validate(table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError(
            f"{file.name}: expected TOML, got {error}", "see docs/templates.md for the format"
        ) from error
    except ValidationError as error:
        place, wrong = first_error(error)
        field = f"{_field(place, table)}: " if place else ""
        raise TemplateError(
            f"{file.name}: {field}{wrong}",
            "see docs/templates.md for the fields and their values",
        ) from error


def _field(place: FieldPath, table: Mapping[str, Any]) -> str:
    """The path of a field for messages, with the name of a range or tensor in place of a number."""
    if len(place) < 2 or place[0] not in ("range", "weight"):
        return ".".join(map(str, place))
    entry = table[str(place[0])][place[1]]
    name = entry.get("name", entry.get("tensor")) if isinstance(entry, dict) else None
    field = ".".join(map(str, place[2:]))
    where = f"{place[0]} {name or f'number {int(place[1]) + 1}'}"
    return f"{where}: {field}" if field else where
