#!/usr/bin/python3
"""Turns bench.json into the performance table of the README.

    readme_table.py [BENCH_JSON [README]]   default: build/release/bench.json, README.md
    readme_table.py --self-test

Replaces what stands between the two marker comments; changes nothing where one of them is missing.
"""

import json
import sys
from pathlib import Path

BEGIN = "<!-- benchmarks: made by tests/bench/readme_table.py -->"
END = "<!-- end of benchmarks -->"

# (unit, scale): the largest in which the number is at least 1.
NANOS = [("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1)]
UNIT_NANOS = {"s": 1e9, "ms": 1e6, "µs": 1e3, "us": 1e3, "ns": 1}


def digits(value):
    """Three significant digits, thousands apart; no exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def quantity(value, unit):
    if unit not in UNIT_NANOS:
        return f"{digits(value)}{unit}" if unit.startswith("/") else f"{digits(value)} {unit}".strip()
    nanos = value * UNIT_NANOS[unit]
    for name, scale in NANOS:
        if nanos >= scale or name == "ns":
            return f"{digits(nanos / scale)} {name}"
    raise AssertionError("unreachable")


def spread(figure):
    if "fastest" not in figure or "slowest" not in figure:
        return figure.get("note", "")
    unit = figure["unit"]
    return f"{quantity(figure['fastest'], unit)} to {quantity(figure['slowest'], unit)}"


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(report):
    machine = report["machine"]
    lines = [
        f"Measured on {machine['cpu']}, {machine['cores']} cores, {machine['memoryGib']:.0f} GiB, "
        f"{machine['system']}, Linux {machine['kernel']}, {machine['compiler']}, "
        f"Qt {machine['qt']}, {machine['build']} build, {report['date']}. "
        "Times are medians of repetitions; the last column is their spread, or how it was measured.",
        "",
        "| module | what | figure | spread or note |",
        "|---|---|---:|---|",
    ]
    for module, figures in report["modules"].items():
        # A series behind a plot stands beside the figures.
        for figure in (one for one in figures.values() if isinstance(one, dict)):
            lines.append(
                f"| {cell(module)} | {cell(figure['what'])} | "
                f"{cell(quantity(figure['value'], figure['unit']))} | {cell(spread(figure))} |"
            )
    return "\n".join(lines)


def replaced(readme, text):
    """None where the markers are not there, once each and in order."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        return None
    head, rest = readme.split(BEGIN)
    if END not in rest:
        return None
    return f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}"


def self_test():
    assert quantity(0.51, "ns") == "0.51 ns"
    assert quantity(12.34, "ns") == "12.3 ns"
    assert quantity(1234, "ns") == "1.23 µs"
    assert quantity(2.5, "ms") == "2.50 ms"
    assert quantity(2500, "ms") == "2.50 s"
    assert quantity(39871.2, "/s") == "39,871/s"
    assert quantity(3, "MB") == "3.00 MB"
    report = {
        "machine": {"cpu": "A|B", "cores": 2, "memoryGib": 7.8, "system": "Debian", "kernel": "6",
                    "compiler": "GNU 12", "qt": "6.4", "build": "Release"},
        "date": "2026-01-02",
        "modules": {
            "amm": {"a": {"what": "quote | x", "value": 80, "unit": "ns", "fastest": 70, "slowest": 90}},
            "storage": {"b": {"what": "orders", "value": 5000, "unit": "/s", "note": "10 clients"}},
        },
    }
    text = table(report)
    assert "| amm | quote \\| x | 80.0 ns | 70.0 ns to 90.0 ns |" in text
    assert "| storage | orders | 5,000/s | 10 clients |" in text
    assert "2 cores, 8 GiB" in text
    readme = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = replaced(readme, "new")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert replaced(once, "new") == once
    assert replaced(f"{END}\n{BEGIN}", "new") is None
    assert replaced("nothing", "new") is None
    print("readme_table: all right")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return 0
    if len(arguments) > 2 or (arguments and arguments[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(__file__).resolve().parents[2]
    bench = Path(arguments[0]) if arguments else root / "build/release/bench.json"
    readme = Path(arguments[1]) if len(arguments) > 1 else root / "README.md"
    report = json.loads(bench.read_text(encoding="utf-8"))
    text = replaced(readme.read_text(encoding="utf-8"), table(report))
    if text is None:
        print(f"{readme}: the two marker comments are missing", file=sys.stderr)
        return 1
    readme.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
