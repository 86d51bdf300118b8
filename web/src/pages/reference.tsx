/** The API reference: what the server describes to programs in /openapi.json, for people. */
import { useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import { Link } from 'react-router';
import { useOwnKey } from '../api/own-key.ts';
import { useDescription } from '../api/queries.ts';
import type { Caller } from '../lib/openapi/curl.ts';
import { exampleOf } from '../lib/openapi/example.ts';
import { filterGroups, groupOperations } from '../lib/openapi/operations.ts';
import { describe, schemasOf } from '../lib/openapi/schema.ts';
import type { Description } from '../lib/openapi/types.ts';
import { keyOfPrograms } from '../lib/samples.ts';
import { Contents } from '../reference/contents.tsx';
import { Fields } from '../reference/fields.tsx';
import { OperationCard } from '../reference/operation.tsx';
import { Prose } from '../reference/prose.tsx';
import { useCurrent, useDeepLink } from '../reference/use-place.ts';
import { Button, ButtonLink, buttonClass } from '../ui/button.tsx';
import { Code } from '../ui/code.tsx';
import { Field } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { Card, Empty, Failed, Loading, PageHeader } from '../ui/states.tsx';

export default function Reference() {
  const { data, error, refetch } = useDescription();
  const lead = data
    ? `${data.info.description ?? ''} Version ${data.info.version}.`
    : 'Every call, and what it answers.';
  return (
    <>
      <PageHeader title="API reference" lead={lead}>
        <ButtonLink to="/guide" icon="book">
          Guide
        </ButtonLink>
        <a className={buttonClass()} href="/openapi.json" download="openapi.json">
          <Icon name="download" className="size-[1.125rem]" />
          openapi.json
        </a>
      </PageHeader>
      {data && <Whole document={data} />}
      {!data && (error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading rows={6} />)}
    </>
  );
}

function Whole({ document }: { document: Description }) {
  const ownKey = useOwnKey();
  const [key, setKey] = useState(ownKey);
  const [filter, setFilter] = useState('');
  const groups = useMemo(() => groupOperations(document), [document]);
  const shown = filterGroups(groups, filter);
  const countIn = (some: typeof groups): number => some.reduce((sum, { entries }) => sum + entries.length, 0);
  const schemas = Object.keys(schemasOf(document));
  const ids = [
    ...shown.flatMap(({ entries }) => entries.map(({ id }) => id)),
    ...schemas.map((name) => `schema-${name}`),
  ];
  useDeepLink(() => flushSync(() => setFilter('')));
  const current = useCurrent(ids);
  const caller: Caller = { host: window.location.origin, key: keyOfPrograms(key.trim() || 'YOUR_API_KEY') };
  return (
    <div className="grid items-start gap-6 xl:grid-cols-[minmax(0,1fr)_15rem] xl:gap-10">
      <div className="xl:order-last xl:h-full">
        <Contents groups={shown} schemas={schemas} current={current} />
      </div>
      <div className="grid gap-10">
        <Card className="grid gap-4 sm:grid-cols-2">
          <Field
            type="search"
            label="Find a call"
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
            placeholder="/v1/status, format, usage …"
            autoComplete="off"
            spellCheck={false}
            hint={<span role="status">{`${countIn(shown)} of ${countIn(groups)} calls`}</span>}
          />
          <Field
            label="Paste your key to have it in the calls"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            placeholder="rmv_live_…"
            autoComplete="off"
            spellCheck={false}
            hint={<KeyHint isPublishable={key.trim().startsWith('rmv_pub_')} />}
          />
        </Card>
        {shown.length === 0 && (
          <Empty
            icon="search"
            title="No call has all of these words"
            action={<ShowAll onClick={() => setFilter('')} />}
          >
            What is looked through are addresses, summaries, and the names of parameters.
          </Empty>
        )}
        {shown.map(({ id, name, description, entries }) => (
          <section key={id} id={id} aria-labelledby={`${id}-title`} className="grid gap-5">
            <div>
              <h2 id={`${id}-title`} className="text-xl">
                {name}
              </h2>
              <Prose text={description} className="mt-1 text-soft" />
            </div>
            {entries.map((entry) => (
              <OperationCard key={entry.id} entry={entry} document={document} caller={caller} />
            ))}
          </section>
        ))}
        <Forms document={document} />
      </div>
    </div>
  );
}

const ShowAll = ({ onClick }: { onClick: () => void }) => <Button onClick={onClick}>Show all calls</Button>;

const KeyHint = ({ isPublishable }: { isPublishable: boolean }) =>
  isPublishable ? (
    <>A publishable key works in web pages alone; these calls need another.</>
  ) : (
    <>
      It stays in this page. Make one on{' '}
      <Link className="prose-link" to="/keys">
        API keys
      </Link>
      .
    </>
  );

function Forms({ document }: { document: Description }) {
  const schemas = schemasOf(document);
  return (
    <section aria-labelledby="forms-title" className="grid gap-5">
      <div>
        <h2 id="forms-title" className="text-xl">
          Forms
        </h2>
        <p className="mt-1 text-soft">What several answers have in common.</p>
      </div>
      {Object.entries(schemas).map(([name, schema]) => (
        <article key={name} id={`schema-${name}`} tabIndex={-1} className="scroll-mt-4 max-lg:scroll-mt-20">
          <Card>
            <h3 className="mb-3 text-lg">{name}</h3>
            <Code text={JSON.stringify(exampleOf(schema, schemas), null, 2)} label={`Example: ${name}`} />
            <div className="mt-4">
              <Fields rows={describe(schema, schemas).fields} />
            </div>
          </Card>
        </article>
      ))}
    </section>
  );
}
