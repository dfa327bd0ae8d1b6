"""The table that a run ends with."""

from collections.abc import Sequence

from rich.table import Table

from bench.figures import Figure


def table_of(figures: Sequence[Figure]) -> Table:
    """Return the figures, each with what was promised and whether it is kept."""
    table = Table(title="Figures without a unit are ratios, measured side by side")
    table.add_column("bench")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("required", justify="right")
    table.add_column("")
    previous = ""
    for figure in figures:
        measured = f"{written(figure.value)} {figure.unit}".strip()
        verdict = ("[green]kept" if figure.holds else "[bold red]not kept") if figure.is_required else ""
        name = figure.bench if figure.bench != previous else ""
        table.add_row(name, figure.name, measured, figure.requirement, verdict)
        previous = figure.bench
    return table


def written(value: float) -> str:
    """Return a figure with as many places as it can bear."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
