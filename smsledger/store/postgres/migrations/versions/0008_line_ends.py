"""Fragments without U+0085, U+2028 and U+2029, which some readers take for the end of a line."""

from alembic import op

revision = "0008"
down_revision = "0007"

# The same JSON, with the three characters as escapes. Only rows that hold one are written; to find
# them, all fragments are read once. SQL cannot compute their check values, so they have none until
# they are written next. `compatible_since` stays: the release before may leave the characters in
# what it writes.
_STATEMENTS = (
    r"""UPDATE message SET fragment = convert_to(
    replace(replace(replace(
        convert_from(fragment, 'UTF8'),
        chr(133), '\u0085'), chr(8232), '\u2028'), chr(8233), '\u2029'),
    'UTF8'), check_value = NULL
WHERE position(decode('c285', 'hex') IN fragment) > 0
    OR position(decode('e280a8', 'hex') IN fragment) > 0
    OR position(decode('e280a9', 'hex') IN fragment) > 0""",
)


def upgrade() -> None:
    """Write the fragments that hold such characters again."""
    for statement in _STATEMENTS:
        op.execute(statement)
