-- place_remembered: the place that the ledger has stored
SELECT system_identifier, database_oid, table_oid FROM ledger;

-- place_found: the OIDs of the database and the table, and whether the role may read the cluster's
SELECT (SELECT oid FROM pg_database WHERE datname = current_database())::bigint AS database_oid,
       'ledger'::regclass::oid::bigint AS table_oid,
       has_function_privilege('pg_control_system()', 'execute') AS may_read;

-- system_identifier: the identifier of the cluster, which its standbys share
SELECT system_identifier FROM pg_control_system();

-- learn_place: store the ledger's place for the first time
UPDATE ledger SET system_identifier = $1, database_oid = $2, table_oid = $3
WHERE database_oid IS NULL
    OR (system_identifier IS NULL AND database_oid = $2 AND table_oid = $3)
RETURNING 1;

-- settle: put the ledger into use at its current place
UPDATE ledger SET backup_at = NULL, system_identifier = $1, database_oid = $2, table_oid = $3,
                  timeline = $4;

-- timeline: the timeline on which the primary writes
SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint
WHERE NOT pg_is_in_recovery();

-- timeline_remembered: the timeline that the ledger has stored
SELECT timeline FROM ledger;

-- note_timeline: store a new timeline, unless another process has done so
UPDATE ledger SET timeline = $1 WHERE timeline IS NOT DISTINCT FROM $2 RETURNING 1;

-- reference_version: how often programs and credentials were changed
SELECT reference_version FROM ledger;

-- count_reference_change: programs or credentials are being changed; a restored ledger, which has
-- forgotten some changes, must not come to the same number by another
UPDATE ledger SET reference_version = reference_version + 1 + (random() * 1e9)::bigint;

-- lock: nobody else draws numbers in a program until the transaction is over
SELECT last FROM program_counter WHERE program_id = $1 FOR UPDATE;

-- taking: counter of a program, whether it takes new messages, its short code, and the receipts
-- under the ids
SELECT program_counter.last, program.active, program.short_code, orphan.ordinal, orphan.recorded_at, orphan.id,
       orphan.delivery_status, orphan.date, orphan.number, orphan.network, orphan.gateway,
       orphan.error_code, orphan.text, orphan.raw
FROM program_counter
LEFT JOIN program ON program.id = program_counter.program_id
LEFT JOIN orphan_receipt AS orphan
    ON orphan.program_id = program_counter.program_id AND orphan.program_id = $1
    AND orphan.id = ANY ($2::text[])
WHERE program_counter.program_id = $1 ORDER BY orphan.ordinal;

-- forgotten: up to which number of a program tombstones may have left
SELECT max(change) FROM tombstone WHERE program_id = $1 AND erased_at < $4::bigint;

-- stored: the messages under some ids. A program that statistics do not know yet seems to be empty, and
-- any index as good as any other: only that of the ids has their order
SELECT stored.date, stored.serial, stored.change, stored.id, stored.type, stored.delivery_status,
       stored.first_status, stored.number, stored.network, stored.short_code, stored.gateway, stored.segments,
       stored.error_code, stored.date_given, stored.first_seen, stored.updated_at, stored.fragment,
       stored.check_value
