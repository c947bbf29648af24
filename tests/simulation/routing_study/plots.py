# SPDX-License-Identifier: Apache-2.0
"""Two kinds of picture as SVG text: stacked shares over time, and bars.

No library: a plot is some rectangles, lines and words. Numbers are rounded, so
that the same figures give the same file.
"""

COLOURS = ["#2b6cb0", "#63b3ed", "#ed8936", "#a0aec0"]
INK, FAINT, OWN, OTHER = "#1a202c", "#cbd5e0", "#2b6cb0", "#a0aec0"


def number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def text(x, y, words, anchor="start", size=12):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return (f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{INK}">{words}</text>')


def rectangle(x, y, width, height, colour):
    return (f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" '
            f'height="{number(height)}" fill="{colour}"/>')


def line(x1, y1, x2, y2, colour=FAINT):
    return (f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" '
            f'y2="{number(y2)}" stroke="{colour}"/>')


def document(width, height, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif">')
    # White beneath, for readers in the dark.
    return "\n".join([head, "<!-- SPDX-License-Identifier: Apache-2.0 -->",
                      rectangle(0, 0, width, height, "#ffffff"), *parts,
                      "</svg>"]) + "\n"


def band(points_above, points_below, colour):
    points = points_above + points_below[::-1]
    path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polygon points="{path}" fill="{colour}"/>'


def course(title, windows, phases, sites):
    """`windows`: shares by site, one list a window; `phases`: (name, s)."""
    left, top, width, height = 50, 60, 820, 200
    step = width / max(1, len(windows) - 1)
    parts = [text(left, 22, title, size=15)]
    beneath = [0.0] * len(windows)
    for i, name in enumerate(sites):
        above = [low + shares[i] for low, shares in zip(beneath, windows)]
        edge = [[(left + at * step, top + height * (1 - share))
                 for at, share in enumerate(shares)]
                for shares in (above, beneath)]
        parts.append(band(edge[0], edge[1], COLOURS[i]))
        parts.append(rectangle(left + width - 270 + 95 * i, 12, 12, 12,
                               COLOURS[i]))
        parts.append(text(left + width - 253 + 95 * i, 22, name))
        beneath = above
    for share in (0, 50, 100):
        parts.append(text(left - 6, top + height * (1 - share / 100) + 4,
                          f"{share} %", "end", 11))
    total, begun = sum(seconds for _, seconds in phases), 0
    for name, seconds in phases:
        x = left + width * begun / total
        parts.append(line(x, top - 16, x, top + height, INK))
        parts.append(text(x + 3, top - 5, name, size=11))
        parts.append(text(x, top + height + 16, f"{begun} s", size=11))
        begun += seconds
    return document(left + width + 20, top + height + 30, parts)


def bars(title, values, own):
    """`values`: (name, value); names that begin with `own` stand out."""
    left, top, width, pitch = 190, 40, 560, 22
    most = max(value for _, value in values) or 1
    parts = [text(20, 22, title, size=15)]
    for i, (name, value) in enumerate(values):
        y = top + i * pitch
        colour = OWN if name.startswith(own) else OTHER
        length = width * value / most
        parts.append(text(left - 8, y + 13, name, "end"))
        parts.append(rectangle(left, y + 2, max(1, length), pitch - 6, colour))
        shown = f"{value:,.0f}" if most > 100 else f"{value:.2f}"
        parts.append(text(left + length + 6, y + 13, shown, size=11))
    return document(left + width + 70, top + len(values) * pitch + 14, parts)
