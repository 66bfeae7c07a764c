-- campaigns: all campaigns
SELECT id, name FROM campaign ORDER BY name;

-- insert_campaign: a new campaign
INSERT INTO campaign (name) VALUES (:name) RETURNING id;

-- rename_campaign: give a campaign another name
UPDATE campaign SET name = :name WHERE id = :id RETURNING id;

-- session: one session
SELECT username, secret_digest, created_at, expires_at FROM session WHERE digest = :digest;

-- insert_session: somebody has signed in
INSERT INTO session (digest, username, secret_digest, created_at, expires_at)
VALUES (:digest, :username, :secret_digest, :created_at, :expires_at);

-- delete_session: somebody has signed out, or a session's time is over
DELETE FROM session WHERE digest = :digest;

-- delete_sessions: somebody has signed out everywhere
DELETE FROM session WHERE username = :username;

-- credential: one credential with its programs, in a row for each of its secrets, or in one
SELECT credential.username, scopes, credential.expires_at,
       (SELECT string_agg(CAST(program_id AS text), ' ') FROM credential_program
        WHERE credential_program.username = credential.username) AS programs,
       digest, credential_secret.expires_at AS secret_expires_at
FROM credential LEFT JOIN credential_secret ON credential_secret.username = credential.username
WHERE credential.username = :username ORDER BY digest;

-- credentials: all credentials in the same way
SELECT credential.username, scopes, credential.expires_at,
       (SELECT string_agg(CAST(program_id AS text), ' ') FROM credential_program
        WHERE credential_program.username = credential.username) AS programs,
       digest, credential_secret.expires_at AS secret_expires_at
FROM credential LEFT JOIN credential_secret ON credential_secret.username = credential.username
ORDER BY credential.username, digest;

-- insert_credential: a new credential
INSERT INTO credential (username, scopes, expires_at, created_at)
VALUES (:username, :scopes, :expires_at, :created_at);

-- insert_credential_program: let a credential see a program
INSERT INTO credential_program (username, program_id) VALUES (:username, :program_id);

-- insert_secret: a credential's new secret
INSERT INTO credential_secret (username, digest, expires_at) VALUES (:username, :digest, NULL);

-- retire_secrets: let the secrets of a credential end, sooner if they would end later
UPDATE credential_secret SET expires_at = :expires_at
WHERE username = :username AND coalesce(expires_at, :expires_at) >= :expires_at;

-- delete_ended_secrets: forget the secrets that no longer work
DELETE FROM credential_secret WHERE username = :username AND expires_at <= :now;

-- delete_credential: a credential and its secrets
DELETE FROM credential WHERE username = :username RETURNING username;

-- delete_invitations: those of a credential that were not used, and all that ended long ago
DELETE FROM invitation WHERE (username = :username AND used_at IS NULL) OR expires_at < :before;

-- insert_invitation: let the owner of a credential make a secret
INSERT INTO invitation (digest, username, created_at, expires_at, overlap)
VALUES (:digest, :username, :created_at, :expires_at, :overlap);

-- invitation: one invitation
SELECT username, expires_at, overlap, used_at FROM invitation WHERE digest = :digest;

-- use_invitation: use an invitation up
UPDATE invitation SET used_at = :now
WHERE digest = :digest AND used_at IS NULL AND expires_at > :now RETURNING username, overlap;

-- program_by_keyword: the program of a short code and keyword
SELECT program_id FROM program_keyword WHERE short_code = :short_code AND keyword = :keyword;

-- program_by_code: the default program of a short code
SELECT id FROM program WHERE short_code = :short_code AND is_default;

-- program: one program with its campaign's name and its keywords
SELECT program.id, program.name, program.type, campaign.name AS campaign, program.short_code,
       (SELECT string_agg(keyword, ' ') FROM program_keyword WHERE program_id = program.id)
           AS keywords,
       program.is_default, program.active
FROM program JOIN campaign ON campaign.id = program.campaign_id WHERE program.id = :program_id;

-- programs: all programs
SELECT program.id, program.name, program.type, campaign.name AS campaign, program.short_code,
       (SELECT string_agg(keyword, ' ') FROM program_keyword WHERE program_id = program.id)
           AS keywords,
       program.is_default, program.active
FROM program JOIN campaign ON campaign.id = program.campaign_id ORDER BY program.id;

-- add_campaign: a campaign, if there is none of that name
INSERT INTO campaign (name) VALUES (:name) ON CONFLICT (name) DO NOTHING;

-- campaign_id: the campaign of a name
SELECT id FROM campaign WHERE name = :name;

