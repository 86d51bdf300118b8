/** The same, as a call of the API. */
import { useState } from 'react';
import { Link } from 'react-router';
import { useOwnKey } from '../api/own-key.ts';
import type { Quality } from '../api/types.ts';
import { sampleCalls } from '../lib/samples.ts';
import { CodeTabs } from '../ui/code.tsx';
import { Select } from '../ui/field.tsx';
import { Card } from '../ui/states.tsx';

export function Sample({ quality }: { quality: Quality }) {
  const [format, setFormat] = useState('png');
  const [output, setOutput] = useState('cutout');
  const ownKey = useOwnKey();
  const key = ownKey || 'YOUR_API_KEY';
  const samples = sampleCalls({ host: window.location.origin, key, format, output, quality });
  return (
    <Card>
      <div className="mb-4 flex flex-wrap items-end justify-between gap-4">
        <div>
          <h2 className="text-lg">The same by the API</h2>
          <p className="mt-1 text-soft">
            {ownKey ? (
              'With the key that you made last.'
            ) : (
              <>
                Put a key in the place of YOUR_API_KEY;{' '}
                <Link className="prose-link" to="/keys">
                  make one
                </Link>
                .
              </>
            )}
          </p>
        </div>
        <div className="flex gap-3">
          <Select label="Format" value={format} onChange={(event) => setFormat(event.target.value)}>
            {['png', 'webp', 'avif', 'jpg', 'zip'].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
          <Select label="Output" value={output} onChange={(event) => setOutput(event.target.value)}>
            <option>cutout</option>
            <option>mask</option>
          </Select>
        </div>
      </div>
      <CodeTabs samples={samples} />
    </Card>
  );
}
