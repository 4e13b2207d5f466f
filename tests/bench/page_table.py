"""The tables about pages in docs/performance.md."""

from typing import Any

from tests.bench import floors

AIM_ANONYMOUS, AIM_304, AIM_SIGNED_IN = 1.5, 1.2, 4.0  # times the CPU time of the floor
HEAD = (
    "| annotations | viewer | sent | CPU | floor | times | CPU, 304 | floor, 304 | times "
    "| p50 | p95 | after a write: CPU | p50 |\n"
    "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def table(result: dict[str, Any]) -> str:
    """Return Markdown: pages, all kinds of floor, and several clients at once."""
    rows = result["rows"]
    kinds = [name for name in floors.KINDS if name in rows[0]["figures"]]
    parts = [HEAD, *(_page(row) for row in rows), ""]
    parts += [
        "What stands under it, CPU ms for each request (304 in brackets):",
        "",
        "| annotations | viewer | Postil | "
        + " | ".join(floors.KINDS[one] for one in kinds)
        + " |",
        "|--:|---|" + "--:|" * (len(kinds) + 1),
        *(_floors(row, kinds) for row in rows),
        "",
        "Several clients at once, each in a process of its own on the same cores:",
        "",
        "| annotations | viewer | of | clients | requests a second | p50 | p95 |",
        "|--:|---|---|--:|--:|--:|--:|",
        *(_clients(row, one) for row in rows for one in row["clients"]),
    ]
    return "\n".join(parts)


def targets(result: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return name, aim, figure and whether it is met, for each thing that is aimed at."""
    found = []
    for row in result["rows"]:
        signed_in = row["viewer"] != "anonymous"
        aim = AIM_SIGNED_IN if signed_in else AIM_ANONYMOUS
        what = f"Reader's page, {row['annotations']:,} annotations, {row['viewer']}: CPU"
        figure = f"{row['ratio']:.2f} times the floor"
        found.append((what, f"at most {aim:g} times", figure, row["ratio"] <= aim))
        if not signed_in:
            what = f"The same, unchanged since (304), {row['annotations']:,} annotations: CPU"
            figure = f"{row['ratio_304']:.2f} times the floor's"
            found.append((what, f"at most {AIM_304:g} times", figure, row["ratio_304"] <= AIM_304))
    return found


def _page(row: dict[str, Any]) -> str:
    figures, changed = row["figures"], row["changed"]
    page, page_304 = figures["page"], figures["page 304"]
    floor, floor_304 = figures[floors.DJANGO], figures[f"{floors.DJANGO} 304"]
    cells = (
        f"{row['annotations']:,}",
        row["viewer"],
        f"{row['sent'] / 1000:.1f} kB",
        f"{page['cpu_ms']:.3f} ms",
        f"{floor['cpu_ms']:.3f} ms",
        f"{row['ratio']:.2f}",
        f"{page_304['cpu_ms']:.3f} ms",
        f"{floor_304['cpu_ms']:.3f} ms",
        f"{row['ratio_304']:.2f}",
        f"{page['p50_ms']:.2f} ms",
        f"{page['p95_ms']:.2f} ms",
        f"{changed['cpu_ms']:.0f} ms",
        f"{changed['p50_ms']:.0f} ms",
    )
    return f"| {' | '.join(cells)} |"


def _floors(row: dict[str, Any], kinds: list[str]) -> str:
    cells = [
        f"{row['figures'][one]['cpu_ms']:.3f} ({row['figures'][f'{one} 304']['cpu_ms']:.3f})"
        for one in ("page", *kinds)
    ]
    return f"| {row['annotations']:,} | {row['viewer']} | {' | '.join(cells)} |"


def _clients(row: dict[str, Any], one: dict[str, Any]) -> str:
    of = "Postil" if one["of"] == "page" else "floor"
    times = f"{one['p50_ms']:.2f} ms | {one['p95_ms']:.2f} ms"
    head = f"| {row['annotations']:,} | {row['viewer']} | {of} | {one['clients']}"
    return f"{head} | {one['per_second']:,.0f} | {times} |"
