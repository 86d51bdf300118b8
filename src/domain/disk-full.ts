/** Whether an error of the system says that there is no room: on the disk, or in this user's share of it. */

const CODES: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && CODES.includes((error as { readonly code?: unknown }).code);
