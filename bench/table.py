"""The one table of all rows, and that of the targets, as Markdown."""

from figures import middle

_COLUMNS = (
    ("per second", "rate", "{:,.0f}"),
    ("CPU ms each", "cpu_ms", "{:.3f}"),
    ("memory MB", "rss_mb", "{:.0f}"),
    ("p50 ms", "p50_ms", "{:.2f}"),
    ("p99 ms", "p99_ms", "{:.2f}"),
    ("others' CPU", "others", "{:.0%}"),
)


def _cell(runs, field, form):
    values = [value for value in (getattr(run, field) for run in runs) if value is not None]
    if not values:
        return ""
    text = form.format(middle({"": runs}, "", field))
    if len(values) > 1:
        text += f" ({form.format(min(values))}-{form.format(max(values))})"
    return text


def _share(ours, theirs, better_is_more=False):
    if not ours or not theirs:
        return ""
    if better_is_more or ours > theirs:
        return f"{ours / theirs:.3g} x"
    return f"1/{theirs / ours:.3g}"


def _aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def lines(results, skipped, ratios, order):
    """results: {row: [Figures]}, skipped: {row: why}, in this order; ratios stand below the last of their two rows."""
    rows = [["", *(title for title, _, _ in _COLUMNS)]]
    for name in order:
        if name not in results:
            rows.append([name, "not measured: " + skipped[name], *[""] * (len(_COLUMNS) - 1)])
            continue
        rows.append([name, *(_cell(results[name], field, form) for _, field, form in _COLUMNS)])
        for ours, theirs in ratios:
            if name == theirs and ours in results:
                rows.append(
                    [
                        "*Carillon / " + theirs.partition(": ")[2] + "*",
                        *(
                            _share(middle(results, ours, field), middle(results, theirs, field), field == "rate")
                            for _, field, _ in _COLUMNS[:-1]
                        ),
                        "",
                    ]
                )
    return _aligned(rows)


def targets(goals):
    rows = [["target", "", "measured", ""]]
    for goal in goals:
        verdict = {True: "reached", False: "NOT reached", None: ""}[goal.reached]
        rows.append([goal.what, goal.goal, goal.measured or "not measured", verdict])
    return _aligned(rows)
