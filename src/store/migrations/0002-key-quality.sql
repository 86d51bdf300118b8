-- What the key's removals take where the request names no quality; null leaves it to the setting.
alter table api_keys add column quality text check (quality in ('fast', 'auto', 'best'));
