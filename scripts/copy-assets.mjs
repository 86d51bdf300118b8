// What the compiler leaves behind: the migrations that `dist` reads.
import { cp } from 'node:fs/promises';

await cp('src/store/migrations', 'dist/store/migrations', { recursive: true });