-- insert_program: a new program
INSERT INTO program (id, campaign_id, name, type, short_code, is_default, active, since)
VALUES (:id, :campaign_id, :name, :type, :short_code, :is_default, :active, :since);

-- update_program: let a program be another
UPDATE program
SET campaign_id = :campaign_id, name = :name, type = :type, short_code = :short_code,
    is_default = :is_default, active = :active
WHERE id = :id;

-- delete_keywords: let no keyword lead to a program
DELETE FROM program_keyword WHERE program_id = :program_id;

-- insert_keyword: let a keyword lead to a program
INSERT INTO program_keyword (short_code, keyword, program_id)
VALUES (:short_code, :keyword, :program_id);

-- set_active: let a program take new messages, or not
UPDATE program SET active = :active WHERE id = :program_id RETURNING id;

-- insert_code: record that a program has a short code
INSERT INTO program_code (program_id, short_code)
VALUES (:program_id, ltrim(CAST(:short_code AS text), '+')) ON CONFLICT DO NOTHING;

-- codes_of_program: the short codes that a program has or had
SELECT short_code FROM program_code WHERE program_id = :program_id;

-- counter: the last number drawn in a program
SELECT last FROM program_counter WHERE program_id = :program_id;

-- open_counter: begin a program's counter; one that was begun goes on
INSERT INTO program_counter (program_id, last) VALUES (:program_id, 0) ON CONFLICT DO NOTHING;

-- claim_program_id: the id of a new program: the one asked for, or the next free one
UPDATE ledger SET last_program_id = CASE
    WHEN CAST(:id AS bigint) = 0 THEN last_program_id + 1
    WHEN :id > last_program_id THEN :id ELSE last_program_id
END
RETURNING last_program_id;

-- count_unrouted: how many messages wait for a program
SELECT count(*) FROM unrouted_message WHERE program_id IS NULL;

-- count_orphans: how many receipts of a program wait for their message
SELECT count(*) FROM orphan_receipt WHERE program_id = :program_id;

-- gateway_contacts: when each gateway last delivered a message and a receipt
SELECT gateway, last_mo, last_receipt FROM gateway_seen ORDER BY gateway;

-- mo_contact: a gateway has delivered a message
INSERT INTO gateway_seen (gateway, last_mo) VALUES (:gateway, :now)
ON CONFLICT (gateway) DO UPDATE SET last_mo = CASE
    WHEN gateway_seen.last_mo > excluded.last_mo THEN gateway_seen.last_mo ELSE excluded.last_mo
END;

-- receipt_contact: a gateway has delivered a receipt
INSERT INTO gateway_seen (gateway, last_receipt) VALUES (:gateway, :now)
ON CONFLICT (gateway) DO UPDATE SET last_receipt = CASE
    WHEN gateway_seen.last_receipt > excluded.last_receipt THEN gateway_seen.last_receipt
    ELSE excluded.last_receipt
END;

-- program_ids: every program
SELECT id FROM program ORDER BY id;

-- has_export: whether an export is in the log
SELECT EXISTS (SELECT 1 FROM export_log WHERE export_id = :export_id);

-- exports: what was exported, newest first, from before a place in the log
SELECT export_id, began_at, username, program_id, kind, filters, skipped, reached, updated_at,
       complete
FROM export_log WHERE (began_at, export_id) < (:began_at, :export_id)
ORDER BY began_at DESC, export_id DESC LIMIT :limit;

-- last_uses: when each credential was last used
SELECT username, last_used_at FROM credential_use ORDER BY username;

-- delete_empty_counts: hours and days of before an instant that no message is left in
DELETE FROM message_count
WHERE program_id = :program_id AND (period, start, type, delivery_status, network) IN (
    SELECT period, start, type, delivery_status, network FROM message_count
    WHERE program_id = :program_id AND period IN ('day', 'hour') AND start < :before
        AND messages = 0 LIMIT :limit
) RETURNING start;

-- delete_counts: all counts of a program
DELETE FROM message_count WHERE program_id = :program_id;

-- delete_consent: remove some of the events of a program that is deleted
DELETE FROM consent WHERE program_id = :program_id AND (number, short_code, kind) IN (
    SELECT number, short_code, kind FROM consent WHERE program_id = :program_id LIMIT :limit
) RETURNING number;

-- delete_tombstones: all tombstones of a program that is deleted
DELETE FROM tombstone WHERE program_id = :program_id;

-- delete_assigned: what was once unrouted and then went to a program that is deleted
DELETE FROM unrouted_message WHERE program_id = :program_id;

