"""Tables of results, for terminals and for the page."""

FLOOR = "floor"


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def _range(figure):
    if figure["min"] == figure["max"]:
        return number(figure["median"])
    return f"{number(figure['median'])} ({number(figure['min'])}-{number(figure['max'])})"


def _ratio(figure):
    if figure is None:
        return ""
    if figure["min"] == figure["max"]:
        return f"{figure['median']:.2f}"
    return f"{figure['median']:.2f} ({figure['min']:.2f}-{figure['max']:.2f})"


def _median(figures, name):
    return number(figures[name]["median"]) if name in figures else ""


def _rows_of(results, kind):
    return [row for row in results["rows"].values() if row["kind"] == kind]


def _gateways(results):
    return [name for name in results["gateways"] if name != FLOOR]


def cpu_table(results, kind="cpu"):
    header = ["work", "unit", "gateway", "CPU us", "user us", "floor us", "ratio to floor", "switches", "system calls (floor)"]
    lines = []
    for row in _rows_of(results, kind):
        floor = row["gateways"].get(FLOOR, {})
        for name in row["gateways"]:
            if name == FLOOR:
                continue
            figures = row["gateways"][name]
            calls = _median(figures, "system_calls")
            if calls and "system_calls" in floor:
                calls += f" ({_median(floor, 'system_calls')})"
            lines.append(
                [
                    row["title"],
                    row["unit"],
                    name,
                    _range(figures["cpu_us"]),
                    _median(figures, "user_us"),
                    _median(floor, "cpu_us"),
                    _ratio(figures.get("ratio")),
                    _median(figures, "switches"),
                    calls,
                ]
            )
    return header, lines


def latency_table(results):
    header = ["work", "gateway", "p50 us", "p90 us", "p99 us", "max us", "p99 / floor's"]
    lines = []
    for row in _rows_of(results, "latency"):
        for name in [*_gateways(results), FLOOR]:
            figures = row["gateways"].get(name)
            if figures:
                lines.append(
                    [row["title"], name]
                    + [_median(figures, f"latency_{which}_us") for which in ("p50", "p90", "p99", "max")]
                    + [_ratio(figures.get("latency_p99_ratio"))]
                )
    return header, lines


def memory_table(results):
    header = ["what", "gateway", "bytes each", "CPU us each"]
    lines = []
    for row in _rows_of(results, "memory"):
        for name in _gateways(results):
            figures = row["gateways"].get(name)
            if figures:
                lines.append([row["title"], name, _range(figures["bytes"]), _median(figures, "cpu_us")])
    return header, lines


def idle_reader_table(results):
    header = ["work", "gateway", "bytes kept at most for each that does not read"]
    lines = []
    for row in _rows_of(results, "idle-readers"):
        for name in [*_gateways(results), FLOOR]:
            figures = row["gateways"].get(name)
            if figures:
                lines.append([row["title"], name, _range(figures["idle_reader_bytes"])])
    return header, lines


def start_table(results):
    header = ["gateway", "ready after ms", "CPU ms", "resident MiB", "binary MiB, stripped"]
    lines = []
    for row in _rows_of(results, "start"):
        for name in [*_gateways(results), FLOOR]:
            figures = row["gateways"].get(name)
            if figures:
                size = figures.get("stripped_bytes")
                lines.append(
                    [
                        name,
                        f"{figures['ready_us']['median'] / 1000:.1f}",
                        f"{figures['cpu_us']['median'] / 1000:.1f}",
                        f"{figures['resident_bytes']['median'] / 2**20:.1f}",
                        f"{size['median'] / 2**20:.2f}" if size else "",
                    ]
                )
    return header, lines


def all_tables(results):
    """Title, header and lines of each table that has any."""
    tables = [
        ("CPU time of the gateway process", *cpu_table(results)),
        ("The NATS client alone", *cpu_table(results, "nats")),
        ("From publishing to the last receiver", *latency_table(results)),
        ("CPU time at that rate", *cpu_table(results, "latency")),
        ("Beside clients that do not read", *cpu_table(results, "idle-readers")),
        ("Clients that do not read", *idle_reader_table(results)),
        ("Memory", *memory_table(results)),
        ("Start", *start_table(results)),
    ]
    return [table for table in tables if table[2]]


def as_text(header, lines):
    widths = [max(len(line[i]) for line in [header, *lines]) for i in range(len(header))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in [header, *lines])


def as_markdown(header, lines):
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
