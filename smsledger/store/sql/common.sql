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