-- delete_program: a program, without its messages
DELETE FROM program WHERE id = :program_id;

-- insert_unrouted: keep a message that has no program
INSERT INTO unrouted_message (
    gateway, id, sender, body, reason, received_at, short_code, date, network, segments, remark,
    raw, authorised, content
) VALUES (
    :gateway, :id, :sender, :body, :reason, :received_at, :short_code, :date, :network, :segments,
    :remark, :raw, :authorised, :content
)
ON CONFLICT (gateway, id, content) DO UPDATE
SET authorised = unrouted_message.authorised OR excluded.authorised
RETURNING ordinal, received_at;

-- has_unrouted: whether a message without a program is stored, also if it has been assigned since
SELECT ordinal FROM unrouted_message WHERE gateway = :gateway AND id = :id AND content = :content;

-- unrouted: the messages that wait for a program, oldest first
SELECT gateway, id, sender, body, reason, received_at, short_code, date, network, segments,
       remark, raw, authorised, ordinal
FROM unrouted_message WHERE program_id IS NULL AND ordinal > :after ORDER BY ordinal LIMIT :limit;

-- newest_unrouted: the highest ordinal of the unrouted messages
SELECT ordinal FROM unrouted_message WHERE program_id IS NULL ORDER BY ordinal DESC LIMIT 1;

-- count_unrouted_to: the number of unrouted messages, up to a limit
SELECT count(*)
FROM (SELECT 1 FROM unrouted_message WHERE program_id IS NULL LIMIT :limit) AS waiting;

-- assign_unrouted: a message has found its program
UPDATE unrouted_message SET program_id = :program_id WHERE ordinal = :ordinal;

-- consent_words: the words by which events were judged, and since when a rebuild is due
SELECT words, rebuild_due_since FROM consent_words;

-- set_consent_words: set both
UPDATE consent_words SET words = :words, rebuild_due_since = :due;

-- has_events: whether any number of a program has an event
SELECT number FROM consent WHERE program_id = :program_id LIMIT 1;

-- programs_of_code: the programs that have or had a short code
SELECT program_id FROM program_code WHERE short_code = :short_code;

-- delete_unrouted_consent: remove the events of a message without a program
DELETE FROM consent
WHERE program_id = :program_id AND number = :number AND short_code = :short_code
    AND serial = :serial;

-- codes_with_events: the lowest short codes with consent events in a program
WITH RECURSIVE heard (short_code) AS (
    SELECT min(short_code) FROM consent WHERE program_id = :program_id
    UNION ALL
    SELECT (
        SELECT min(short_code) FROM consent
        WHERE program_id = :program_id AND short_code > heard.short_code
    ) FROM heard WHERE short_code IS NOT NULL
)
SELECT short_code FROM heard WHERE short_code > '' LIMIT :limit;

-- numbers_opted_out: numbers with an opt-out on a short code, even if they opted in again
SELECT number FROM consent
WHERE program_id = :program_id AND short_code = :short_code AND kind = 'opt_out' AND number > :after
ORDER BY number LIMIT :limit;

-- delete_orphans_of_number: the receipts of a handset that wait
DELETE FROM orphan_receipt WHERE program_id = :program_id AND number = :number;

-- count_on: set the last number drawn in a program
UPDATE program_counter SET last = :last WHERE program_id = :program_id;

-- epoch: the ledger's epoch
SELECT epoch FROM ledger;

-- end_rebuild: record that all events were judged, unless words or keywords have changed since
UPDATE consent_words SET rebuild_due_since = NULL
WHERE words = :words AND rebuild_due_since IS NOT DISTINCT FROM CAST(:due AS bigint);

-- renew_epoch: give the ledger a new epoch
UPDATE ledger SET epoch = :epoch;

-- backup_at: the instant at which this was made as a backup of the ledger, if it is one
SELECT backup_at FROM ledger;

-- delete_unrouted_of_number: the messages of a handset that wait for a program
DELETE FROM unrouted_message WHERE program_id IS NULL AND sender = :number RETURNING ordinal;

-- count_hours: count a program's messages anew, by hour; a date may be of before 1970
INSERT INTO message_count (
    program_id, period, start, type, delivery_status, network, messages, segments, segmented
)
SELECT :program_id, 'hour', date - (date % CAST(:hour AS bigint) + :hour) % :hour, type,
       delivery_status, coalesce(network, ''), count(*), coalesce(sum(segments), 0), count(segments)
FROM message WHERE program_id = :program_id GROUP BY 3, 4, 5, 6;

