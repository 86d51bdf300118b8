/** The failures that an operator can mend, each as one sentence that stands alone. */

/** DATA_DIR cannot be used as it is. */
export class DataDirError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataDirError';
  }
}

/** The program's own PostgreSQL cannot be created, started or reached. */
export class OwnPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OwnPostgresError';
  }
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const REASONS: Readonly<Record<string, string>> = {
  EROFS: 'cannot be written, because its file system is read-only',
  EACCES: 'cannot be written, because this user may not write there',
  EPERM: 'cannot be written, because this user may not write there',
  ENOSPC: 'cannot be written, because its disk is full',
  EDQUOT: 'cannot be written, because the disk quota is used up',
  ENOTDIR: 'is not a folder',
  EEXIST: 'is not a folder',
  ENAMETOOLONG: 'has too long a name',
};

/** The sentence for a failed write under DATA_DIR; other errors come back as they are, for they are surprises. */
export function explainFolderError(error: unknown, dataDir: string): unknown {
  const reason = REASONS[errorCode(error)];
  return reason === undefined ? error : new DataDirError(`DATA_DIR ${dataDir} ${reason}.`, { cause: error });
}
