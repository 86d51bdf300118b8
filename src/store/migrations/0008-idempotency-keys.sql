-- Of a removal: the same key of the same account names the same job for a day. Neither key nor body can be read back.
create table idempotency_keys (
  account_id uuid not null references accounts (id) on delete cascade,
  key_hash bytea not null,
  fingerprint bytea not null,
  job_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (account_id, key_hash)
);
create index on idempotency_keys (created_at);
