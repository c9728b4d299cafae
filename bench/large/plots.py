"""Plots as SVG, drawn by hand: bars with their figures, which is all there is to show."""

import pathlib
from collections.abc import Mapping
from xml.sax import saxutils

_WIDTH, _LEFT, _BAR, _GAP, _TOP = 720, 250, 22, 10, 46
_COLOURS = ("#2f6f8f", "#c1762d", "#7a8288")


def bars(
    path: pathlib.Path, title: str, unit: str, figures: Mapping[str, float], target: float | None = None
) -> None:
    """Draw one bar for each figure, and a line at the target."""
    most = max([*figures.values(), target or 0.0]) or 1.0
    scale = (_WIDTH - _LEFT - 90) / most
    height = _TOP + len(figures) * (_BAR + _GAP) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        f'<text x="12" y="24" font-size="15">{_safe(title)}</text>',
    ]
    for number, (name, figure) in enumerate(figures.items()):
        top = _TOP + number * (_BAR + _GAP)
        colour = _COLOURS[0 if name.startswith("meterstatus") else 1 + (number % 2)]
        parts += [
            f'<text x="{_LEFT - 8}" y="{top + 16}" text-anchor="end">{_safe(name)}</text>',
            f'<rect x="{_LEFT}" y="{top}" width="{figure * scale:.1f}" height="{_BAR}" fill="{colour}"/>',
            f'<text x="{_LEFT + figure * scale + 6:.1f}" y="{top + 16}">{figure:g} {_safe(unit)}</text>',
        ]
    if target is not None:
        at = _LEFT + target * scale
        bottom = height - 24
        parts += [
            f'<line x1="{at:.1f}" y1="{_TOP - 6}" x2="{at:.1f}" y2="{bottom}" stroke="#b00" '
            'stroke-dasharray="4 3"/>',
            f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle" fill="#b00">target {target:g}</text>',
        ]
    path.write_text("\n".join([*parts, "</svg>\n"]))


def _safe(text: str) -> str:
    return saxutils.escape(text)
