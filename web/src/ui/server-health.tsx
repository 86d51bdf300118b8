/** What an admin looks at: the parts of the server with their state, and what the audit found. */
import type { Audit } from '../api/admin.ts';
import { formatCount } from '../lib/format.ts';
import { Facts, textOf, wordsOf } from './facts.tsx';
import { Badge, Note } from './states.tsx';

type Part = Readonly<Record<string, unknown>>;

export function Parts({ title, list, empty }: { title: string; list: readonly Part[]; empty: string }) {
  return (
    <section>
      <h3 className="mb-2">{title}</h3>
      {list.length === 0 ? (
        <Note tone="warn">{empty}</Note>
      ) : (
        <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {list.map(({ name, ready, ...facts }) => (
            <li key={`${name} ${JSON.stringify(facts)}`} className="rounded-md border border-line p-4">
              <p className="mb-2 flex flex-wrap items-center justify-between gap-2">
                <span className="wrap-anywhere font-medium">{String(name)}</span>
                {ready !== undefined && <Badge tone={ready ? 'good' : 'bad'}>{ready ? 'ready' : 'not ready'}</Badge>}
              </p>
              <Facts facts={facts} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** More would be a log, not a page; `remuvr audit` tells all. */
const SHOWN = 20;

export function Findings({ audit: { isClean, ...facts } }: { audit: Audit }) {
  const lists = Object.entries(facts).filter((entry): entry is [string, Part[]] => Array.isArray(entry[1]));
  const numbers = Object.fromEntries(Object.entries(facts).filter(([, value]) => !Array.isArray(value)));
  return (
    <div className="grid gap-4">
      <Note tone={isClean ? 'good' : 'bad'}>
        {isClean ? 'The books are right: nothing disagrees.' : 'Something disagrees with the ledger.'}
      </Note>
      <Facts facts={numbers} />
      {lists.map(([name, rows]) => rows.length > 0 && <Finding key={name} name={name} rows={rows} />)}
    </div>
  );
}

function Finding({ name, rows }: { name: string; rows: readonly Part[] }) {
  const columns = Object.keys(rows[0] ?? {});
  return (
    <section
      aria-label={`Disagreeing ${name}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      className="overflow-x-auto"
    >
      <h3 className="mb-2 capitalize">
        {name} ({formatCount(rows.length)})
      </h3>
      <table className="numbers w-full text-left text-xs [&_td]:border-line [&_td]:border-t [&_td]:py-1.5 [&_td]:pr-4 [&_th]:pr-4 [&_th]:pb-1.5 [&_th]:font-medium [&_th]:text-soft">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {wordsOf(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row) => (
            <tr key={JSON.stringify(row)}>
              {columns.map((column) => (
                <td key={column}>{textOf(row[column])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p className="mt-2 text-soft">And more: “remuvr audit” lists all.</p>}
    </section>
  );
}
