/** What surrounds every page of the dashboard: the navigation, the account, the theme. */
import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useEffect, useState } from 'react';
import { Link, NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { call, messageOf } from '../api/client.ts';
import { useMe, usePlanTitle } from '../api/queries.ts';
import { ButtonLink, IconButton } from './button.tsx';
import { Icon, type IconName, Logo } from './icons.tsx';
import { Loading } from './states.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { useToast } from './toast.tsx';

type Place = { readonly to: string; readonly title: string; readonly icon: IconName };

const PLACES: readonly Place[] = [
  { to: '/playground', title: 'Playground', icon: 'wand' },
  { to: '/keys', title: 'API keys', icon: 'key' },
  { to: '/usage', title: 'Usage', icon: 'chart' },
  { to: '/jobs', title: 'Jobs', icon: 'list' },
  { to: '/webhooks', title: 'Webhooks', icon: 'bell' },
  { to: '/plan', title: 'Plan & billing', icon: 'card' },
  { to: '/account', title: 'Account', icon: 'person' },
  { to: '/guide', title: 'Docs', icon: 'book' },
  { to: '/docs', title: 'API reference', icon: 'code' },
];
const ADMIN: Place = { to: '/admin', title: 'Admin', icon: 'shield' };

export function SkipLink() {
  return (
    <a
      href="#main"
      className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-ink px-4 py-2 leading-6 font-medium text-ground focus:translate-y-0"
    >
      Skip to the content
    </a>
  );
}

/** The menu of a small screen: closed by another page, and by Escape, with the focus on what opened it. */
function useMenu() {
  const [isOpen, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setOpen(false), [pathname]);
  useEffect(() => {
    if (!isOpen) return;
    const closeByEscape = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      document.querySelector<HTMLElement>('[aria-controls="menu"]')?.focus();
    };
    document.addEventListener('keydown', closeByEscape);
    return () => document.removeEventListener('keydown', closeByEscape);
  }, [isOpen]);
  return [isOpen, setOpen] as const;
}

export function Shell() {
  const me = useMe();
  const [isOpen, setOpen] = useMenu();
  const places = me.data?.user.isAdmin ? [...PLACES, ADMIN] : PLACES;
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15.5rem_minmax(0,1fr)]">
      <SkipLink />
      <header className="sticky top-0 z-30 border-line border-b bg-ground/95 backdrop-blur max-lg:max-h-dvh max-lg:overflow-y-auto lg:h-dvh lg:border-b-0">
        <div className="flex h-full flex-col lg:overflow-y-auto lg:p-4">
          <div className="flex items-center justify-between px-4 py-2.5 lg:px-2">
            <Link to="/" className="flex min-h-10 rounded-md">
              <Logo />
            </Link>
            <div className="-mr-2.5 flex items-center gap-1 lg:mr-0">
              <ThemeSwitch />
              <IconButton
                icon={isOpen ? 'cross' : 'menu'}
                label={isOpen ? 'Close the menu' : 'Open the menu'}
                aria-expanded={isOpen}
                aria-controls="menu"
                className="lg:hidden"
                onClick={() => setOpen(!isOpen)}
              />
            </div>
          </div>
          <div id="menu" className={`${isOpen ? 'flex' : 'hidden'} flex-1 flex-col px-3 pb-4 lg:flex lg:px-0 lg:pt-4`}>
            <nav aria-label="Main">
              <ul className="grid gap-0.5">
                {places.map((place) => (
                  <li key={place.to}>
                    <NavLink
                      to={place.to}
                      className="flex min-h-10 items-center gap-3 rounded-md px-3 font-medium text-soft transition-colors hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-wash aria-[current=page]:text-accent"
                    >
                      <Icon name={place.icon} />
                      {place.title}
                    </NavLink>
                  </li>
                ))}
              </ul>
            </nav>
            <div className="mt-4 border-line border-t pt-4 lg:mt-auto">
              <Who />
            </div>
          </div>
        </div>
      </header>
      <div className="border-line lg:min-h-dvh lg:border-l">
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl px-4 py-8 outline-none sm:px-8 lg:py-10">
          <Suspense fallback={<Loading label="Loading the page" />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

function Who() {
  const me = useMe();
  const titleOf = usePlanTitle();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useToast();
  if (me.isPending) return null;
  if (!me.data) {
    return (
      <ButtonLink to="/sign-in" look="primary" className="w-full">
        Sign in
      </ButtonLink>
    );
  }
  const signOut = async (): Promise<void> => {
    try {
      await call('/api/auth/sign-out', { method: 'POST' });
      queries.clear();
      await navigate('/');
    } catch (error) {
      say(messageOf(error), 'bad');
    }
  };
  const { user, account } = me.data;
  return (
    <div className="flex items-center gap-2 px-2">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{user.name || user.email}</p>
        <p className="truncate text-soft text-xs">Plan {titleOf(account.plan)}</p>
      </div>
      <IconButton icon="out" label="Sign out" onClick={signOut} />
    </div>
  );
}
