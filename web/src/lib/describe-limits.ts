import type { ApiKey } from '../api/types.ts';
import { formatBytes, formatCount } from './format.ts';

/** What a key has besides its plan's, in words; empty where there is nothing. */
export function describeLimits({ limits, quality }: Pick<ApiKey, 'limits' | 'quality'>): string {
  const { monthlyRemovals = null, requestsPerSecond = null, maxFileSize = null } = limits ?? {};
  const parts = [
    monthlyRemovals !== null && `${formatCount(monthlyRemovals)} a month`,
    requestsPerSecond !== null && `${formatCount(requestsPerSecond)} a second`,
    maxFileSize !== null && `${formatBytes(maxFileSize)} a file`,
    quality !== null && `quality ${quality}`,
  ];
  return parts.filter((part) => part !== false).join(' · ');
}
