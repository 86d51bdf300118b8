/** What the pool forks: a process that holds the model and turns one file after another into cutouts. */
import { loadChildSettings } from '../config.ts';
import { openPipeline } from '../platform/engine.ts';
import { servePipelineChild } from '../worker/pipeline-child.ts';

await servePipelineChild({ openPipeline: (threads) => openPipeline(loadChildSettings(), threads) });
