import { useState } from 'react';
import { Link } from 'react-router';
import { useOwnKey } from '../api/own-key.ts';
import { useKeys, useMe } from '../api/queries.ts';
import { ERRORS } from '../lib/error-table.ts';
import { keyOfPrograms, type SampleOptions, sampleCalls } from '../lib/samples.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Code, CodeTabs } from '../ui/code.tsx';
import { Field, Select } from '../ui/field.tsx';
import { Card, Note, PageHeader } from '../ui/states.tsx';

export default function Guide() {
  const ownKey = useOwnKey();
  const [options, setOptions] = useState<SampleOptions>({
    host: window.location.origin,
    key: ownKey,
    format: 'png',
    output: 'cutout',
    quality: 'auto',
  });
  const { host } = options;
  const key = options.key.trim() || 'YOUR_API_KEY';
  const set = (change: Partial<SampleOptions>): void => setOptions({ ...options, ...change });
  return (
    <>
      <PageHeader title="Docs" lead="From nothing to a cut-out in one call. Samples carry this server’s address.">
        <ButtonLink to="/docs" icon="code">
          API reference
        </ButtonLink>
      </PageHeader>
      <div className="grid gap-6">
        <Card>
          <h2 className="text-lg">1. A key</h2>
          <KeyHint />
          <div className="mt-4 grid gap-4 sm:grid-cols-2">
            <Field
              label="Paste your key to have it in the samples"
              value={options.key}
              onChange={(event) => set({ key: event.currentTarget.value })}
              placeholder="rmv_live_…"
              autoComplete="off"
              spellCheck={false}
              hint="It stays in this page; it is sent nowhere."
            />
            <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
              <Select label="Format" value={options.format} onChange={(event) => set({ format: event.target.value })}>
                {['png', 'webp', 'avif', 'jpg', 'zip'].map((format) => (
                  <option key={format}>{format}</option>
                ))}
              </Select>
              <Select label="Output" value={options.output} onChange={(event) => set({ output: event.target.value })}>
                <option>cutout</option>
                <option>mask</option>
              </Select>
              <div className="col-span-2 sm:col-span-1">
                <Select
                  label="Quality"
                  value={options.quality}
                  onChange={(event) => set({ quality: event.target.value })}
                >
                  {['fast', 'auto', 'best'].map((quality) => (
                    <option key={quality}>{quality}</option>
                  ))}
                </Select>
              </div>
            </div>
          </div>
        </Card>
        <Card>
          <h2 className="mb-4 text-lg">2. Remove a background</h2>
          <CodeTabs samples={sampleCalls({ ...options, key })} />
        </Card>
        <Card>
          <h2 className="mb-1 text-lg">3. The rest</h2>
          <p className="mb-4 text-soft">Whether the key is good, what a job became, what the month has left:</p>
          <Code
            label="Sample: the other calls"
            text={['/v1/auth', '/v1/status/550e8400-e29b-41d4-a716-446655440000', '/v1/usage']
              .map((path) => `curl -H "Authorization: Bearer ${keyOfPrograms(key)}" ${host}${path}`)
              .join('\n\n')}
          />
        </Card>
        <WhichKey />
        <Errors />
      </div>
    </>
  );
}

function KeyHint() {
  const me = useMe();
  const keys = useKeys(Boolean(me.data));
  const count = keys.data?.filter((key) => !key.revokedAt).length ?? 0;
  return (
    <p className="mt-1 text-soft">
      {count > 0 ? `You have ${count === 1 ? 'one key' : `${count} keys`}. ` : ''}
      Make one on the page{' '}
      <Link className="prose-link" to="/keys">
        API keys
      </Link>
      ; it is sent as <code className="font-mono">Authorization: Bearer KEY</code> or as{' '}
      <code className="font-mono whitespace-nowrap">X-API-Key: KEY</code>.
    </p>
  );
}

function WhichKey() {
  return (
    <Card>
      <h2 className="mb-3 text-lg">Which kind of key?</h2>
      <dl className="grid gap-4 sm:grid-cols-3 [&_dt]:font-medium [&_dd]:text-soft">
        <div>
          <dt>Live</dt>
          <dd>For programs on your servers. Each success counts. Whoever has it, uses your account.</dd>
        </div>
        <div>
          <dt>Test</dt>
          <dd>For trying and for your tests. Never charged; pictures are stamped.</dd>
        </div>
        <div>
          <dt>Publishable</dt>
          <dd>For a web page, as in the JavaScript sample. Works from your origins alone, for removing alone.</dd>
        </div>
      </dl>
      <div className="mt-4">
        <Note tone="warn">A live key in a web page can be read by everyone who opens it.</Note>
      </div>
    </Card>
  );
}

function Errors() {
  return (
    <Card>
      <h2 className="mb-1 text-lg">When it is refused</h2>
      <p className="mb-4 text-soft">
        Every error has the same JSON form, with a <code className="font-mono">code</code> for programs. None of them
        costs anything.
      </p>
      <table className="w-full text-left [&_td]:border-line [&_td]:border-t [&_td]:py-2.5 [&_td]:pr-4 [&_td]:align-top [&_th]:pb-2 [&_th]:font-medium [&_th]:text-soft">
        <thead>
          <tr>
            <th scope="col" className="pr-4">
              Status
            </th>
            <th scope="col">Code, and what to do</th>
          </tr>
        </thead>
        <tbody>
          {ERRORS.map(({ status, code, advice }) => (
            <tr key={code}>
              <td className="numbers">{status}</td>
              <td>
                <code className="break-all font-mono font-medium">{code}</code>
                <p className="text-soft">{advice}</p>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
