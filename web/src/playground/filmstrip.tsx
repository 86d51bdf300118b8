/** All pictures of this visit, each with its state; and all results as one ZIP. */
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { useToast } from '../ui/toast.tsx';
import { saveBlob } from './save.ts';
import type { Item } from './use-batch.ts';

type Props = {
  items: readonly Item[];
  chosen: number;
  onChoose: (id: number) => void;
  onRemove: (item: Item) => void;
};

const WORDS = { waiting: 'waiting', running: 'running', done: 'done', failed: 'failed' } as const;

export function Filmstrip({ items, chosen, onChoose, onRemove }: Props) {
  const done = items.filter(({ state }) => state.kind === 'done').length;
  const failed = items.filter(({ state }) => state.kind === 'failed').length;
  return (
    <section aria-label="Your pictures" className="grid gap-3">
      <ul className="flex gap-3 overflow-x-auto p-1 pb-2">
        {items.map((item) => (
          <li key={item.id} className="group relative shrink-0">
            <button
              type="button"
              aria-pressed={item.id === chosen}
              aria-label={`${item.name}, ${WORDS[item.state.kind]}`}
              title={item.name}
              onClick={() => onChoose(item.id)}
              className="checkerboard block size-20 overflow-hidden rounded-md border-2 border-line aria-pressed:border-accent"
            >
              <img
                src={item.state.kind === 'done' ? item.state.resultUrl : item.url}
                alt=""
                className={`size-full object-contain ${item.state.kind === 'done' ? '' : 'opacity-50'}`}
              />
            </button>
            <State item={item} />
            <button
              type="button"
              aria-label={`Put ${item.name} away`}
              onClick={() => onRemove(item)}
              className="absolute -top-1 -right-1 grid size-6 place-items-center rounded-full border border-line bg-surface text-soft hover:text-danger"
            >
              <Icon name="cross" className="size-3.5" />
            </button>
          </li>
        ))}
      </ul>
      {items.length > 1 && (
        <div className="flex flex-wrap items-center gap-4">
          <p role="status" className="numbers text-soft">
            {done} of {items.length} done{failed > 0 && `, ${failed} failed`}
          </p>
          <ZipButton items={items} isDisabled={done === 0} />
        </div>
      )}
    </section>
  );
}

function State({ item: { state } }: { item: Item }) {
  if (state.kind === 'done') return null;
  const share = state.kind === 'running' ? state.progress.share : 0;
  return (
    <span className="pointer-events-none absolute inset-x-1.5 bottom-1.5 h-1.5 overflow-hidden rounded-full bg-line">
      <span
        className={`block h-full ${state.kind === 'failed' ? 'bg-danger' : 'bg-accent'}`}
        style={{ width: state.kind === 'failed' ? '100%' : `${share * 100}%` }}
      />
    </span>
  );
}

function ZipButton({ items, isDisabled }: { items: readonly Item[]; isDisabled: boolean }) {
  const [isBusy, setBusy] = useState(false);
  const say = useToast();
  const zip = async (): Promise<void> => {
    setBusy(true);
    try {
      const { zipResults } = await import('./zip-results.ts');
      saveBlob(await zipResults(items), 'cutouts.zip');
    } catch (error) {
      say(error instanceof Error ? error.message : 'The ZIP could not be made', 'bad');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon="download" disabled={isDisabled} isBusy={isBusy} onClick={zip}>
      All as ZIP
    </Button>
  );
}
