/** All pictures of this visit, each with its state; and all results as one ZIP. */
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { Thumb } from '../ui/thumb.tsx';
import { useToast } from '../ui/toast.tsx';
import { AddTile, Samples } from './add-pictures.tsx';
import type { Background } from './background.ts';
import { saveBlob } from './save.ts';
import type { Item, Picture } from './use-batch.ts';
import { frameId } from './use-kept-focus.ts';

type Props = {
  items: readonly Item[];
  chosen: number;
  background: Background;
  onChoose: (id: number) => void;
  onRemove: (item: Item) => void;
  onFiles: (files: readonly File[]) => void;
  onPictures: (pictures: readonly Picture[]) => void;
};

export function Filmstrip({ items, chosen, background, onChoose, onRemove, onFiles, onPictures }: Props) {
  const done = items.filter(({ state }) => state.kind === 'done').length;
  const failed = items.filter(({ state }) => state.kind === 'failed').length;
  return (
    <section aria-label="Your pictures" className="grid gap-3">
      <div className="flex items-center gap-6">
        <ul className="-m-2 flex min-w-0 flex-1 gap-3 overflow-x-auto p-2">
          <li className="shrink-0">
            <AddTile onFiles={onFiles} />
          </li>
          {items.map((item) => (
            <Frame key={item.id} item={item} isChosen={item.id === chosen} onChoose={onChoose} onRemove={onRemove} />
          ))}
        </ul>
        <div className="max-lg:hidden">
          <Samples onPictures={onPictures} size="size-11" />
        </div>
      </div>
      {items.length > 1 && (
        <div className="flex flex-wrap items-center gap-4">
          <p role="status" className="numbers text-soft">
            {done} of {items.length} done{failed > 0 && `, ${failed} failed`}
          </p>
          <ZipButton items={items} background={background} isDisabled={done === 0} />
        </div>
      )}
    </section>
  );
}

type FrameProps = Pick<Props, 'onChoose' | 'onRemove'> & { item: Item; isChosen: boolean };

function Frame({ item, isChosen, onChoose, onRemove }: FrameProps) {
  const { state, name } = item;
  return (
    <li className="relative shrink-0">
      <button
        type="button"
        id={frameId(item)}
        aria-pressed={isChosen}
        aria-label={`${name}, ${state.kind}`}
        title={name}
        onClick={() => onChoose(item.id)}
        className="checkerboard grid size-20 overflow-hidden rounded-md border-2 border-line aria-pressed:border-accent"
      >
        {state.kind === 'done' ? <Thumb src={state.resultUrl} /> : <Thumb src={item.url} className="opacity-50" />}
      </button>
      <State item={item} />
      <button
        type="button"
        aria-label={`Put ${name} away`}
        onClick={() => onRemove(item)}
        className="absolute -top-1.5 -right-1.5 grid size-6 place-items-center rounded-full border border-line bg-surface text-soft before:absolute before:-inset-2 hover:text-danger"
      >
        <Icon name="cross" className="size-3.5" />
      </button>
    </li>
  );
}

function State({ item: { state } }: { item: Item }) {
  if (state.kind === 'done') return null;
  if (state.kind === 'failed') {
    return (
      <span className="pointer-events-none absolute bottom-1.5 left-1.5 grid size-6 place-items-center rounded-full bg-danger text-on-danger">
        <Icon name="warn" className="size-3.5" />
      </span>
    );
  }
  const share = state.kind === 'running' ? state.progress.share : 0;
  return (
    <span className="pointer-events-none absolute inset-x-1.5 bottom-1.5 h-1.5 overflow-hidden rounded-full bg-line">
      <span className="block h-full bg-accent transition-[width] duration-500" style={{ width: `${share * 100}%` }} />
    </span>
  );
}

function ZipButton(props: { items: readonly Item[]; background: Background; isDisabled: boolean }) {
  const { items, background, isDisabled } = props;
  const [isBusy, setBusy] = useState(false);
  const say = useToast();
  const zip = async (): Promise<void> => {
    setBusy(true);
    try {
      const { zipResults } = await import('./zip-results.ts');
      saveBlob(await zipResults(items, background), 'cutouts.zip');
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
