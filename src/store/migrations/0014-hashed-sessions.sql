-- What was stored as it is and opens something: tokens of sessions, and those of Google and GitHub, which nobody asks for.
-- A version before this one does not find a session under its hash: docs/operations.md, "Rolling upgrade".
update remuvr_auth.session set token = 'sha256:' || encode(sha256(convert_to(token, 'UTF8')), 'hex')
  where token not like 'sha256:%';
update remuvr_auth.account set "accessToken" = null, "refreshToken" = null, "idToken" = null
  where coalesce("accessToken", "refreshToken", "idToken") is not null;
