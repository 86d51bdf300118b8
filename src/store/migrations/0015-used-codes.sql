-- The latest step of 30 s since 1970 whose code was used.
alter table remuvr_auth."twoFactor" add column "lastStep" integer not null default 0;
