/** Names with their types, values and limits: parameters, headers, and what is in a body. */
import type { Shape } from '../lib/openapi/schema.ts';
import { Prose, Token } from './prose.tsx';

export type Row = {
  readonly name: string;
  readonly isRequired?: boolean;
  readonly place?: string;
  readonly shape: Shape;
};

/** More of them would hide what stands around them. */
const VALUES_IN_SIGHT = 12;

export function Fields({ rows, isInside = false }: { rows: readonly Row[]; isInside?: boolean }) {
  return (
    <dl className={isInside ? 'mt-2 border-line border-l-2 pl-4' : ''}>
      {rows.map((row) => (
        <div
          key={row.name}
          className={
            isInside
              ? 'grid gap-1 py-2'
              : 'grid gap-x-6 gap-y-1.5 border-line border-t py-3.5 md:grid-cols-[11.5rem_minmax(0,1fr)]'
          }
        >
          <dt className={isInside ? 'flex flex-wrap items-baseline gap-x-2.5' : ''}>
            <code className="font-medium font-mono text-[0.8125rem] wrap-anywhere">{row.name}</code>
            <span className={`flex flex-wrap gap-x-2 text-soft text-xs ${isInside ? '' : 'mt-0.5'}`}>
              <span>{[row.shape.type, row.place].filter(Boolean).join(' · ')}</span>
              {row.isRequired && <span className="font-medium text-accent">required</span>}
            </span>
          </dt>
          <dd className="min-w-0">
            <ShapeText shape={row.shape} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What a shape says, and what is inside of it. */
export function ShapeText({ shape }: { shape: Shape }) {
  const { description, values, initial, limits, fields, forms } = shape;
  return (
    <>
      {description && <Prose text={description} />}
      <Values values={values} />
      {(initial !== undefined || limits.length > 0) && (
        <p className="mt-1.5 text-soft text-xs">
          {initial !== undefined && (
            <>
              Without it <Token>{initial}</Token>
              {limits.length > 0 && ' · '}
            </>
          )}
          {limits.join(' · ')}
        </p>
      )}
      {fields.length > 0 && <Fields isInside rows={fields} />}
      {forms.map(({ title, shape: form }) => (
        <div key={title} className="mt-3">
          <p className="text-soft text-xs">
            One form: <Token>{title}</Token>
          </p>
          <ShapeText shape={form} />
        </div>
      ))}
    </>
  );
}

function Values({ values }: { values: readonly string[] }) {
  if (values.length === 0) return null;
  const list = (
    <ul className="mt-1.5 flex flex-wrap gap-1.5">
      {values.map((value) => (
        <li key={value}>
          <Token>{value}</Token>
        </li>
      ))}
    </ul>
  );
  if (values.length <= VALUES_IN_SIGHT) return list;
  return (
    <details>
      <summary className="text-soft">One of {values.length} values</summary>
      {list}
    </details>
  );
}
