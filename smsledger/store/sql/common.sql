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
