/** Values that several schemas of the wire have in common. */
import { z } from 'zod';

export const count = z.int().min(0);

export const confidence = z.number().min(0).max(1).meta({
  description:
    'The chance, 0 to 1, that the matte overlaps the true one by 90 % and more (IoU); 0 where nothing was found.',
});
