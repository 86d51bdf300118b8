import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type SampleOptions, sampleCalls } from '../src/lib/samples.ts';

const README = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const DEFAULTS: SampleOptions = {
  host: 'http://localhost:8080',
  key: 'YOUR_API_KEY',
  format: 'png',
  output: 'cutout',
  quality: 'auto',
};
const codeOf = (name: string, options: Partial<SampleOptions> = {}): string =>
  sampleCalls({ ...DEFAULTS, ...options }).find((sample) => sample.name === name)?.code ?? '';

describe('the samples', () => {
  test.each(['javascript', 'python'])('in %s is the published one where nothing is chosen', (name) => {
    expect(README).toContain(codeOf(name));
  });

  test('in curl is the published one, and keeps the result', () => {
    expect(README).toContain(codeOf('curl').replace(' -o result.png', ''));
  });

  test('carry host, key and what was chosen, and no parameter at its default', () => {
    const options = { host: 'https://cut.example', key: 'rmv_test_x', format: 'webp', quality: 'best' };
    for (const { code } of sampleCalls({ ...DEFAULTS, ...options })) {
      expect(code).toContain('https://cut.example/remove');
      expect(code).toContain('rmv_test_x');
      expect(code).toContain('webp');
      expect(code).not.toContain('cutout"');
    }
    expect(codeOf('python', options)).toContain("data={'format': 'webp', 'quality': 'best'},");
    expect(codeOf('javascript', options)).toContain("formData.append('quality', 'best');");
  });

  test('for a program of remove.bg use its header and its field', () => {
    expect(codeOf('removebg')).toContain('X-Api-Key: YOUR_API_KEY');
    expect(codeOf('removebg')).toContain('image_file=@image.jpg');
    const chosen = codeOf('removebg', { format: 'webp', output: 'mask', quality: 'best' });
    expect(chosen).toContain('-F "format=webp" -F "output=mask" -F "quality=best"');
  });

  test('have a publishable key where it works: in a page', () => {
    const key = 'rmv_pub_x';
    expect(codeOf('javascript', { key })).toContain('Bearer rmv_pub_x');
    for (const name of ['curl', 'python', 'removebg']) expect(codeOf(name, { key })).toContain('YOUR_API_KEY');
  });
});
