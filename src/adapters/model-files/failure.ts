/** How pulling a model fails: one sentence for the operator, and whether trying again may help. */

export class ModelFilesError extends Error {
  readonly isRetryable: boolean;

  constructor(sentence: string, options: { readonly isRetryable?: boolean; readonly cause?: unknown } = {}) {
    super(sentence, { cause: options.cause });
    this.name = 'ModelFilesError';
    this.isRetryable = options.isRetryable ?? false;
  }
}

/** The code of an error or of what lies beneath it: fetch and pacote wrap the system's errors. */
export function findErrorCode(error: unknown): string | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    if ('code' in each && typeof each.code === 'string' && each.code !== 'ABORT_ERR') return each.code;
  }
  return undefined;
}

const FOLDER_TROUBLES: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk quota is used up',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'its file system is read-only',
  ENOTDIR: 'part of its path is not a folder',
  EEXIST: 'part of its path is not a folder',
};

/** A sentence where the trouble is the models folder itself. */
export function describeFolderFailure(error: unknown, modelsDir: string): ModelFilesError | undefined {
  // A firewall can forbid a connection with the same codes.
  const isNetwork = error instanceof Error && 'syscall' in error && error.syscall === 'connect';
  const trouble = isNetwork ? undefined : FOLDER_TROUBLES[findErrorCode(error) ?? ''];
  return trouble
    ? new ModelFilesError(`The models folder ${modelsDir} cannot be written: ${trouble}.`, { cause: error })
    : undefined;
}

const NETWORK_TROUBLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'its name could not be resolved',
  EAI_AGAIN: 'its name could not be resolved',
  ETIMEDOUT: 'it did not answer in time',
  EIDLETIMEOUT: 'it did not answer in time',
  ERESPONSETIMEOUT: 'it did not answer in time',
  ECONNECTIONTIMEOUT: 'it did not answer in time',
  ETRANSFERTIMEOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

export const describeNetworkTrouble = (error: unknown): string =>
  NETWORK_TROUBLES[findErrorCode(error) ?? ''] ?? 'the connection broke';
