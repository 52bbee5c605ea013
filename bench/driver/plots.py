"""Plots of results as SVG: horizontal bars, one group a line of the table, one bar a gateway."""

from html import escape

FLOOR = "floor"
COLOURS = ["#2b6cb0", "#c05621", "#2f855a", "#6b46c1"]
FLOOR_COLOUR = "#a0aec0"
WIDTH = 860
LABEL_WIDTH = 330
BAR = 13
GAP = 10
TOP = 58


def _value_text(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _bars(title, unit, names, groups):
    """`groups`: label -> name -> (median, lowest, highest)."""
    shown = [name for name in names if any(name in group for group in groups.values())]
    others = [name for name in shown if name != FLOOR]
    colours = {name: FLOOR_COLOUR if name == FLOOR else COLOURS[others.index(name) % len(COLOURS)] for name in shown}
    longest = max(value[2] for group in groups.values() for value in group.values()) or 1
    scale = (WIDTH - LABEL_WIDTH - 80) / longest
    parts = []
    y = TOP
    for label, group in groups.items():
        height = BAR * len(group)
        parts.append(
            f'<text x="{LABEL_WIDTH - 8}" y="{y + height / 2 + 4:.0f}" text-anchor="end">{escape(label)}</text>'
        )
        for name in shown:
            if name not in group:
                continue
            median, low, high = group[name]
            length = median * scale
            parts.append(
                f'<rect x="{LABEL_WIDTH}" y="{y + 1}" width="{length:.1f}" height="{BAR - 2}" fill="{colours[name]}"/>'
            )
            end = length
            if high > low:
                middle = y + BAR / 2
                parts.append(
                    f'<line x1="{LABEL_WIDTH + low * scale:.1f}" y1="{middle}" '
                    f'x2="{LABEL_WIDTH + high * scale:.1f}" y2="{middle}" stroke="#1a202c"/>'
                )
                end = high * scale
            parts.append(f'<text x="{LABEL_WIDTH + end + 5:.1f}" y="{y + BAR - 3}" class="value">{_value_text(median)}</text>')
            y += BAR
        y += GAP
    legend = []
    x = LABEL_WIDTH
    for name in shown:
        legend.append(f'<rect x="{x}" y="34" width="11" height="11" fill="{colours[name]}"/>')
        legend.append(f'<text x="{x + 16}" y="44">{escape(name)}</text>')
        x += 36 + 7 * len(name)
    height = y + 6
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">',
            "<style>text{font:12px sans-serif;fill:#1a202c}.value{font-size:11px}.title{font-size:15px;font-weight:bold}"
            "</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="12" y="22" class="title">{escape(title)}</text>',
            f'<text x="12" y="44">{escape(unit)}</text>',
            *legend,
            *parts,
            "</svg>",
            "",
        ]
    )


def _figure(figures, name):
    figure = figures[name]
    return figure["median"], figure["min"], figure["max"]


def _groups(results, keys, name):
    groups = {}
    for key in keys:
        row = results["rows"].get(key)
        if row:
            group = {who: _figure(figures, name) for who, figures in row["gateways"].items() if name in figures}
            if group:
                groups[row["title"]] = group
    return groups


def all_plots(results):
    """File name -> SVG text, of what the results contain."""
    rows = results["rows"]
    fan_out = [key for key in rows if key.startswith("fan-out-")] + ["spread"]
    requests = [key for key in rows if rows[key]["kind"] == "cpu" and key not in fan_out and key not in ("tree",)]
    latency = {}
    if "latency" in rows:
        for name in ("p50", "p90", "p99", "max"):
            latency[name] = {
                who: _figure(figures, f"latency_{name}_us") for who, figures in rows["latency"]["gateways"].items()
            }
    plots = {
        "fan-out.svg": ("Events to many clients", "CPU us a delivery", _groups(results, fan_out, "cpu_us")),
        "requests.svg": ("Requests, connections, resets", "CPU us each", _groups(results, requests, "cpu_us")),
        "latency.svg": ("From publishing to the last of 1,000 clients, 20 events/s", "us", latency),
        "memory.svg": (
            "Memory of the gateway process",
            "bytes each",
            _groups(results, [key for key in rows if rows[key]["kind"] == "memory"], "bytes"),
        ),
    }
    names = list(results["gateways"])
    return {file: _bars(title, unit, names, groups) for file, (title, unit, groups) in plots.items() if groups}
