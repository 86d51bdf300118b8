/** A job whose upload is no picture, for tests of what stands around the pipeline. */
import { writeFile } from 'node:fs/promises';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import type { Caller } from '../../src/services/authenticate-caller.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { submitRemoval } from '../../src/services/submit-removal.ts';

export async function submitBytes(ctx: ServiceContext, caller: Caller, now = new Date()) {
  const uploadPath = await ctx.storage.temporaryPath();
  await writeFile(uploadPath, 'bytes');
  return await submitRemoval({ ctx, caller, uploadPath, options: DEFAULT_REMOVAL_OPTIONS, now });
}
