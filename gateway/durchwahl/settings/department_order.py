"""The order of every list of departments: a parent before its children, then by order, number and name."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from durchwahl.errors import Finding
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import DepartmentConfig
from durchwahl.settings.words import collated


def in_order(
    departments: Mapping[str, DepartmentConfig], broken: Container[str] = ()
) -> tuple[tuple[DepartmentConfig, ...], list[Finding]]:
    """Return the departments as they are listed, and a finding for each parent that is none.

    Who names such a parent, or is its own ancestor, is listed at the top and shown without one. `broken` are ids of
    departments that are left out, which has been said already.
    """
    orphans = set(_without_root(departments))
    children: dict[str | None, list[DepartmentConfig]] = {}
    for one in departments.values():
        parent = None if one.id in orphans else one.table.parent
        listed = replace(one, table=one.table.model_copy(update={"parent": parent}))
        children.setdefault(parent, []).append(listed)
    ordered: list[DepartmentConfig] = []

    def walk(parent: str | None) -> None:
        for child in sorted(children.get(parent, []), key=_list_place):
            ordered.append(child)
            walk(child.id)

    walk(None)
    return tuple(ordered), [
        _finding(one, departments)
        for one in departments.values()
        if one.id in orphans and one.table.parent not in broken
    ]


def _without_root(departments: Mapping[str, DepartmentConfig]) -> Iterator[str]:
    for one in departments.values():
        parent = one.table.parent
        if parent is not None and (parent not in departments or _is_own_ancestor(one.id, departments)):
            yield one.id


def _is_own_ancestor(department_id: str, departments: Mapping[str, DepartmentConfig]) -> bool:
    seen: set[str] = set()
    above = departments[department_id].table.parent
    while above is not None and above in departments and above not in seen:
        if above == department_id:
            return True
        seen.add(above)
        above = departments[above].table.parent
    return False


def _finding(one: DepartmentConfig, departments: Mapping[str, DepartmentConfig]) -> Finding:
    parent = one.table.parent or ""
    hint = "" if parent in departments else did_you_mean(parent, departments)
    reason = f'names "{parent}", which leads in a circle or to no department.'
    return Finding(one.file, "department.parent", reason, hint or "Name the department above, or leave it out.")


def _list_place(department: DepartmentConfig) -> tuple[int, bool, list[tuple[int, str]], str, str]:
    """Return what lists are ordered by; of numbers, 9 comes before 33 and 33 before 33.2."""
    number = department.table.number or ""
    parts = [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"[0-9]+|[^0-9]+", number)]
    return department.order, not number, parts, collated(department.table.name.get("de", "")), department.id
