import { useQuery } from '@tanstack/react-query';
import { call } from './client.ts';
import type { Limits } from './types.ts';

export type AdminAccount = {
  readonly id: string;
  readonly name: string;
  readonly email?: string | null;
  readonly plan: string;
  readonly used: number;
  readonly limits: Limits | null;
  readonly suspended: boolean;
  readonly isAdmin?: boolean;
  readonly createdAt?: string;
};
export type AccountChange = { plan?: string; limits?: Partial<Limits>; suspended?: boolean };

type Facts = Readonly<Record<string, unknown>>;
export type Queue = {
  readonly byPlan: readonly { readonly plan: string; readonly queued: number; readonly running: number }[];
  readonly workers: readonly Facts[];
  readonly models: readonly Facts[];
};
/** What disagrees with the ledger; clean where nothing does. */
export type Audit = Facts & { readonly isClean: boolean };

export const useAccounts = (search: string) =>
  useQuery({
    queryKey: ['admin', 'accounts', search],
    queryFn: async () =>
      (await call<{ accounts: AdminAccount[] }>(`/api/admin/accounts?search=${encodeURIComponent(search)}`)).accounts,
  });

export const useQueue = () =>
  useQuery({
    queryKey: ['admin', 'queue'],
    queryFn: () => call<Queue>('/api/admin/queue'),
    refetchInterval: 3_000,
  });

export const useAudit = () =>
  useQuery({ queryKey: ['admin', 'audit'], queryFn: () => call<Audit>('/api/admin/audit'), staleTime: 60_000 });
