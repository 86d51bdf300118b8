import { type ChangeEvent, useId, useState } from 'react';
import { Icon } from '../ui/icons.tsx';
import { useToast } from '../ui/toast.tsx';
import { type Background, COLOURS } from './background.ts';
import { Panel } from './panel.tsx';

type Props = { background: Background; onBackground: (background: Background) => void };

const SWATCH =
  'block h-10 w-full cursor-pointer overflow-hidden rounded-md border border-line-strong aria-pressed:outline-2 aria-pressed:outline-accent aria-pressed:outline-offset-2';
const CHOSEN = 'outline-2 outline-accent outline-offset-2';

export function BackgroundPanel({ background, onBackground }: Props) {
  const [own, setOwn] = useState('#ff7a59');
  const [gradient, setGradient] = useState({ from: '#dff5e8', to: '#4b8fd7' });
  const chosen = background.kind === 'colour' ? background.colour : '';
  const takeGradient = (change: Partial<typeof gradient>): void => {
    const next = { ...gradient, ...change };
    setGradient(next);
    onBackground({ kind: 'gradient', ...next });
  };
  return (
    <Panel title="Background">
      <div className="grid grid-cols-5 gap-2">
        <button
          type="button"
          aria-label="Transparent"
          title="Transparent"
          aria-pressed={background.kind === 'transparent'}
          className={`${SWATCH} checkerboard`}
          onClick={() => onBackground({ kind: 'transparent' })}
        />
        {COLOURS.map(([name, colour]) => (
          <button
            key={colour}
            type="button"
            aria-label={name}
            title={name}
            aria-pressed={chosen === colour}
            className={SWATCH}
            style={{ background: colour }}
            onClick={() => onBackground({ kind: 'colour', colour })}
          />
        ))}
        <ColourInput
          label="Own colour"
          value={own}
          isChosen={chosen === own}
          // All colours around it, as a sign that it can be any.
          className="bg-[conic-gradient(#e5484d,#f5d90a,#46a758,#0091ff,#8e4ec6,#e5484d)]"
          onColour={(colour) => {
            setOwn(colour);
            onBackground({ kind: 'colour', colour });
          }}
        />
        <PictureInput isChosen={background.kind === 'picture'} onBackground={onBackground} />
        <button
          type="button"
          aria-label="Gradient"
          title="Gradient"
          aria-pressed={background.kind === 'gradient'}
          className={`${SWATCH} col-span-3`}
          style={{ background: `linear-gradient(135deg, ${gradient.from}, ${gradient.to})` }}
          onClick={() => takeGradient({})}
        />
        <ColourInput label="Gradient from" value={gradient.from} onColour={(from) => takeGradient({ from })} />
        <ColourInput label="Gradient to" value={gradient.to} onColour={(to) => takeGradient({ to })} />
      </div>
    </Panel>
  );
}

type ColourProps = {
  label: string;
  value: string;
  isChosen?: boolean;
  className?: string;
  onColour: (colour: string) => void;
};

function ColourInput({ label, value, isChosen = false, className = 'bg-surface', onColour }: ColourProps) {
  return (
    <input
      type="color"
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onColour(event.currentTarget.value)}
      className={`h-10 w-full cursor-pointer rounded-md border border-line-strong p-1 ${className} ${isChosen ? CHOSEN : ''}`}
    />
  );
}

function PictureInput({ isChosen, onBackground }: { isChosen: boolean } & Pick<Props, 'onBackground'>) {
  const id = useId();
  const say = useToast();
  const take = async (event: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const file = event.currentTarget.files?.[0];
    if (!file) return;
    try {
      onBackground({ kind: 'picture', picture: await createImageBitmap(file) });
    } catch {
      say('Your browser cannot read this picture', 'bad');
    }
  };
  return (
    <label
      htmlFor={id}
      title="Own picture"
      className={`grid h-10 place-items-center rounded-md border border-line-strong text-soft hover:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent ${isChosen ? CHOSEN : ''}`}
    >
      <Icon name="image" />
      <span className="sr-only">Own picture as background</span>
      <input id={id} type="file" accept="image/*" className="sr-only" onChange={take} />
    </label>
  );
}
