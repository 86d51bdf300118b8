import { useState } from 'react';
import type { Group } from '../lib/openapi/operations.ts';
import { Button } from '../ui/button.tsx';
import { Method } from './operation.tsx';

const LINK =
  'flex min-h-10 items-center gap-2.5 rounded-md px-2 text-soft transition-colors hover:bg-sunken hover:text-ink aria-[current=location]:bg-accent-wash aria-[current=location]:text-accent';

type Props = { readonly groups: readonly Group[]; readonly schemas: readonly string[]; readonly current: string };

/** At the side of a wide window; in a narrow one behind a button. */
export function Contents({ groups, schemas, current }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <nav
      aria-label="Contents of the reference"
      className="xl:sticky xl:top-10 xl:max-h-[calc(100dvh-5rem)] xl:overflow-y-auto"
    >
      <Button
        icon="list"
        aria-expanded={isOpen}
        aria-controls="contents"
        className="w-full xl:hidden"
        onClick={() => setOpen(!isOpen)}
      >
        Contents
      </Button>
      <div id="contents" className={`${isOpen ? 'grid' : 'hidden'} gap-4 max-xl:mt-3 xl:grid`}>
        {groups.map(({ id, name, entries }) => (
          <div key={id}>
            <p className="px-2 py-1 font-medium">{name}</p>
            <ul>
              {entries.map((entry) => (
                <li key={entry.id}>
                  <a
                    href={`#${entry.id}`}
                    className={LINK}
                    aria-current={entry.id === current ? 'location' : undefined}
                    onClick={() => setOpen(false)}
                  >
                    <Method name={entry.method} />
                    <code className="min-w-0 font-mono text-xs wrap-anywhere">{entry.path}</code>
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
        <div>
          <p className="px-2 py-1 font-medium">Forms</p>
          <ul>
            {schemas.map((name) => (
              <li key={name}>
                <a
                  href={`#schema-${name}`}
                  className={LINK}
                  aria-current={`schema-${name}` === current ? 'location' : undefined}
                  onClick={() => setOpen(false)}
                >
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </nav>
  );
}
