-- Workers that live: each says so again and again, and one that is silent is no longer counted. Unlogged: what a crash of
-- PostgreSQL forgets they have said again in a moment.
create unlogged table workers (
  id uuid primary key,
  host text not null,
  pid integer not null,
  version text not null,
  model text not null,
  precision text not null,
  threads integer not null,
  capacity integer not null,
  state text not null,
  running integer not null,
  jobs_done integer not null,
  memory_mib integer not null,
  -- What a job takes it while it works, of late; null before its first.
  job_ms double precision,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp()
);
