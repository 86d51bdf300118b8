-- People who sign in. better-auth reads and writes these tables, in its own names; ours refer to a person by id alone.
create schema remuvr_auth;
create table remuvr_auth."user" (
  id text primary key,
  name text not null,
  email text not null unique,
  "emailVerified" boolean not null default false,
  image text,
  "twoFactorEnabled" boolean default false,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create table remuvr_auth.session (
  id text primary key,
  "userId" text not null references remuvr_auth."user" (id) on delete cascade,
  token text not null unique,
  "expiresAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null
);
create index session_of_user on remuvr_auth.session ("userId");
create table remuvr_auth.account (
  id text primary key,
  "userId" text not null references remuvr_auth."user" (id) on delete cascade,
  "accountId" text not null,
  "providerId" text not null,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  password text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null
);
create index account_of_user on remuvr_auth.account ("userId");
create table remuvr_auth.verification (
  id text primary key,
  identifier text not null,
  value text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index verification_of_identifier on remuvr_auth.verification (identifier);
create table remuvr_auth."twoFactor" (
  id text primary key,
  "userId" text not null references remuvr_auth."user" (id) on delete cascade,
  secret text not null,
  "backupCodes" text not null,
  verified boolean default true,
  "failedVerificationCount" integer default 0,
  "lockedUntil" timestamptz
);
create index two_factor_of_user on remuvr_auth."twoFactor" ("userId");
create index two_factor_of_secret on remuvr_auth."twoFactor" (secret);

-- Null where the operator made the account, and once it is closed.
alter table accounts add column owner_id text unique;
alter table accounts add column is_admin boolean not null default false;
-- A closed account is deleted with its jobs as soon as their pictures are off the storage.
alter table accounts add column closed_at timestamptz;

-- The first person of a fresh installation is its admin. Its one row stays when that person leaves, so that no later one
-- is the first again. Where accounts are already, the operator makes the admin.
create table first_admin (
  is_only_row boolean primary key default true check (is_only_row),
  made_at timestamptz not null default now()
);
insert into first_admin select where exists (select from accounts);
