import * as fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { rotateLog } from '../../../src/adapters/own-postgres/log-file.ts';
import { useBench } from './harness.ts';

const bench = useBench();

it('empties a log that has grown too large into one older file', () => {
  const logFile = path.join(bench().folder, 'postgres.log');
  fs.writeFileSync(logFile, 'x'.repeat(100));
  rotateLog(logFile, 100);
  expect(fs.statSync(logFile).size).toBe(100);
  rotateLog(logFile, 99);
  expect([fs.statSync(logFile).size, fs.statSync(`${logFile}.1`).size]).toEqual([0, 100]);
});
