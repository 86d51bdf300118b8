import { useCallback, useEffect, useState } from 'react';
import type { Quality } from '../api/types.ts';
import { Drop } from '../playground/drop.tsx';
import { Filmstrip } from '../playground/filmstrip.tsx';
import { Sample } from '../playground/sample.tsx';
import { useBatch } from '../playground/use-batch.ts';
import { Workbench } from '../playground/workbench.tsx';
import { Button } from '../ui/button.tsx';
import { Segmented } from '../ui/field.tsx';
import { Failed, PageHeader } from '../ui/states.tsx';

const QUALITIES = [
  { value: 'fast', title: 'Fast' },
  { value: 'auto', title: 'Auto' },
  { value: 'best', title: 'Best' },
] as const satisfies readonly { value: Quality; title: string }[];

export type Picture = { readonly file: Blob; readonly name: string };

export default function Playground() {
  const { items, add, again, remove, change } = useBatch();
  const [chosen, setChosen] = useState(0);
  const [quality, setQuality] = useState<Quality>('auto');
  const item = items.find(({ id }) => id === chosen) ?? items[0];

  const take = useCallback(
    (pictures: readonly Picture[]): void => {
      if (pictures.length > 0) setChosen(add(pictures, quality));
    },
    [add, quality],
  );
  usePaste(take);

  return (
    <>
      <PageHeader title="Playground" lead="See what the API makes of your pictures. Each success counts.">
        <Segmented label="Quality" isLabelHidden value={quality} choices={QUALITIES} onChange={setQuality} />
      </PageHeader>
      <div className="grid gap-5">
        <Drop isLarge={items.length === 0} onPictures={take} />
        {items.length > 0 && <Filmstrip items={items} chosen={item?.id ?? 0} onChoose={setChosen} onRemove={remove} />}
        {item && item.state.kind !== 'done' && (
          <div className="grid gap-4">
            <Waiting item={item} />
            {item.state.kind === 'failed' && (
              <div>
                <Button icon="refresh" onClick={() => again(item.id, quality)}>
                  Try again
                </Button>
              </div>
            )}
          </div>
        )}
        {item?.state.kind === 'done' && (
          <Workbench
            key={`${item.id} ${item.state.resultUrl}`}
            item={item}
            result={item.state.result}
            onTouches={(touches) => change(item.id, { touches })}
            {...(quality !== item.quality && { onAgain: () => again(item.id, quality) })}
          />
        )}
        <Sample quality={quality} />
      </div>
    </>
  );
}

type State = ReturnType<typeof useBatch>['items'][number];

function Waiting({ item }: { item: State }) {
  const { state } = item;
  if (state.kind === 'failed') return <Failed error={new Error(state.message)} />;
  const progress = state.kind === 'running' ? state.progress : { label: 'Waiting for its turn', share: 0.03 };
  return (
    <div className="relative grid h-[58dvh] min-h-80 place-items-center overflow-hidden rounded-lg border border-line bg-sunken shadow-card">
      <img src={item.url} alt="" className="absolute inset-4 size-[calc(100%-2rem)] object-contain opacity-40" />
      <div className="relative w-72 max-w-[85%] rounded-md border border-line bg-surface p-4 shadow-card">
        <p role="status" className="mb-2 font-medium">
          {progress.label}
        </p>
        <div
          role="progressbar"
          aria-label={`Progress of ${item.name}`}
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

/** A picture from the clipboard, wherever on the page it is pasted. */
function usePaste(take: (pictures: readonly Picture[]) => void): void {
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
      if (files.length === 0) return;
      event.preventDefault();
      take(files.map((file) => ({ file, name: file.name || 'pasted.png' })));
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, [take]);
}
