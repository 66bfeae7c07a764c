"""A set of many numbers that lie close together, a bit for each."""

_BITS = 1 << 16


class Bitmap:
    """Numbers of one program's counter; a damaged one that is huge costs no more than others."""

    def __init__(self) -> None:
        self._chunks: dict[int, bytearray] = {}

    def add(self, number: int) -> bool:
        """Add a number; return whether it is new."""
        place, bit = divmod(number, _BITS)
        chunk = self._chunks.get(place)
        if chunk is None:
            chunk = self._chunks[place] = bytearray(_BITS // 8)
        byte, mask = bit >> 3, 1 << (bit & 7)
        is_new = not chunk[byte] & mask
        chunk[byte] |= mask
        return is_new

    def __contains__(self, number: int) -> bool:
        place, bit = divmod(number, _BITS)
        chunk = self._chunks.get(place)
        return chunk is not None and bool(chunk[bit >> 3] & (1 << (bit & 7)))
