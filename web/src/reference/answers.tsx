import { exampleOf } from '../lib/openapi/example.ts';
import { errorCodes, isError } from '../lib/openapi/operations.ts';
import { describe, type Field, schemasOf } from '../lib/openapi/schema.ts';
import type { Content, Description, Operation, Response } from '../lib/openapi/types.ts';
import { Code } from '../ui/code.tsx';
import { Badge } from '../ui/states.tsx';
import { Fields, ShapeText } from './fields.tsx';
import { Inline, Prose, Token } from './prose.tsx';

type Answer = readonly [status: string, response: Response];

/** What comes back: each good answer in full, the errors in one table, since they have one form. */
export function Answers({ operation, document }: { operation: Operation; document: Description }) {
  const all = Object.entries(operation.responses);
  const errors = all.filter(([, response]) => isError(response));
  const others = all.filter(([, response]) => !isError(response));
  return (
    <>
      <h4 className="mt-7 mb-2 font-semibold text-base">Answers</h4>
      <div className="grid gap-3">
        {others.map((answer) => (
          <GoodAnswer key={answer[0]} answer={answer} document={document} id={operation.operationId} />
        ))}
      </div>
      {errors.length > 0 && <Errors answers={errors} />}
    </>
  );
}

type GoodAnswerProps = { answer: Answer; document: Description; id: string };

function GoodAnswer({ answer: [status, response], document, id }: GoodAnswerProps) {
  const { description, headers = {}, content = {} } = response;
  const schemas = schemasOf(document);
  const rows = Object.entries(headers).map(([name, header]) => ({
    name,
    shape: describe({ ...header.schema, ...(header.description && { description: header.description }) }, schemas),
  }));
  return (
    <div className="rounded-md border border-line p-4">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Badge tone={status < '400' ? 'good' : 'warn'}>{status}</Badge>
        <Prose text={description} />
      </div>
      <Bodies content={content} document={document} name={`${id} ${status}`} />
      {rows.length > 0 && (
        <details className="mt-2">
          <summary className="font-medium">{rows.length} headers</summary>
          <Fields rows={rows} />
        </details>
      )}
    </div>
  );
}

/** The media types of a body; those that are bytes stand in one line. */
export function Bodies({ content, document, name }: { content: Content; document: Description; name: string }) {
  const schemas = schemasOf(document);
  const types = Object.entries(content);
  const bytes = types.filter(([, { schema }]) => !schema).map(([type]) => type);
  return (
    <>
      {bytes.length > 0 && (
        <p className="mt-3 flex flex-wrap items-baseline gap-1.5 text-soft">
          Bytes as{' '}
          {bytes.map((type) => (
            <Token key={type}>{type}</Token>
          ))}
        </p>
      )}
      {types.map(([type, { schema, example }]) => {
        if (!schema) return null;
        const shape = describe(schema, schemas);
        const isJson = type.endsWith('json');
        return (
          <div key={type} className="mt-3">
            <p className="mb-2 text-soft">
              <Token>{type}</Token>
            </p>
            {isJson && (
              <Code
                text={JSON.stringify(example ?? exampleOf(schema, schemas), null, 2)}
                label={`Example: ${name} as ${type}`}
              />
            )}
            {isJson ? (
              <details className="mt-1">
                <summary className="font-medium">Every field</summary>
                <ShapeText shape={shape} />
              </details>
            ) : (
              <Fields rows={shape.fields.map(withFile)} />
            )}
          </div>
        );
      })}
    </>
  );
}

/** A field of a form whose schema says nothing of a type is a file. */
const withFile = (field: Field): Field =>
  field.shape.type === 'any' ? { ...field, shape: { ...field.shape, type: 'file' } } : field;

function Errors({ answers }: { answers: readonly Answer[] }) {
  return (
    <>
      <h4 className="mt-7 mb-2 font-semibold text-base">Errors</h4>
      <dl>
        {answers.map(([status, { description }]) => (
          <div key={status} className="grid grid-cols-[3rem_minmax(0,1fr)] gap-x-3 border-line border-t py-3">
            <dt>
              <Badge tone="bad">{status}</Badge>
            </dt>
            <dd>
              <p className="max-w-[72ch]">
                <Inline text={description} />
              </p>
              <ul aria-label={`Codes of ${status}`} className="mt-1.5 flex flex-wrap gap-1.5 empty:hidden">
                {errorCodes(status).map((code) => (
                  <li key={code}>
                    <Token>{code}</Token>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
      <p className="border-line border-t pt-3 text-soft">
        Each in the form of{' '}
        <a className="prose-link" href="#schema-Error">
          Error
        </a>
        , or of{' '}
        <a className="prose-link" href="#schema-Problem">
          Problem
        </a>{' '}
        for <Token>Accept: application/problem+json</Token>. No error costs anything.
      </p>
    </>
  );
}
