import { describe, expect, test } from 'vitest';
import { DEFAULT_MODEL_NAME, decideModelLicense, listModels, MODELS, resolveModel } from '../../src/domain/model.ts';

describe('the table', () => {
  test('every row goes under its own name and fixes its bytes', () => {
    for (const [name, model] of Object.entries(MODELS)) {
      expect(model.name).toBe(name);
      expect(model.checksum.hex).toMatch(model.checksum.algorithm === 'md5' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
    }
  });

  test('no two rows have the same content or the same source', () => {
    const models = listModels();
    expect(new Set(models.map((model) => model.checksum?.hex)).size).toBe(models.length);
    expect(new Set(models.map((model) => JSON.stringify(model.sources))).size).toBe(models.length);
  });

  test('every address is HTTPS', () => {
    const urls = listModels().flatMap(({ sources, license }) => [
      license.url,
      ...sources.map((source) => (source.kind === 'https' ? source.url : undefined)),
    ]);
    for (const url of urls.filter((each) => each !== undefined)) expect(new URL(url).protocol).toBe('https:');
  });

  test('the default may be used commercially', () => {
    expect(MODELS[DEFAULT_MODEL_NAME].license.isCommercialUseAllowed).toBe(true);
  });
});

describe('resolveModel', () => {
  test.each(Object.keys(MODELS))('%s is found', (name) => {
    expect(resolveModel(name)).toMatchObject({ kind: 'found', model: { name } });
  });

  test('letter case and spaces around do not matter', () => {
    expect(resolveModel(' BiRefNet-General ')).toMatchObject({ kind: 'found', model: { name: 'birefnet-general' } });
  });

  test.each(['./my.onnx', '/x/y/my.onnx', 'my.onnx', 'C:\\models\\my.ONNX'])('%s is a local file', (path) => {
    const resolution = resolveModel(path);
    expect(resolution).toMatchObject({
      kind: 'found',
      model: { name: 'my', sources: [{ kind: 'local', path }], checksum: undefined, mean: [0.5, 0.5, 0.5] },
    });
  });

  test.each([
    ['u2nt', 'u2net'],
    ['isnett', 'isnet'],
    ['birefnet', 'birefnet-general'],
    ['bria', 'bria-rmbg'],
  ])('for %s it offers %s', (given, offered) => {
    const resolution = resolveModel(given);
    expect(resolution).toMatchObject({ kind: 'unknown' });
    if (resolution.kind === 'unknown') {
      expect(resolution.nearNames).toContain(offered);
      expect(resolution.nearNames.length).toBeLessThanOrEqual(3);
      expect(resolution.sentence).toContain(offered);
    }
  });

  test.each(['', 'resnet152-of-nothing', '.onnx', './folder/', '__proto__', 'constructor'])(
    '"%s" is unknown, and the sentence names the choices',
    (given) => {
      const resolution = resolveModel(given);
      expect(resolution).toMatchObject({ kind: 'unknown', nearNames: [] });
      if (resolution.kind === 'unknown') expect(resolution.sentence).toContain('isnet, u2net');
    },
  );
});

describe('decideModelLicense', () => {
  test('a free licence asks for nothing', () => {
    for (const model of listModels().filter((each) => each.license.isCommercialUseAllowed)) {
      expect(decideModelLicense(model, undefined)).toEqual({ kind: 'allowed' });
    }
  });

  test.each([undefined, '', 'isnet', 'bria', 'bria-rmbg-2', 'true'])('bria-rmbg is refused with %s', (accepted) => {
    const decision = decideModelLicense(MODELS['bria-rmbg'], accepted);
    expect(decision).toMatchObject({ kind: 'refused' });
    if (decision.kind === 'refused') expect(decision.sentence).toContain('ACCEPT_MODEL_LICENSE=bria-rmbg');
  });

  test.each(['bria-rmbg', 'BRIA-RMBG', 'other, bria-rmbg'])('bria-rmbg is allowed with %s', (accepted) => {
    expect(decideModelLicense(MODELS['bria-rmbg'], accepted)).toEqual({ kind: 'allowed' });
  });
});
