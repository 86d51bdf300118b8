/** The frame of the pages before the dashboard: one column, one thing to do. */
import type { FormEvent, ReactNode } from 'react';
import { Link } from 'react-router';
import { useServer } from '../api/queries.ts';
import { Logo } from './icons.tsx';
import { Note } from './states.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

/** Where the link of a mail leads once it has verified the address; signing in there goes on to `next`. */
export const verifiedReturn = (next: string): string => `/sign-in?done=verified&next=${encodeURIComponent(next)}`;

/** The same page of the way in, with where it leads. */
export const withNext = (path: string, next: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}next=${encodeURIComponent(next)}`;

export function AuthFrame({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr]">
      <header className="flex items-center justify-between px-4 py-3 sm:px-8">
        <Link to="/" className="flex min-h-10 rounded-md">
          <Logo />
        </Link>
        <div className="-mr-2.5 flex">
          <ThemeSwitch />
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-md px-4 py-8 outline-none sm:py-16">
        <title>{`${title} · Remuvr`}</title>
        <h1 className="text-2xl">{title}</h1>
        {lead && <div className="mt-2 text-base text-soft">{lead}</div>}
        <div className="mt-8 grid gap-5">{children}</div>
      </main>
    </div>
  );
}

/** Where the server sends no mail, it says where the link is. */
export function MailNote() {
  const server = useServer();
  if (server.data?.mail !== 'log') return null;
  return (
    <Note tone="warn">
      This server sends no e-mail: no SMTP server is set. <strong>The link is in the server’s log</strong>; ask who runs
      it.
    </Note>
  );
}

/** The fields of a form as text, and no reload. */
export function readForm(event: FormEvent<HTMLFormElement>): Record<string, string> {
  event.preventDefault();
  return Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]));
}