-- count_days: and by day, from the hours
INSERT INTO message_count (
    program_id, period, start, type, delivery_status, network, messages, segments, segmented
)
SELECT :program_id, 'day', start - (start % CAST(:day AS bigint) + :day) % :day, type,
       delivery_status, network, sum(messages), sum(segments), sum(segmented)
FROM message_count WHERE program_id = :program_id AND period = 'hour' GROUP BY 3, 4, 5, 6;

-- last_number: the last number drawn in a program; none if it is deleted
SELECT program_counter.last
FROM program_counter JOIN program ON program.id = program_counter.program_id
WHERE program_counter.program_id = :program_id;

-- numbers_unrouted: numbers that have messages without a program
SELECT DISTINCT sender AS number FROM unrouted_message
WHERE program_id IS NULL AND sender > :after ORDER BY sender LIMIT :limit;

-- newest: the date of a program's newest message
SELECT date FROM message WHERE program_id = :program_id ORDER BY date DESC, serial DESC LIMIT 1;

-- copy_standing: which ledger it is, and of which one a copy is being made into it
SELECT epoch, copy_of, backup_at FROM ledger;

-- copy_last_program_id: the highest id that a program ever had
SELECT last_program_id FROM ledger;

-- copy_whole: all rows of a small table
SELECT {columns} FROM {table} ORDER BY {key};

-- copy_claim: mark this ledger as the target of a copy, unless it is one already
UPDATE ledger SET copy_of = :epoch WHERE copy_of IS NULL;

-- copy_seal: the copy is complete; this is that ledger now
UPDATE ledger SET epoch = :epoch, copy_of = NULL, backup_at = :backup_at;

-- copy_refer: the programs and credentials are others now
UPDATE ledger SET last_program_id = :last_program_id, reference_version = reference_version + 1;

-- copy_clear: no rows are left in a small table
DELETE FROM {table};

-- copy_delete: a row leaves
DELETE FROM {table} WHERE ({key}) = ({marks});

-- next_counted: the first date from an instant on that a program has counts or messages of
SELECT min(at) FROM (
    SELECT min(start) AS at FROM message_count
    WHERE program_id = :program_id AND period = 'day' AND start >= :start
    UNION ALL
    SELECT min(start) FROM message_count
    WHERE program_id = :program_id AND period = 'hour' AND start >= :start
    UNION ALL
    SELECT min(date) FROM message WHERE program_id = :program_id AND date >= :start
) AS either;

-- differing_counts: where the counts of a program's day differ from its messages: first the stored
-- figures, then those counted now
WITH counted AS (
    SELECT date - (date % 3600000000 + 3600000000) % 3600000000 AS start, type, delivery_status,
           coalesce(network, '') AS network, count(*) AS messages,
           CAST(coalesce(sum(segments), 0) AS bigint) AS segments, count(segments) AS segmented
    FROM message WHERE program_id = :program_id AND date >= :start AND date < :end
    GROUP BY 1, 2, 3, 4
)
SELECT period, start, type, delivery_status, network,
       CAST(sum(messages) AS bigint), CAST(sum(segments) AS bigint), CAST(sum(segmented) AS bigint),
       CAST(sum(new_messages) AS bigint), CAST(sum(new_segments) AS bigint),
       CAST(sum(new_segmented) AS bigint)
FROM (
    SELECT period, start, type, delivery_status, network, messages, segments, segmented,
           0 AS new_messages, 0 AS new_segments, 0 AS new_segmented
    FROM message_count
    WHERE program_id = :program_id AND period IN ('day', 'hour')
        AND start >= :start AND start < :end
    UNION ALL
    SELECT 'hour', start, type, delivery_status, network, 0, 0, 0, messages, segments, segmented
    FROM counted
    UNION ALL
    SELECT 'day', CAST(:start AS bigint), type, delivery_status, network, 0, 0, 0,
           messages, segments, segmented
    FROM counted
) AS either
GROUP BY 1, 2, 3, 4, 5
HAVING sum(messages) <> sum(new_messages) OR sum(segments) <> sum(new_segments)
    OR sum(segmented) <> sum(new_segmented)
ORDER BY 1, 2, 3, 4, 5;

-- counted_days: the number of messages in the counts of a program, by day
SELECT day, max(messages) FROM (
    SELECT start - (start % 86400000000 + 86400000000) % 86400000000 AS day,
           CAST(sum(messages) AS bigint) AS messages
    FROM message_count WHERE program_id = :program_id AND period IN ('day', 'hour')
    GROUP BY period, 1
) AS counts GROUP BY day;
