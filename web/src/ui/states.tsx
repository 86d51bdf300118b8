/** The states that every page has besides the good one: loading, empty, failed; and notes. */
import type { ReactNode } from 'react';
import { messageOf } from '../api/client.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icons.tsx';

export function Card({ children, className = '' }: { children: ReactNode; className?: string }) {
  return (
    <section className={`min-w-0 rounded-lg border border-line bg-surface p-5 shadow-card sm:p-6 ${className}`}>
      {children}
    </section>
  );
}

export function PageHeader({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <title>{`${title} · Remuvr`}</title>
        <h1 className="text-2xl">{title}</h1>
        {lead && <p className="mt-1.5 max-w-[62ch] text-base text-soft">{lead}</p>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}

export function Loading({ label = 'Loading', rows = 3 }: { label?: string; rows?: number }) {
  return (
    <div role="status" className="grid gap-3">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-14 animate-pulse rounded-md bg-line/60" />
      ))}
    </div>
  );
}

export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="grid justify-items-center gap-3 rounded-lg border border-line-strong border-dashed px-6 py-14 text-center">
      <span className="grid size-12 place-items-center rounded-full bg-accent-wash text-accent">
        <Icon name={icon} />
      </span>
      <h2 className="text-lg">{title}</h2>
      <p className="max-w-[46ch] text-soft">{children}</p>
      {action}
    </div>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 rounded-md bg-danger-wash px-4 py-3 text-danger">
      <Icon name="warn" />
      <p className="min-w-0 flex-1 basis-48">{messageOf(error)}</p>
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

type Tone = 'good' | 'bad' | 'warn' | 'plain';
const TONES: Readonly<Record<Tone, string>> = {
  good: 'bg-accent-wash text-accent',
  bad: 'bg-danger-wash text-danger',
  warn: 'bg-warn-wash text-warn',
  plain: 'bg-line/70 text-soft',
};

export function Note({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <div role="note" className={`rounded-md px-4 py-3 ${TONES[tone]}`}>
      {children}
    </div>
  );
}

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 font-medium text-xs whitespace-nowrap ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}

export function Meter({ label, value, max }: { label: string; value: number; max: number }) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  const colour = share >= 1 ? 'bg-danger' : share >= 0.8 ? 'bg-warn' : 'bg-accent';
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={max}
      className="h-2.5 overflow-hidden rounded-full bg-line"
    >
      <div
        className={`h-full rounded-full transition-[width] ${colour}`}
        style={{ width: `${share * 100}%`, minWidth: share > 0 ? '0.625rem' : 0 }}
      />
    </div>
  );
}
