/** A storage whose reading and writing of objects are steps of the trace. */
import type { Storage } from '../ports/storage.ts';
import type { Traces } from '../ports/traces.ts';

export function traceStorage(storage: Storage, traces: Traces): Storage {
  // The rest of a key is a permission, or names a job that is in the trace already.
  const about = (key: string) => ({ attributes: { 'remuvr.object': key.split('/')[0] ?? '' } });
  return {
    put: (key, sourcePath) => traces.step('storage put', about(key), () => storage.put(key, sourcePath)),
    read: (key, range) => traces.step('storage read', about(key), () => storage.read(key, range)),
    checkout: (key) => traces.step('storage checkout', about(key), () => storage.checkout(key)),
    stat: (key) => storage.stat(key),
    delete: (key) => storage.delete(key),
    list: (prefix) => storage.list(prefix),
    link: (key, options) => storage.link(key, options),
    check: () => storage.check(),
    temporaryPath: () => storage.temporaryPath(),
  };
}
