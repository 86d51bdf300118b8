-- Pictures that came in one request. Each that was fit is a job like any other.
create table batches (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index batches_of_account on batches (account_id);
create table batch_items (
  batch_id uuid not null references batches (id) on delete cascade,
  position integer not null,
  name text not null,
  job_id uuid references jobs (id) on delete cascade,
  error_code text,
  error_message text,
  primary key (batch_id, position),
  check ((job_id is null) = (error_code is not null)),
  check ((error_code is null) = (error_message is null))
);
create unique index batch_items_by_job on batch_items (job_id) where job_id is not null;

-- An account's own edits under a name: the parameters as they were given, so that a later version reads them anew.
create table presets (
  account_id uuid not null references accounts (id) on delete cascade,
  name text not null,
  parameters json not null,
  updated_at timestamptz not null default now(),
  primary key (account_id, name)
);
