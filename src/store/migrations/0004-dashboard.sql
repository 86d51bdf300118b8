-- A downgrade waits for the end of the month that is paid; an upgrade does not wait.
alter table accounts add column next_plan text;
alter table accounts add column plan_changes_at timestamptz;
alter table accounts add column suspended_at timestamptz;
alter table accounts add check ((next_plan is null) = (plan_changes_at is null));

alter table api_keys add column name text not null default '';
-- To the minute: a key in use is not written at every request.
alter table api_keys add column last_used_at timestamptz;
-- Of pages that may use it; empty is everywhere, but for a publishable key nowhere.
alter table api_keys add column origins text[] not null default '{}';
alter table api_keys drop constraint api_keys_kind_check;
alter table api_keys add constraint api_keys_kind_check check (kind in ('live', 'test', 'publishable'));

-- A removal of the playground has no key.
alter table jobs alter column key_id drop not null;
-- Its owner wants it gone: its picture is deleted, what it cost stays counted.
alter table jobs add column deleted_at timestamptz;
create index jobs_of_key on jobs (key_id, created_at);