FROM unnest($2::text[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT * FROM message
    WHERE program_id = $1 AND message.id BETWEEN wanted.id AND wanted.id
    ORDER BY message.id LIMIT 1
) AS stored;

-- insert_message: add new messages
INSERT INTO message (
    program_id, date, serial, change, id, type, delivery_status, first_status, number, network,
    short_code, gateway, segments, error_code, date_given, first_seen, updated_at, fragment,
    check_value
)
SELECT $1, * FROM unnest(
    $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::text[], $15::boolean[],
    $16::bigint[], $17::bigint[], $18::bytea[], $19::bigint[]
);

-- update_message: write what receipts changed
UPDATE message
SET change = new.change, delivery_status = new.delivery_status, network = new.network,
    error_code = new.error_code, updated_at = new.updated_at, fragment = new.fragment,
    check_value = new.check_value
FROM unnest(
    $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[],
    $9::bytea[], $10::bigint[]
) AS new (
    date, serial, change, delivery_status, network, error_code, updated_at, fragment, check_value
)
WHERE message.program_id = $1 AND message.date = new.date AND message.serial = new.serial;

-- history: all that was said about some messages
SELECT serial, change, delivery_status, date, recorded_at, network, gateway, error_code, text, raw
FROM status_history WHERE program_id = $1 AND serial = ANY ($2::bigint[]) ORDER BY serial, change;

-- insert_history: add to what was said about messages
INSERT INTO status_history (
    program_id, serial, change, delivery_status, date, recorded_at, network, gateway, error_code,
    text, raw
)
SELECT $1, * FROM unnest(
    $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::bytea[]
);

-- insert_orphan: keep receipts until their message comes
INSERT INTO orphan_receipt (
    program_id, ordinal, recorded_at, id, delivery_status, date, number, network, gateway,
    error_code, text, raw
)
SELECT $1, * FROM unnest(
    $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::bytea[]
);

-- delete_orphan: receipts have found their message, or waited in vain
DELETE FROM orphan_receipt
USING unnest($2::text[], $3::bigint[]) AS gone (id, ordinal)
WHERE program_id = $1 AND orphan_receipt.id = gone.id AND orphan_receipt.ordinal = gone.ordinal;

-- keep_count: so many more messages, or fewer, in some hours and on some days
INSERT INTO message_count (
    program_id, period, start, type, delivery_status, network, messages, segments, segmented
)
SELECT $1, * FROM unnest(
    $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
    $9::bigint[]
)
ON CONFLICT (program_id, period, start, type, delivery_status, network) DO UPDATE
SET messages = message_count.messages + excluded.messages,
    segments = message_count.segments + excluded.segments,
    segmented = message_count.segmented + excluded.segmented;

-- code_facts: the codes that a program has or had, and the pairs of code and word that are keywords
SELECT short_code, NULL AS keyword FROM program_code WHERE program_id = $1
UNION ALL
SELECT program_keyword.short_code, keyword
FROM unnest($2::text[], $3::text[]) AS code_word (short_code, word) JOIN program_keyword
    ON program_keyword.short_code = coalesce(
        code_word.short_code, (SELECT short_code FROM program WHERE id = $1)
    ) AND keyword = code_word.word;

-- keep_consent: store events of numbers, unless later ones are stored
INSERT INTO consent (program_id, number, short_code, kind, date, serial, word)
SELECT $1, * FROM unnest(
    $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[]
)
ON CONFLICT (program_id, number, short_code, kind) DO UPDATE
SET date = excluded.date, serial = excluded.serial, word = excluded.word
WHERE (excluded.date, excluded.serial) > (consent.date, consent.serial);

-- words_of_message: the numbers and short codes whose last words come from some messages
SELECT consent.number, consent.short_code
FROM unnest(:date::bigint[], :serial::bigint[]) AS wanted (date, serial)
JOIN message ON message.program_id = :program_id
    AND message.date = wanted.date AND message.serial = wanted.serial
JOIN consent ON consent.program_id = :program_id AND consent.number = message.number
    AND consent.kind = 'word' AND consent.serial = wanted.serial
WHERE message.program_id = :program_id AND consent.program_id = :program_id;

-- delete_word: remove the last words of some numbers on short codes
DELETE FROM consent USING unnest(:number::text[], :short_code::text[]) AS gone (number, short_code)
WHERE program_id = :program_id AND consent.number = gone.number
  AND consent.short_code = gone.short_code AND consent.kind = 'word';

-- latest_mo: the latest message of each of some numbers on a short code
SELECT said.number, said.short_code, latest.said_at, latest.serial, latest.fragment
FROM unnest(:number::text[], :short_code::text[]) AS said (number, short_code) CROSS JOIN LATERAL (
    SELECT least(date, first_seen) AS said_at, serial, fragment FROM message
    WHERE program_id = :program_id AND message.number = said.number AND type = 'MO'
      AND ltrim(
          coalesce(message.short_code, (SELECT short_code FROM program WHERE id = :program_id), ''), '+'
      ) = said.short_code
    ORDER BY said_at DESC, serial DESC LIMIT 1
) AS latest;

-- delete_consent_of_number: remove the events of an erased number
DELETE FROM consent WHERE program_id = :program_id AND number = :number AND NOT EXISTS (
    SELECT 1 FROM message WHERE message.program_id = :program_id AND message.number = :number
    AND message.serial = consent.serial
);

-- has_consent: whether any number of a program has an event on a short code; the order makes
-- the planner look into the index, also for a program that has nothing
SELECT number FROM consent WHERE program_id = :program_id AND short_code = :short_code
ORDER BY kind, number LIMIT 1;

-- consent_of_number: the events of some numbers of a program on a short code
SELECT program_id, number, kind, date, serial, word FROM consent
WHERE program_id = :program_id AND number = ANY (:number::text[]) AND short_code = :short_code;

-- message_of_event: the ids of the messages of some events
SELECT wanted.serial, found.id
FROM unnest(:number::text[], :date::bigint[], :serial::bigint[]) AS wanted (number, date, serial)
CROSS JOIN LATERAL (
    SELECT id FROM message
    WHERE message.program_id = :program_id AND message.number = wanted.number
      AND message.date >= wanted.date AND message.serial = wanted.serial
    LIMIT 1
) AS found;

-- unrouted_ids: the ids of some messages that wait for a program
SELECT ordinal AS serial, id FROM unrouted_message
WHERE program_id IS NULL AND ordinal = ANY (:serial::bigint[]);

-- numbers_of_program: numbers of a program that have messages, or events
SELECT number FROM (
    (SELECT DISTINCT number FROM message
     WHERE program_id = :program_id AND number > :after ORDER BY number LIMIT :limit)
    UNION
    (SELECT DISTINCT number FROM consent
     WHERE program_id = :program_id AND number > :after ORDER BY number LIMIT :limit)
) AS found ORDER BY number LIMIT :limit;

-- count_numbers: how many numbers of a program have messages
SELECT count(*) FROM (SELECT DISTINCT number FROM message WHERE program_id = :program_id) AS numbers;

-- mos_of_number: all messages that some numbers have sent
SELECT number, ltrim(coalesce(short_code, ''), '+') AS short_code,
       least(date, first_seen) AS said_at, serial, fragment
FROM message WHERE program_id = :program_id AND number = ANY (:number::text[]) AND type = 'MO';

-- unrouted_of_number: the same of unrouted messages
SELECT gateway, id, sender, body, reason, received_at, short_code, date, network, segments,
       remark, raw, authorised, ordinal
FROM unrouted_message WHERE program_id IS NULL AND sender = ANY (:number::text[]);

-- events_of_number: the events of some numbers on all short codes
SELECT number, short_code, kind, date, serial, word FROM consent
WHERE program_id = :program_id AND number = ANY (:number::text[]);

-- delete_event: remove events, unless later ones have replaced them
DELETE FROM consent USING unnest(
    :number::text[], :short_code::text[], :kind::text[], :date::bigint[], :serial::bigint[]
) AS gone (number, short_code, kind, date, serial)
WHERE program_id = :program_id AND consent.number = gone.number AND consent.short_code = gone.short_code
  AND consent.kind = gone.kind AND consent.date = gone.date AND consent.serial = gone.serial;

-- recent_counts: messages, MTs and those delivered of some programs, by day; and, without a start,
-- of the last 24 hours; several rows of one day are to be added up. Messages are joined: by ANY a
-- program that statistics do not know yet would be read whole
SELECT program_id, start, sum(messages)::bigint AS messages,
       coalesce(sum(messages) FILTER (WHERE type = 'MT'), 0)::bigint AS sent,
       coalesce(sum(messages) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered'), 0)::bigint
           AS delivered
FROM message_count
WHERE program_id = ANY (:program_ids::bigint[])
    AND period = 'day' AND start >= :since::bigint AND start < :today::bigint GROUP BY program_id, start
UNION ALL
SELECT program_id, :today::bigint, sum(messages)::bigint,
       coalesce(sum(messages) FILTER (WHERE type = 'MT'), 0)::bigint,
       coalesce(sum(messages) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered'), 0)::bigint
FROM message_count
WHERE program_id = ANY (:program_ids::bigint[])
    AND period = 'hour' AND start >= :today::bigint AND start < :hour::bigint GROUP BY program_id
UNION ALL
SELECT program_id, :today::bigint, count(*), count(*) FILTER (WHERE type = 'MT'),
       count(*) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered')
FROM unnest(:program_ids::bigint[]) AS wanted (id) JOIN message ON message.program_id = wanted.id
WHERE date >= :hour::bigint AND date <= :now::bigint GROUP BY program_id
UNION ALL
SELECT program_id, NULL::bigint, sum(messages)::bigint,
       coalesce(sum(messages) FILTER (WHERE type = 'MT'), 0)::bigint,
       coalesce(sum(messages) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered'), 0)::bigint
FROM message_count
WHERE program_id = ANY (:program_ids::bigint[])
    AND period = 'hour' AND start >= :first_hour::bigint AND start < :hour::bigint GROUP BY program_id
UNION ALL
SELECT program_id, NULL::bigint, count(*), count(*) FILTER (WHERE type = 'MT'),
       count(*) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered')
FROM unnest(:program_ids::bigint[]) AS wanted (id) JOIN message ON message.program_id = wanted.id
WHERE date >= :day_ago::bigint AND date < :first_hour::bigint GROUP BY program_id
UNION ALL
SELECT program_id, NULL::bigint, count(*), count(*) FILTER (WHERE type = 'MT'),
       count(*) FILTER (WHERE type = 'MT' AND delivery_status = 'Delivered')
FROM unnest(:program_ids::bigint[]) AS wanted (id) JOIN message ON message.program_id = wanted.id
WHERE date >= :hour::bigint AND date <= :now::bigint GROUP BY program_id;

-- unrouted_at: one message that waits for a program; nobody else assigns it meanwhile
SELECT gateway, id, sender, body, reason, received_at, short_code, date, network, segments,
       remark, raw, authorised, ordinal
FROM unrouted_message WHERE program_id IS NULL AND ordinal = :ordinal FOR UPDATE;

-- lock_unrouted: nobody else adds, assigns or removes unrouted messages meanwhile
LOCK TABLE unrouted_message IN SHARE MODE;

-- lock_credential: nobody else changes a credential meanwhile
SELECT username FROM credential WHERE username = :username FOR UPDATE;

-- ended_sessions: those whose time is over, but for what others have in hand
SELECT digest FROM session WHERE expires_at <= :now FOR UPDATE SKIP LOCKED;

-- count_unfinished: MTs of a program between two dates that no receipt has ended
SELECT count(*) FROM message
WHERE program_id = :program_id AND delivery_status = 'Sent' AND date >= :start AND date < :end;

-- delete_message: messages have to leave; what they were counted by
DELETE FROM message USING unnest(:date::bigint[], :serial::bigint[]) AS gone (date, serial)
WHERE program_id = :program_id AND message.date = gone.date AND message.serial = gone.serial
RETURNING message.serial, message.date, type, delivery_status, network, segments;

-- keys_under: where the messages under some ids are
SELECT date, serial, id FROM message WHERE program_id = $1 AND id = ANY ($2::text[])
ORDER BY date, serial;

-- keys_of_number: where the oldest messages of a handset are
SELECT date, serial, id FROM message WHERE program_id = :program_id AND number = :number
ORDER BY date, serial LIMIT :limit;

-- insert_tombstone: remember that messages were erased
INSERT INTO tombstone (program_id, change, id, erased_at)
SELECT :program_id, change, id, :erased_at FROM unnest(:change::bigint[], :id::text[]) AS erased (change, id);

-- delete_old_tombstones: those of before an instant, but for the newest: it says what is forgotten
DELETE FROM tombstone WHERE program_id = :program_id AND change IN (
    SELECT change FROM tombstone
    WHERE program_id = :program_id AND erased_at < :before AND change < (
        SELECT max(change) FROM tombstone WHERE program_id = :program_id AND erased_at < :before
    ) LIMIT :limit
) RETURNING change;

-- delete_orphans_under: the receipts that wait under some ids
DELETE FROM orphan_receipt WHERE program_id = $1 AND id = ANY ($2::text[]);

-- delete_history: all that was said about some messages
DELETE FROM status_history WHERE program_id = :program_id AND serial = ANY (:serial::bigint[]);

-- delete_old_orphans: receipts of a program whose message did not come within retention
DELETE FROM orphan_receipt WHERE program_id = :program_id AND (id, ordinal) IN (
    SELECT id, ordinal FROM orphan_receipt
    WHERE program_id = :program_id AND recorded_at < :before LIMIT :limit
) RETURNING ordinal;

-- delete_old_unrouted: messages that nobody gave a program within retention, but for what others
-- have in hand
DELETE FROM unrouted_message WHERE ordinal = ANY (ARRAY(
    SELECT ordinal FROM unrouted_message WHERE received_at < :before LIMIT :limit
    FOR UPDATE SKIP LOCKED
)) RETURNING ordinal;

-- standing: epoch and counter of a program, at its creation and now
SELECT (SELECT epoch FROM ledger), (SELECT since FROM program WHERE id = $1),
       (SELECT last FROM program_counter WHERE program_id = $1);

-- insert_export: enter exports in the log, but for those that are there
INSERT INTO export_log (
    export_id, began_at, username, program_id, kind, filters, skipped, reached, updated_at,
    complete
)
SELECT * FROM unnest(
    :export_id::bytea[], :began_at::bigint[], :username::text[], :program_id::bigint[], :kind::text[], :filters::text[], :skipped::bigint[],
    :reached::bigint[], :updated_at::bigint[], :complete::boolean[]
)
ON CONFLICT (export_id) DO NOTHING;

-- lock_exports: nobody else changes entries of the log meanwhile; in one order, so none deadlocks
SELECT export_id FROM export_log WHERE export_id = ANY (:export_ids::bytea[])
ORDER BY export_id FOR NO KEY UPDATE;

-- update_export: exports have got further
UPDATE export_log
SET skipped = least(export_log.skipped, given.skipped),
    reached = greatest(export_log.reached, given.reached) + given.added,
    updated_at = greatest(export_log.updated_at, given.updated_at),
    complete = export_log.complete OR given.complete
FROM unnest(:export_id::bytea[], :skipped::bigint[], :reached::bigint[], :updated_at::bigint[], :complete::boolean[], :added::bigint[])
     AS given (export_id, skipped, reached, updated_at, complete, added)
WHERE export_log.export_id = given.export_id;

-- exports_by: what a credential exported, of one program and of several at once, or all
SELECT export_id, began_at, username, program_id, kind, filters, skipped, reached, updated_at,
       complete
FROM export_log
WHERE username = :username AND (began_at, export_id) < (:began_at, :export_id)
      AND program_id IN (coalesce(:program_id::bigint, program_id), 0)
ORDER BY began_at DESC, export_id DESC LIMIT :limit;

-- exports_of: what was exported of a program, and of several at once
SELECT export_id, began_at, username, program_id, kind, filters, skipped, reached, updated_at,
       complete
FROM (
    (SELECT * FROM export_log
     WHERE program_id = :program_id AND (began_at, export_id) < (:began_at, :export_id)
     ORDER BY began_at DESC, export_id DESC LIMIT :limit)
    UNION ALL
    (SELECT * FROM export_log
     WHERE program_id = 0 AND :program_id <> 0 AND (began_at, export_id) < (:began_at, :export_id)
     ORDER BY began_at DESC, export_id DESC LIMIT :limit)
) AS either
ORDER BY began_at DESC, export_id DESC LIMIT :limit;

-- delete_old_exports: what the log says of exports that began before an instant, but for what
-- others have in hand
DELETE FROM export_log WHERE export_id = ANY (ARRAY(
    SELECT export_id FROM export_log WHERE began_at < :before LIMIT :limit FOR UPDATE SKIP LOCKED
)) RETURNING export_id;

-- note_use: when credentials were used, except of deleted credentials
INSERT INTO credential_use (username, last_used_at)
SELECT credential.username, given.used_at
FROM unnest(:username::text[], :used_at::bigint[]) AS given (username, used_at)
JOIN credential ON credential.username = given.username
ORDER BY credential.username
ON CONFLICT (username)
DO UPDATE SET last_used_at = greatest(credential_use.last_used_at, excluded.last_used_at);

-- copy_rows: rows of a table after a key
SELECT {columns} FROM {table} WHERE ({key}) > ({marks}) ORDER BY {key} LIMIT $1;

-- copy_program_rows: rows of a program after a key
SELECT {columns} FROM {table}
WHERE program_id = $1 AND ({key}) > ({marks}) ORDER BY {key} LIMIT $2;

-- copy_changed: messages of a program in the order of their latest change
SELECT {columns} FROM message WHERE program_id = $1 AND change > $2 ORDER BY change LIMIT $3;

-- copy_count: how many messages of a program changed after a number
SELECT count(*) FROM message WHERE program_id = $1 AND change > $2;

-- copy_count_on: a program's last number, unless somebody else has drawn one
UPDATE program_counter SET last = $3 WHERE program_id = $1 AND last = $2 RETURNING last;

-- copy_program_delete: a row of a program leaves
DELETE FROM {table} WHERE program_id = $1 AND ({key}) = ({marks});

-- copy_campaign_numbers: the next campaign gets the number after the highest
SELECT setval(
    pg_get_serial_sequence('campaign', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM campaign), false
);

-- copy_unrouted_numbers: and so does the next message without a program
SELECT setval(
    pg_get_serial_sequence('unrouted_message', 'ordinal'),
    (SELECT coalesce(max(ordinal), 0) + 1 FROM unrouted_message), false
);

-- copy_analyze: let the planner know what came
ANALYZE message, status_history, orphan_receipt, tombstone, message_count, consent,
        unrouted_message;

-- has_amcheck: whether amcheck is installed, and whether Citus is
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'amcheck'),
       EXISTS (SELECT FROM pg_extension WHERE extname = 'citus');

-- checked_tables: the ledger's tables, for amcheck
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = (
    SELECT relnamespace FROM pg_class WHERE oid = 'message'::regclass
) ORDER BY 1;

-- checked_indexes: their indexes
SELECT index.oid::regclass::text FROM pg_index
JOIN pg_class AS index ON index.oid = pg_index.indexrelid
JOIN pg_am ON pg_am.oid = index.relam AND pg_am.amname = 'btree'
WHERE pg_index.indisvalid AND index.relnamespace = (
    SELECT relnamespace FROM pg_class WHERE oid = 'message'::regclass
) ORDER BY 1;

-- check_table: the faults of a table
SELECT msg FROM verify_heapam($1::text::regclass, check_toast => true) LIMIT 100;

-- check_index: fails if an index is damaged, or lacks a row of its table
SELECT bt_index_check($1::text::regclass, heapallindexed => true);

-- readable_blocks: the number of blocks of a table
SELECT pg_relation_size('{table}') / current_setting('block_size')::bigint;

-- readable_between: the rows of a table in a range of blocks
SELECT {columns} FROM {table} WHERE {belonging} ctid >= $1 AND ctid < $2;

-- readable_key: only the key of the row at a place
SELECT {key} FROM {table} WHERE {belonging} ctid = $1;

-- readable_at: the row at a place
SELECT {columns} FROM {table} WHERE {belonging} ctid = $1;

-- delete_oldest: the oldest messages of a program dated before an instant
DELETE FROM message WHERE program_id = $1 AND (date, serial) IN (
    SELECT date, serial FROM message WHERE program_id = $1 AND date < $2
    ORDER BY date, serial LIMIT $3
) RETURNING serial, date, type, delivery_status, network, segments;
