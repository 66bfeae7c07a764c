"""A table of messages in a database, and its state: written in one transaction, always."""

import re
from collections.abc import Sequence

from smsledger.client.database.targets import layout
from smsledger.client.database.targets.database import Database
from smsledger.client.database.targets.layout import COLUMNS, STATES, Row, State
from smsledger.client.errors import TargetUnusable, TokenMoved
from smsledger.ledger import instant

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_KINDS = {
    "varchar": "text",
    "character varying": "text",
    "timestamp without time zone": "timestamp",
}
_ANEW = "--restart empties them and begins anew; or choose another --table"


class Table:
    """The rows of one program in one table.

    Every write names the state from which it goes on, and fails if that is no longer the state:
    so two runs cannot spoil each other's work, whatever locks they hold.
    """

    def __init__(self, database: Database, name: str, program_id: int) -> None:
        schema, _, bare = name.rpartition(".")
        if not _NAME.fullmatch(bare) or not (_NAME.fullmatch(schema) or name == bare):
            raise ValueError("a table's name is of a-z, 0-9 and _; SCHEMA.NAME is one too")
        if bare in {STATES, layout.STAGED}:
            raise ValueError(f"{bare} is a table of smsledger's own")
        self.name, self._schema, self._bare = name, schema, bare
        prefix = f'"{schema}".' if schema else ""
        self._table, self._states = f'{prefix}"{bare}"', f"{prefix}{STATES}"
        self._database = database
        self._program_id = program_id

    def open(self, *, restart: bool = False) -> None:
        """Begin a session, unless there is one; the tables are made where there are none.

        Raises:
            TargetError: it cannot be had, or the table is not one to write to.
        """
        if self._database.is_open:
            return
        self._database.open()
        try:
            self._prepare(restart=restart)
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """End the session."""
        self._database.close()

    def release(self) -> None:
        """Let others have the database for a while."""
        self._database.release()

    def state(self) -> State | None:
        """How far the rows are; None where none were written yet."""
        found = self._database.execute(
            f"SELECT base_url, kind, token FROM {self._states}"
            " WHERE table_name = $1 AND program_id = $2",
            (self._bare, self._program_id),
        )
        return State(base=found[0][0], kind=found[0][1], token=found[0][2]) if found else None

    def put(self, rows: Sequence[Row], before: State | None, after: State) -> None:
        """Write entries of the feed and the state after them."""
        database = self._database
        with database.transaction():
            self._move(before, after)
            if rows:
                database.clear()
                database.stage(rows)
                database.execute(layout.upsert(self._table), (self._program_id,))
            if any(row[-1] for row in rows):
                database.execute(layout.erase(self._table), (self._program_id,))

    def clear(self) -> None:
        """Forget what was staged."""
        self._database.clear()

    def stage(self, rows: Sequence[Row]) -> None:
        """Keep rows for `replace`."""
        if rows:
            self._database.stage(rows)

    def replace(self, start: str, end: str, before: State | None, after: State) -> None:
        """Make what is staged all that the table holds of a window, both dates inclusive."""
        with self._database.transaction():
            self._move(before, after)
            sql = layout.delete_window(self._table)
            self._database.execute(sql, (self._program_id, start, end))
            self._database.execute(layout.upsert(self._table), (self._program_id,))

    def _prepare(self, *, restart: bool) -> None:
        schema = self._schema or self._database.execute("SELECT current_schema()")[0][0]
        self._database.exclude(f"smsledger {schema}.{self._bare} {self._program_id}")
        columns = self._columns(schema)
        if columns and columns != COLUMNS:
            raise TargetUnusable(
                f"{self._differences(columns)}: drop it, or choose another --table"
            )
        if columns and not self._has_key(schema):
            key = "no primary key (program_id, id)"
            raise TargetUnusable(
                f"the table {self.name} has {key}: drop it, or choose another --table"
            )
        if not columns or not self._columns(schema, STATES):
            with self._database.transaction():
                self._database.execute(layout.create_states(self._states))
                if not columns:
                    self._database.execute(layout.create_messages(self._table))
                    self._refuse_state(restart=restart)
        if restart:
            self._empty()
        elif columns and self.state() is None:
            self._refuse_rows()

    def _columns(self, schema: str, table: str = "") -> dict[str, str]:
        found = self._database.execute(
            "SELECT column_name, lower(data_type) FROM information_schema.columns"
            " WHERE table_schema = $1 AND table_name = $2",
            (schema, table or self._bare),
        )
        return {name: _KINDS.get(kind, kind) for name, kind in found}

    def _has_key(self, schema: str) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM information_schema.table_constraints WHERE table_schema = $1"
            " AND table_name = $2 AND constraint_type = 'PRIMARY KEY'",
            (schema, self._bare),
        )
        return bool(found)

    def _differences(self, columns: dict[str, str]) -> str:
        names = [*COLUMNS, *(name for name in columns if name not in COLUMNS)]
        differences = [
            f"{name} ({columns.get(name, 'absent')}, not {COLUMNS.get(name, 'expected')})"
            for name in names
            if columns.get(name) != COLUMNS.get(name)
        ]
        return f"the table {self.name} has another layout, in {', '.join(differences)}"

    def _refuse_state(self, *, restart: bool) -> None:
        if not restart and self.state() is not None:
            raise TargetUnusable(f"the table {self.name} is gone, but its state is not; {_ANEW}")

    def _refuse_rows(self) -> None:
        rows = f"SELECT 1 FROM {self._table} WHERE program_id = $1 LIMIT 1"
        if self._database.execute(rows, (self._program_id,)):
            problem = f"the table {self.name} has rows of program {self._program_id}, but no state"
            raise TargetUnusable(f"{problem}: {_ANEW}")

    def _empty(self) -> None:
        key = (self._bare, self._program_id)
        with self._database.transaction():
            self._database.execute(
                f"DELETE FROM {self._table} WHERE program_id = $1", (self._program_id,)
            )
            self._database.execute(
                f"DELETE FROM {self._states} WHERE table_name = $1 AND program_id = $2", key
            )

    def _move(self, before: State | None, after: State) -> None:
        key = (self._bare, self._program_id)
        now = instant.render_micros(instant.now())
        if before is None:
            sql = (
                f"INSERT INTO {self._states} VALUES ($1, $2, $3, $4, $5, $6::timestamp)"
                " ON CONFLICT DO NOTHING RETURNING token"
            )
            values: tuple[object, ...] = (*key, after.base, after.kind, after.token, now)
        else:
            sql = (
                f"UPDATE {self._states} SET token = $3, written_at = $4::timestamp WHERE"
                " table_name = $1 AND program_id = $2 AND token = $5 RETURNING token"
            )
            values = (*key, after.token, now, before.token)
        if not self._database.execute(sql, values):
            raise TokenMoved(f"another run has written the table {self.name} meanwhile")
