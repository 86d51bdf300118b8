/** As which user PostgreSQL runs: it refuses root, so that root lends it another user and, at need, one capability. */
import { chownSync, lchownSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { OwnPostgresError } from './errors.ts';
import { type Program, runProgram } from './run-program.ts';

export type RunAs = {
  readonly uid: number;
  readonly gid: number;
  readonly via: /** The user of this process. */
    | { readonly kind: 'self' }
    | { readonly kind: 'switch' }
    /** Another user that keeps one capability of root's, so that it can pass through folders closed to it. */
    | { readonly kind: 'setpriv'; readonly capability: string };
};

/**
 * From the least power to the most. A clone in `mktemp -d` lies in a 0700 folder of root's, where another user reaches
 * neither the programs nor the data. Reading anything is enough for that, except for programs that a umask of 077
 * closed to others; and containers have dac_override by default, but not dac_read_search.
 */
const WAYS: readonly RunAs['via'][] = [
  { kind: 'switch' },
  { kind: 'setpriv', capability: 'dac_read_search' },
  { kind: 'setpriv', capability: 'dac_override' },
];

const OVERFLOW_ID = 65534;

export type PostgresUser = { readonly uid: number; readonly gid: number };

/** This process's own user, or for root the owner of the cluster, else `postgres`, `nobody` or the overflow id. */
export function choosePostgresUser(clusterDir: string): PostgresUser {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) return { uid, gid };
  const owner = lstatSync(clusterDir, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return findUser('postgres') ?? findUser('nobody') ?? { uid: OVERFLOW_ID, gid: OVERFLOW_ID };
}

function findUser(name: string): PostgresUser | undefined {
  let users: string;
  try {
    users = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return undefined;
  }
  const fields = users
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
  const user = { uid: Number(fields?.[2]), gid: Number(fields?.[3]) };
  return user.uid > 0 && user.gid > 0 ? user : undefined;
}

/**
 * The first way by which the user enters the folders and initdb finds all its files. Tried, not reckoned from modes:
 * there are ACLs and mounts. Costs 15 ms a way.
 */
export async function chooseRunAs(options: {
  readonly user: PostgresUser;
  readonly folders: readonly string[];
  readonly initdb: string;
  readonly env: Record<string, string>;
}): Promise<RunAs> {
  const { user, folders, initdb, env } = options;
  if (process.getuid?.() !== 0) return { ...user, via: { kind: 'self' } };
  const script = 'initdb=$1; shift; for folder; do cd "$folder" || exit 1; done; exec "$initdb" --show -D "$folder"';
  for (const via of WAYS) {
    const runAs = { ...user, via };
    const probe = asUser(runAs, { file: '/bin/sh', args: ['-c', script, 'sh', initdb, ...folders] });
    if ((await runProgram(probe, { env })).isSuccess) return runAs;
  }
  throw new OwnPostgresError(
    `PostgreSQL refuses to run as root, and the user ${user.uid} cannot reach both ${path.dirname(initdb)} and ` +
      `${folders[0]}: start remuvr as an ordinary user, move both to where any user may enter, ` +
      'install setpriv (package util-linux), or set DATABASE_URL.',
  );
}

export function asUser(runAs: RunAs, program: Pick<Program, 'file' | 'args'>): Program {
  const { uid, gid, via } = runAs;
  if (via.kind === 'self') return program;
  if (via.kind === 'switch') return { ...program, uid, gid };
  const capabilities = `-all,+${via.capability}`;
  return {
    file: 'setpriv',
    args: [
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      // PostgreSQL asks access(2) whether it may run its own programs, and for any user but root that call looks away
      // from capabilities unless this bit is set.
      '--securebits=+no_setuid_fixup',
      `--inh-caps=${capabilities}`,
      `--ambient-caps=${capabilities}`,
      `--bounding-set=${capabilities}`,
      '--',
      program.file,
      ...program.args,
    ],
  };
}

/**
 * Gives root's files to the user, as after a copy made by root. The folder itself goes last: while it is root's, an
 * interrupted run is taken up again. Links are given away, never what they point to.
 */
export function giveFolder(folder: string, user: PostgresUser): void {
  if (process.getuid?.() !== 0 || lstatSync(folder).uid !== 0) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    lchownSync(path.join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  chownSync(folder, user.uid, user.gid);
}
