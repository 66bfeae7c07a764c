-- campaigns: all campaigns
SELECT id, name FROM campaign ORDER BY name;

-- insert_campaign: a new campaign
INSERT INTO campaign (name) VALUES (:name) RETURNING id;

-- rename_campaign: give a campaign another name
UPDATE campaign SET name = :name WHERE id = :id RETURNING id;
