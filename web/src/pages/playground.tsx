import { useCallback, useState } from 'react';
import type { Quality } from '../api/types.ts';
import { FirstPicture } from '../playground/add-pictures.tsx';
import type { Background } from '../playground/background.ts';
import { Filmstrip } from '../playground/filmstrip.tsx';
import { Sample } from '../playground/sample.tsx';
import { type Picture, useBatch } from '../playground/use-batch.ts';
import { useIncoming } from '../playground/use-incoming.ts';
import { useKeptFocus } from '../playground/use-kept-focus.ts';
import { Waiting } from '../playground/waiting.tsx';
import { Workbench } from '../playground/workbench.tsx';
import { Segmented } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { PageHeader } from '../ui/states.tsx';
import { useToast } from '../ui/toast.tsx';

const QUALITIES = [
  { value: 'fast', title: 'Fast' },
  { value: 'auto', title: 'Auto' },
  { value: 'best', title: 'Best' },
] as const satisfies readonly { value: Quality; title: string }[];

export default function Playground() {
  const { items, add, again, remove, change } = useBatch();
  const [chosen, setChosen] = useState(0);
  const [quality, setQuality] = useState<Quality>('auto');
  const [background, setBackground] = useState<Background>({ kind: 'transparent' });
  const say = useToast();
  const item = items.find(({ id }) => id === chosen) ?? items[0];

  const take = useCallback(
    (pictures: readonly Picture[]): void => {
      if (pictures.length > 0) setChosen(add(pictures, quality));
    },
    [add, quality],
  );
  const takeFiles = useCallback(
    (files: readonly File[]): void => {
      // A picture of a kind that the system has no name for is left to the server.
      const pictures = files.filter(({ type }) => type === '' || type.startsWith('image/'));
      if (pictures.length < files.length) say('Only pictures can be sent', 'bad');
      take(pictures.map((file) => ({ file, name: file.name || 'pasted.png' })));
    },
    [take, say],
  );
  const isOver = useIncoming(takeFiles);
  useKeptFocus(items, item);

  return (
    <>
      <PageHeader title="Playground" lead="See what the API makes of your pictures. Each success counts.">
        <Segmented label="Quality" isLabelHidden value={quality} choices={QUALITIES} onChange={setQuality} />
      </PageHeader>
      <div className="grid gap-5">
        {item ? (
          <Filmstrip
            items={items}
            chosen={item.id}
            background={background}
            onChoose={setChosen}
            onRemove={remove}
            onFiles={takeFiles}
            onPictures={take}
          />
        ) : (
          <FirstPicture onFiles={takeFiles} onPictures={take} />
        )}
        {item && item.state.kind !== 'done' && <Waiting item={item} onAgain={() => again(item.id, quality)} />}
        {item?.state.kind === 'done' && (
          <Workbench
            key={`${item.id} ${item.state.resultUrl}`}
            item={item}
            result={item.state.result}
            background={background}
            onBackground={setBackground}
            onTouches={(touches) => change(item.id, { touches })}
            {...(quality !== item.quality && { onAgain: () => again(item.id, quality) })}
          />
        )}
        <Sample quality={quality} />
      </div>
      {isOver && <DropHint />}
    </>
  );
}

function DropHint() {
  return (
    <div className="pointer-events-none fixed inset-3 z-40 grid place-items-center rounded-lg border-2 border-accent border-dashed bg-ground/80">
      <p className="flex items-center gap-3 rounded-md bg-accent px-6 py-4 font-medium text-lg text-on-accent shadow-card">
        <Icon name="upload" className="size-6" />
        Drop to remove the background
      </p>
    </div>
  );
}
