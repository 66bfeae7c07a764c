-- mark_backup: mark the copy as a backup; a backup of a backup keeps its date
UPDATE ledger SET backup_at = coalesce(backup_at, ?);

-- settle: put the ledger into use, no longer as a backup
UPDATE ledger SET backup_at = NULL;

-- standing: epoch and counter of a program, at its creation and now
SELECT ledger.epoch, program.since, program_counter.last
FROM ledger, program_counter JOIN program ON program.id = program_counter.program_id
WHERE program_counter.program_id = :program_id;

-- taking: counter of a program, whether it takes new messages, and its short code
SELECT program_counter.last, program.active, program.short_code
FROM program_counter JOIN program ON program.id = program_counter.program_id
WHERE program_counter.program_id = :program_id;

-- forgotten: up to which number of a program tombstones may have left
SELECT max(change) FROM tombstone WHERE program_id = :program_id AND erased_at < :horizon;

-- stored: the message under an id
SELECT date, serial, change, id, type, delivery_status, first_status, number, network,
       short_code, gateway, segments, error_code, date_given, first_seen, updated_at, fragment,
       check_value
FROM message INDEXED BY message_id WHERE program_id = ? AND id_hash = ? AND id = ?;

-- insert_message: add a new message
INSERT INTO message (
    date, serial, change, id, type, delivery_status, first_status, number, network,
    short_code, gateway, segments, error_code, date_given, first_seen, updated_at, fragment,
    check_value, program_id, id_hash
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- update_message: write what a receipt changed
UPDATE message
SET change = ?, delivery_status = ?, network = ?, error_code = ?, updated_at = ?, fragment = ?,
    check_value = ?
WHERE program_id = ? AND date = ? AND serial = ?;

-- history: all that was said about a message
SELECT serial, change, delivery_status, date, recorded_at, network, gateway, error_code, text, raw
FROM status_history WHERE program_id = ? AND serial = ? ORDER BY change;

-- history_of: all that was said about the message under an id
SELECT serial, change, delivery_status, date, recorded_at, network, gateway, error_code, text, raw
FROM status_history WHERE program_id = ?1 AND serial = (
    SELECT serial FROM message INDEXED BY message_id
    WHERE program_id = ?1 AND id_hash = ?2 AND id = ?3
) ORDER BY change;

-- insert_history: add to what was said about a message
INSERT INTO status_history (
    serial, change, delivery_status, date, recorded_at, network, gateway, error_code, text, raw,
    program_id
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- has_orphans: whether any receipt of a program waits for its message
SELECT EXISTS (SELECT 1 FROM orphan_receipt WHERE program_id = :program_id);

-- orphans: the receipts that wait under an id
SELECT ordinal, recorded_at, id, delivery_status, date, number, network, gateway, error_code,
       text, raw
FROM orphan_receipt WHERE program_id = ? AND id_hash = ? AND id = ? ORDER BY ordinal;

-- insert_orphan: keep a receipt until its message comes
INSERT INTO orphan_receipt (
    ordinal, recorded_at, id, delivery_status, date, number, network, gateway, error_code, text,
    raw, program_id, id_hash
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- delete_orphan: a receipt has found its message
DELETE FROM orphan_receipt WHERE program_id = ? AND id_hash = ? AND id = ? AND ordinal = ?;

-- keep_count: so many more messages, or fewer, in an hour or on a day
INSERT INTO message_count (
    period, start, type, delivery_status, network, messages, segments, segmented, program_id
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (program_id, period, start, type, delivery_status, network) DO UPDATE
SET messages = messages + excluded.messages, segments = segments + excluded.segments,
    segmented = segmented + excluded.segmented;

-- code_facts: the codes that a program has or had, and the pairs of code and word that are keywords
SELECT short_code, NULL FROM program_code WHERE program_id = :program_id
UNION ALL
SELECT program_keyword.short_code, keyword
FROM json_each(:code_words) AS code_word JOIN program_keyword
    ON program_keyword.short_code = coalesce(
        code_word.value ->> 0, (SELECT short_code FROM program WHERE id = :program_id)
    ) AND keyword = code_word.value ->> 1;

-- keep_consent: store events of numbers, unless later ones are stored
INSERT INTO consent (number, short_code, kind, date, serial, word, program_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (program_id, number, short_code, kind) DO UPDATE
SET date = excluded.date, serial = excluded.serial, word = excluded.word
WHERE (excluded.date, excluded.serial) > (consent.date, consent.serial);

-- words_of_message: the number and short code whose last word comes from a message
SELECT consent.number, consent.short_code
FROM message CROSS JOIN consent USING (program_id, number)
WHERE message.program_id = :program_id AND message.date = :date AND message.serial = :serial
  AND consent.program_id = :program_id AND consent.kind = 'word' AND consent.serial = :serial;

-- delete_word: remove the last word of a number on a short code
DELETE FROM consent WHERE program_id = :program_id AND number = :number AND short_code = :short_code AND kind = 'word';

-- latest_mo: the latest message of a number on a short code
SELECT :number AS number, :short_code AS short_code, min(date, first_seen) AS said_at, serial, fragment
FROM message INDEXED BY message_number
WHERE program_id = :program_id AND number = :number AND type = 'MO'
  AND ltrim(coalesce(short_code, (SELECT short_code FROM program WHERE id = :program_id), ''), '+') = :short_code
ORDER BY said_at DESC, serial DESC LIMIT 1;

-- delete_consent_of_number: remove the events of an erased number
DELETE FROM consent WHERE program_id = :program_id AND number = :number AND NOT EXISTS (
    SELECT 1 FROM message INDEXED BY message_number
    WHERE message.program_id = :program_id AND message.number = :number
    AND message.serial = consent.serial
);

-- has_consent: whether any number of a program has an event on a short code
SELECT number FROM consent WHERE program_id = :program_id AND short_code = :short_code LIMIT 1;

-- consent_of_number: the events of a number of a program on a short code
SELECT program_id, number, kind, date, serial, word FROM consent
WHERE program_id = :program_id AND number = :number AND short_code = :short_code;

-- message_of_event: the id of the message of an event
SELECT serial, id FROM message INDEXED BY message_number
WHERE program_id = :program_id AND number = :number AND date >= :date AND serial = :serial;

-- numbers_of_program: numbers of a program that have messages, or events
SELECT number FROM (
    SELECT * FROM (
        SELECT DISTINCT number FROM message INDEXED BY message_number
        WHERE program_id = :program_id AND number > :after ORDER BY number LIMIT :limit
    )
    UNION
    SELECT * FROM (
        SELECT DISTINCT number FROM consent
        WHERE program_id = :program_id AND number > :after ORDER BY number LIMIT :limit
    )
) ORDER BY number LIMIT :limit;

-- count_numbers: how many numbers of a program have messages
SELECT count(DISTINCT number) FROM message INDEXED BY message_number WHERE program_id = :program_id;

-- mos_of_number: all messages that a number has sent
SELECT number, ltrim(coalesce(short_code, ''), '+') AS short_code,
       min(date, first_seen) AS said_at, serial, fragment
FROM message INDEXED BY message_number WHERE program_id = :program_id AND number = :number AND type = 'MO';

-- unrouted_of_number: the same of unrouted messages
SELECT gateway, id, sender, body, reason, received_at, short_code, date, network, segments,
       remark, raw, authorised, ordinal
FROM unrouted_message WHERE program_id IS NULL AND sender = :number;

-- events_of_number: the events of a number on all short codes
SELECT number, short_code, kind, date, serial, word FROM consent
WHERE program_id = :program_id AND number = :number;

-- delete_event: remove an event, unless a later one has replaced it
DELETE FROM consent WHERE program_id = :program_id AND number = :number AND short_code = :short_code AND kind = :kind
  AND date = :date AND serial = :serial;

-- recent_counts: messages, MTs and those delivered of some programs, by day; and, without a start,
-- of the last 24 hours; several rows of one day are to be added up
SELECT program_id, start, sum(messages) AS messages,
       coalesce(sum(messages) FILTER (WHERE type = 'MT'), 0) AS sent,
       coalesce(sum(messages) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered'), 0)
           AS delivered
FROM message_count
WHERE program_id IN (SELECT value FROM json_each(:program_ids))
    AND period = 'day' AND start >= :since AND start < :today GROUP BY program_id, start
UNION ALL
SELECT program_id, :today, sum(messages),
       coalesce(sum(messages) FILTER (WHERE type = 'MT'), 0),
       coalesce(sum(messages) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered'), 0)
FROM message_count
WHERE program_id IN (SELECT value FROM json_each(:program_ids))
    AND period = 'hour' AND start >= :today AND start < :hour GROUP BY program_id
UNION ALL
SELECT program_id, :today, count(*), count(*) FILTER (WHERE type = 'MT'),
       count(*) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered')
FROM message WHERE program_id IN (SELECT value FROM json_each(:program_ids))
    AND date >= :hour AND date <= :now GROUP BY program_id
UNION ALL
SELECT program_id, NULL, sum(messages),
       coalesce(sum(messages) FILTER (WHERE type = 'MT'), 0),
       coalesce(sum(messages) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered'), 0)
FROM message_count
WHERE program_id IN (SELECT value FROM json_each(:program_ids))
    AND period = 'hour' AND start >= :first_hour AND start < :hour GROUP BY program_id
UNION ALL
SELECT program_id, NULL, count(*), count(*) FILTER (WHERE type = 'MT'),
       count(*) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered')
FROM message WHERE program_id IN (SELECT value FROM json_each(:program_ids))
    AND date >= :day_ago AND date < :first_hour GROUP BY program_id
UNION ALL
SELECT program_id, NULL, count(*), count(*) FILTER (WHERE type = 'MT'),
       count(*) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered')
FROM message WHERE program_id IN (SELECT value FROM json_each(:program_ids))
    AND date >= :hour AND date <= :now GROUP BY program_id;

-- unrouted_at: one message that waits for a program
SELECT gateway, id, sender, body, reason, received_at, short_code, date, network, segments,
       remark, raw, authorised, ordinal
FROM unrouted_message WHERE program_id IS NULL AND ordinal = :ordinal;

-- lock_credential: a credential, which no other writer changes anyway
SELECT username FROM credential WHERE username = :username;

-- ended_sessions: those whose time is over
SELECT digest FROM session WHERE expires_at <= :now;

-- timeline_remembered: none, because a file has no timeline
SELECT NULL AS timeline;

-- count_unfinished: MTs of a program between two dates that no receipt has ended
SELECT count(*) FROM message INDEXED BY message_status
WHERE program_id = :program_id AND delivery_status = 'Sent' AND date >= :start AND date < :end;

-- oldest_before: the oldest messages of a program dated before an instant
SELECT date, serial FROM message WHERE program_id = :program_id AND date < :before
ORDER BY date, serial LIMIT :limit;

-- delete_message: a message has to leave; what it was counted by
DELETE FROM message WHERE program_id = :program_id AND date = :date AND serial = :serial
RETURNING serial, date, type, delivery_status, network, segments;

-- keys_under: where the message under an id is
SELECT date, serial, id FROM message INDEXED BY message_id
WHERE program_id = ? AND id_hash = ? AND id = ?;

-- keys_of_number: where the oldest messages of a handset are
SELECT date, serial, id FROM message INDEXED BY message_number
WHERE program_id = :program_id AND number = :number
ORDER BY date, serial LIMIT :limit;

-- insert_tombstone: remember that a message was erased
INSERT INTO tombstone (change, id, erased_at, program_id) VALUES (:change, :id, :erased_at, :program_id);

-- delete_old_tombstones: those of before an instant, but for the newest: it says what is forgotten
DELETE FROM tombstone WHERE program_id = :program_id AND change IN (
    SELECT change FROM tombstone INDEXED BY tombstone_erased
    WHERE program_id = :program_id AND erased_at < :before AND change < (
        SELECT max(change) FROM tombstone WHERE program_id = :program_id AND erased_at < :before
    ) LIMIT :limit
) RETURNING change;

-- delete_orphans_under: the receipts that wait under an id
DELETE FROM orphan_receipt WHERE program_id = ? AND id_hash = ? AND id = ?;

-- delete_history: and all that was said about it
DELETE FROM status_history WHERE program_id = :program_id AND serial = :serial;

-- delete_old_orphans: receipts of a program whose message did not come within retention
DELETE FROM orphan_receipt WHERE program_id = :program_id AND (id_hash, id, ordinal) IN (
    SELECT id_hash, id, ordinal FROM orphan_receipt INDEXED BY orphan_recorded
    WHERE program_id = :program_id AND recorded_at < :before LIMIT :limit
) RETURNING ordinal;

-- delete_old_unrouted: messages that nobody gave a program within retention
DELETE FROM unrouted_message WHERE ordinal IN (
    SELECT ordinal FROM unrouted_message WHERE received_at < :before LIMIT :limit
) RETURNING ordinal;

-- insert_export: enter an export in the log, unless it is there
INSERT INTO export_log (
    export_id, began_at, username, program_id, kind, filters, skipped, reached, updated_at,
    complete
) VALUES (:export_id, :began_at, :username, :program_id, :kind, :filters, :skipped, :reached, :updated_at, :complete) ON CONFLICT (export_id) DO NOTHING;

-- update_export: an export has got further
UPDATE export_log
SET skipped = min(skipped, :skipped), reached = max(reached, :reached) + :added,
    updated_at = max(updated_at, :updated_at), complete = max(complete, :complete)
WHERE export_id = :export_id;

-- exports_by: what a credential exported, of one program and of several at once, or all
SELECT export_id, began_at, username, program_id, kind, filters, skipped, reached, updated_at,
       complete
FROM export_log INDEXED BY export_log_username
WHERE username = :username AND (began_at, export_id) < (:began_at, :export_id)
      AND program_id IN (coalesce(:program_id, program_id), 0)
ORDER BY began_at DESC, export_id DESC LIMIT :limit;

-- exports_of: what was exported of a program, and of several at once
SELECT export_id, began_at, username, program_id, kind, filters, skipped, reached, updated_at,
       complete
FROM (
    SELECT * FROM (
        SELECT * FROM export_log INDEXED BY export_log_program
        WHERE program_id = :program_id AND (began_at, export_id) < (:began_at, :export_id)
        ORDER BY began_at DESC, export_id DESC LIMIT :limit
    )
    UNION ALL
    SELECT * FROM (
        SELECT * FROM export_log INDEXED BY export_log_program
        WHERE program_id = 0 AND :program_id <> 0
              AND (began_at, export_id) < (:began_at, :export_id)
        ORDER BY began_at DESC, export_id DESC LIMIT :limit
    )
)
ORDER BY began_at DESC, export_id DESC LIMIT :limit;

-- delete_old_exports: what the log says of exports that began before an instant
DELETE FROM export_log WHERE export_id IN (
    SELECT export_id FROM export_log WHERE began_at < :before LIMIT :limit
) RETURNING export_id;

-- note_use: when a credential was used, unless it is deleted
INSERT INTO credential_use (username, last_used_at)
SELECT username, :used_at FROM credential WHERE username = :username
ON CONFLICT (username) DO UPDATE SET last_used_at = max(last_used_at, excluded.last_used_at);

-- copy_rows: rows of a table after a key
SELECT {columns} FROM {table} WHERE ({key}) > ({marks}) ORDER BY {key} LIMIT ?;

-- copy_program_rows: rows of a program after a key
SELECT {columns} FROM {table}
WHERE program_id = ? AND ({key}) > ({marks}) ORDER BY {key} LIMIT ?;

-- copy_changed: messages of a program in the order of their latest change
SELECT {columns} FROM message INDEXED BY message_change
WHERE program_id = ? AND change > ? ORDER BY change LIMIT ?;

-- copy_count: how many messages of a program changed after a number
SELECT count(*) FROM message INDEXED BY message_change WHERE program_id = ? AND change > ?;

-- copy_count_on: a program's last number, unless somebody else has drawn one
UPDATE program_counter SET last = ? WHERE program_id = ? AND last = ?;

-- copy_program_delete: a row of a program leaves
DELETE FROM {table} WHERE program_id = ? AND ({key}) = ({marks});

-- copy_insert: a row comes in
INSERT INTO {table} ({columns}) VALUES ({marks});

-- integrity: the faults that SQLite finds in the file: indexes, pages, the order of keys
PRAGMA integrity_check(100);

-- readable_from: rows of a table after a key
SELECT {columns} FROM {table} WHERE {belonging} ({key}) > ({marks}) ORDER BY {key} LIMIT ?;

-- readable_between: rows of a table after a key, up to another key
SELECT {columns} FROM {table}
WHERE {belonging} ({key}) > ({marks}) AND ({key}) <= ({marks}) ORDER BY {key};

-- readable_at: the row with a key
SELECT {columns} FROM {table} WHERE {belonging} ({key}) = ({marks});

-- readable_keys: the keys in an index or in the table itself, in its order
SELECT {key} FROM {table} {indexed} WHERE {belonging} TRUE ORDER BY {order};

-- readable_indexes: the indexes of a table that contain all its rows
SELECT name FROM pragma_index_list(?) WHERE origin <> 'pk' AND NOT partial;

-- readable_columns: the columns of an index, the key of its table behind them; null: the row's number
SELECT name, key FROM pragma_index_xinfo(?) ORDER BY seqno;

-- readable_make: create a temporary table for the keys of a damaged table
CREATE TEMP TABLE IF NOT EXISTS known_key (a, b, c, PRIMARY KEY (a, b, c)) WITHOUT ROWID;

-- readable_clear: remove the keys of the table before
DELETE FROM temp.known_key;

-- readable_know: add a key of a damaged table
INSERT INTO temp.known_key (a, b, c) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- readable_next: the next keys of a damaged table
SELECT a, b, c FROM temp.known_key WHERE (a, b, c) > (?, ?, ?) ORDER BY a, b, c LIMIT ?;

-- unrouted_ids: the id of a message that waits for a program
SELECT ordinal AS serial, id FROM unrouted_message
WHERE program_id IS NULL AND ordinal = :serial;
