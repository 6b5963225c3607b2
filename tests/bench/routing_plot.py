#!/usr/bin/python3
"""Draws what routing costs against the number of pools, from bench.json.

    routing_plot.py [BENCH_JSON [SVG]]   default: build/release/bench.json,
                                         resources/screenshots/routing-cost.svg
"""

import json
import math
import sys
from pathlib import Path

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 48, 52
INK, SOFT, GRID, LINE = "#1f2933", "#66727f", "#d9dee3", "#0b6e99"


def decades(values):
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def micros(value):
    return f"{value / 1000:g} ms" if value >= 1000 else f"{value:g} µs"


def draw(series):
    x_low, x_high = decades([point["pools"] for point in series])
    y_low, y_high = decades([point["medianMicros"] for point in series])

    def x(pools):
        part = (math.log10(pools) - x_low) / (x_high - x_low)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(cost):
        part = (math.log10(cost) - y_low) / (y_high - y_low)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)

    def text(at_x, at_y, words, anchor="middle", colour=SOFT, size=12):
        return (f'<text x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="{anchor}" fill="{colour}" '
                f'font-size="{size}">{words}</text>')

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT, 24, "One plan of full routing: median time against the number of pools",
             "start", INK, 15),
    ]
    for power in range(y_low, y_high + 1):
        at = y(10**power)
        lines.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>')
        lines.append(text(LEFT - 8, at + 4, micros(10**power), "end"))
    for power in range(x_low, x_high + 1):
        lines.append(text(x(10**power), HEIGHT - BOTTOM + 20, f"{10**power:,}"))
    lines.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "pools"))
    path = "L".join(f"{x(p['pools']):.1f} {y(p['medianMicros']):.1f}" for p in series)
    lines.append(f'<path d="M{path}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    for point in series:
        at_x, at_y = x(point["pools"]), y(point["medianMicros"])
        lines.append(f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="4" fill="{LINE}"/>')
        lines.append(text(at_x, at_y - 12, micros(float(f"{point['medianMicros']:.3g}")),
                          colour=INK))
    return "\n".join(lines + ["</svg>", ""])


def main(arguments):
    source = Path(arguments[0] if arguments else "build/release/bench.json")
    target = Path(arguments[1] if len(arguments) > 1 else "resources/screenshots/routing-cost.svg")
    report = json.loads(source.read_text(encoding="utf-8"))
    target.write_text(draw(report["modules"]["routing"]["costAgainstPools"]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
