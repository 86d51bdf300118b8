/** What `choosePrecision` forks: times the forms of a model, says it once and ends. */
import { loadChildSettings } from '../config.ts';
import { measurePrecision } from '../platform/engine.ts';

process.on('disconnect', () => process.exit(0));
process.send?.(await measurePrecision(loadChildSettings()));
