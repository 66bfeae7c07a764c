"""A row of figures as the path of a small line."""

WIDTH, HEIGHT = 120, 28
_EDGE = 2  # so that the line's own breadth is not cut off


def sparkline(figures: list[int]) -> str:
    """The `d` of an SVG path through the figures, from left to right; the highest is at the top."""
    highest = max(figures, default=0) or 1
    step = (WIDTH - 2 * _EDGE) / max(1, len(figures) - 1)
    points = [
        f"{_EDGE + at * step:.1f} {HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * each / highest:.1f}"
        for at, each in enumerate(figures)
    ]
    return "M" + " L".join(points)
