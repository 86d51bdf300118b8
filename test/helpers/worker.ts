/** A worker as it announces itself. */
import type { WorkerActivity, WorkerIdentity } from '../../src/domain/worker.ts';

type Announced = WorkerIdentity & WorkerActivity;

export const makeWorker = (given: Partial<Announced> & Pick<Announced, 'id'>): Announced => ({
  host: 'cutter-1',
  pid: 4122,
  version: '0.1.0',
  model: 'isnet',
  precision: 'int8',
  threads: 2,
  capacity: 3,
  state: 'ready',
  running: 0,
  jobsDone: 0,
  memoryMib: 700,
  jobMs: undefined,
  ...given,
});
