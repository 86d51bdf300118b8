/** What the server tells about itself, name by name. */
import { formatTime } from '../lib/format.ts';

export const wordsOf = (name: string): string => name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(textOf).join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  return /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) ? formatTime(text) : text;
}

export function Facts({ facts }: { facts: object }) {
  return (
    <dl className="numbers grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-soft">{wordsOf(name)}</dt>
          <dd className="break-words">{textOf(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
