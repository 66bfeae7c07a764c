"""Fragments without U+0085, U+2028 and U+2029, which some readers take for the end of a line."""

from alembic import op

revision = "0009"
down_revision = "0008"

# The same JSON, with the three characters as escapes. Only rows that hold one are written; to find
# them, all fragments are read once. SQL cannot compute their check values, so they have none until
# they are written next. `compatible_since` stays: the release before may leave the characters in
# what it writes.
_STATEMENTS = (
    r"""UPDATE message SET fragment = CAST(
    replace(replace(replace(
        CAST(fragment AS TEXT),
        char(133), '\u0085'), char(8232), '\u2028'), char(8233), '\u2029')
    AS BLOB), check_value = NULL
WHERE instr(fragment, x'C285') OR instr(fragment, x'E280A8') OR instr(fragment, x'E280A9')""",
)


def upgrade() -> None:
    """Write the fragments that hold such characters again."""
    for statement in _STATEMENTS:
        op.execute(statement)
