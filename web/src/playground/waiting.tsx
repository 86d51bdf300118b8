/** A picture that is under way, in words and by a bar; or what kept it from being done. */
import { Failed } from '../ui/states.tsx';
import type { Item } from './use-batch.ts';
import { WINDOW } from './viewer.tsx';

export function Waiting({ item, onAgain }: { item: Item; onAgain: () => void }) {
  const { state, name } = item;
  if (state.kind === 'failed') return <Failed error={new Error(`${name}: ${state.message}`)} onRetry={onAgain} />;
  const progress = state.kind === 'running' ? state.progress : { label: 'Waiting for its turn', share: 0.03 };
  return (
    <div className={`${WINDOW} grid place-items-center`}>
      <img src={item.url} alt="" className="absolute inset-4 size-[calc(100%-2rem)] object-contain opacity-40" />
      <div className="relative w-72 max-w-[85%] rounded-md border border-line bg-surface p-4 shadow-card">
        <p role="status" className="mb-2 font-medium">
          {progress.label}
        </p>
        <div
          role="progressbar"
          aria-label={`Progress of ${name}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(progress.share * 100)}
          className="h-2 overflow-hidden rounded-full bg-line"
        >
          <div
            className="h-full rounded-full bg-accent transition-[width] duration-500"
            style={{ width: `${progress.share * 100}%` }}
          />
        </div>
      </div>
    </div>
  );
}
