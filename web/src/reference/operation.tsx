import { type Caller, curlOf } from '../lib/openapi/curl.ts';
import { type Entry, splitForm } from '../lib/openapi/operations.ts';
import { describe, schemasOf } from '../lib/openapi/schema.ts';
import type { Description, Operation, Parameter, SecurityScheme } from '../lib/openapi/types.ts';
import { CodeCard } from '../ui/code.tsx';
import { Icon } from '../ui/icons.tsx';
import { Card } from '../ui/states.tsx';
import { Answers, Bodies } from './answers.tsx';
import { Fields } from './fields.tsx';
import { Prose, Token } from './prose.tsx';

type Props = { readonly entry: Entry; readonly document: Description; readonly caller: Caller };

export function OperationCard({ entry, document, caller }: Props) {
  const { id, method, path, operation, twin } = entry;
  return (
    <article id={id} aria-labelledby={`${id}-title`} tabIndex={-1} className="scroll-mt-4 max-lg:scroll-mt-20">
      <Card>
        <h3 id={`${id}-title`} className="text-lg">
          {operation.summary ?? path}
        </h3>
        <a
          href={`#${id}`}
          aria-label={`Link to ${method} ${path}`}
          className="-ml-1 mt-1 inline-flex min-h-10 max-w-full items-center gap-2.5 rounded-md px-1 hover:text-accent"
        >
          <Method name={method} />
          <code className="font-mono text-base wrap-anywhere">{path}</code>
        </a>
        {operation.description && <Prose text={operation.description} className="mt-1 text-soft" />}
        <Access operation={operation} document={document} />
        <CodeCard title="curl" text={curlOf(entry, caller)} label={`curl: ${method} ${path}`} />
        {twin ? (
          <p className="mt-5 text-soft">
            Another address of the same: parameters, body and answers are those of{' '}
            <a className="prose-link" href={`#${twin.id}`}>
              {twin.method} {twin.path}
            </a>
            .
          </p>
        ) : (
          <>
            <Parameters parameters={operation.parameters ?? []} document={document} />
            <Body operation={operation} document={document} />
            <Answers operation={operation} document={document} />
          </>
        )}
      </Card>
    </article>
  );
}

export function Method({ name }: { name: string }) {
  const look = name === 'GET' ? 'bg-line/70 text-ink' : 'bg-accent-wash text-accent';
  return (
    <span
      className={`inline-block w-13 shrink-0 rounded-sm py-0.5 text-center font-mono font-semibold text-xs ${look}`}
    >
      {name}
    </span>
  );
}

function Access({ operation, document }: Omit<Props, 'entry' | 'caller'> & { operation: Operation }) {
  const names = (operation.security ?? []).flatMap((one) => Object.keys(one));
  const schemes = names.map((name) => document.components?.securitySchemes?.[name]).filter((one) => one !== undefined);
  if (schemes.length === 0) return <p className="mt-1 mb-4 text-soft">No key is needed.</p>;
  return (
    <p className="mt-1 mb-4 text-soft leading-7">
      <Icon name="key" className="mr-1.5 inline size-4 align-[-0.2em]" />
      {schemes.map((scheme, index) => (
        <span key={headerOf(scheme)}>
          {index === 0 ? 'With a key, as ' : ' or as '}
          <Token>{headerOf(scheme)}</Token>
        </span>
      ))}
    </p>
  );
}

const headerOf = ({ type, name }: SecurityScheme): string =>
  type === 'http' ? 'Authorization: Bearer KEY' : `${name ?? ''}: KEY`;

function Parameters({ parameters, document }: { parameters: readonly Parameter[]; document: Description }) {
  if (parameters.length === 0) return null;
  const rows = parameters.map(({ name, in: place, required = false, description, schema = {} }) => ({
    name,
    place,
    isRequired: required,
    shape: describe({ ...schema, ...(description && { description }) }, schemasOf(document)),
  }));
  return (
    <>
      <h4 className="mt-7 mb-2 font-semibold text-base">Parameters</h4>
      <Fields rows={rows} />
    </>
  );
}

function Body({ operation, document }: Omit<Props, 'entry' | 'caller'> & { operation: Operation }) {
  const { requestBody, parameters = [] } = operation;
  if (!requestBody) return null;
  const { own, shared } = splitForm(requestBody.content, parameters);
  return (
    <>
      <h4 className="mt-7 mb-2 font-semibold text-base">Body{requestBody.required ? ', required' : ''}</h4>
      {requestBody.description && <Prose text={requestBody.description} />}
      <Bodies content={own} document={document} name={operation.operationId} />
      {shared > 0 && (
        <p className="border-line border-t pt-3 text-soft">
          The form takes each of the {shared} query parameters above as a field, too.
        </p>
      )}
    </>
  );
}
