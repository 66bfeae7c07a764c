"""CSV."""

from smsledger.formats import open_encoder


class CsvEncoder:
    """CSV."""

    def __init__(self, include: tuple[str, ...], header: bool, checkpoints: bool) -> None:
        open_encoder("csv", (*include, str(header), str(checkpoints)))

    def encode(self, lines: bytes, resume: str | None = None) -> bytes:
        """Encode."""
        raise NotImplementedError(lines, resume)

    def finish(self) -> bytes:
        """Finish."""
        raise NotImplementedError
