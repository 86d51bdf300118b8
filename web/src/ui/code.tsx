import { type KeyboardEvent, useId, useState } from 'react';
import type { Sample } from '../lib/samples.ts';
import { Button } from './button.tsx';
import { useToast } from './toast.tsx';

type CopyProps = {
  text: string;
  label?: string;
  /** On a small screen the icon stands alone. */
  isShort?: boolean;
};

export function CopyButton({ text, label = 'Copy', isShort = false }: CopyProps) {
  const say = useToast();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      say('Copied');
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      // Without https, and from another machine, a browser has no clipboard for pages.
      say('Your browser does not let this page copy. Select the text instead.', 'bad');
    }
  };
  return (
    <Button icon={isCopied ? 'check' : 'copy'} className={isShort ? 'max-sm:px-2.5' : ''} onClick={copy}>
      <span className={isShort ? 'max-sm:sr-only' : ''}>{label}</span>
    </Button>
  );
}

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      aria-label={label}
      className="overflow-x-auto rounded-md bg-sunken p-4 font-mono text-[0.8125rem] text-ink leading-relaxed"
    >
      <pre className="whitespace-pre-wrap font-mono wrap-anywhere">{text}</pre>
    </section>
  );
}

/** One sample, with its title and a button that copies it. */
export function CodeCard({ title, text, label }: { title: string; text: string; label: string }) {
  return (
    <div className="overflow-hidden rounded-md border border-line bg-sunken">
      <div className="flex items-center justify-between gap-2 border-line border-b bg-surface py-1.5 pr-1.5 pl-4">
        <p className="min-w-0 font-medium text-soft">{title}</p>
        <CopyButton text={text} isShort />
      </div>
      <Code text={text} label={label} />
    </div>
  );
}

/** One sample in several languages. */
export function CodeTabs({ samples }: { samples: readonly Sample[] }) {
  const [chosen, setChosen] = useState(samples[0]?.name ?? '');
  const id = useId();
  const shown = samples.find(({ name }) => name === chosen) ?? samples[0];
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = samples.at((samples.findIndex(({ name }) => name === chosen) + step) % samples.length);
    if (!next) return;
    setChosen(next.name);
    document.getElementById(`${id}-${next.name}`)?.focus();
  };
  return (
    <div className="overflow-hidden rounded-md border border-line bg-sunken">
      <div className="flex items-center justify-between gap-2 border-line border-b bg-surface p-1.5">
        <div role="tablist" aria-label="Language" className="flex min-w-0 overflow-x-auto" onKeyDown={onKeyDown}>
          {samples.map(({ name, title }) => (
            <button
              key={name}
              id={`${id}-${name}`}
              type="button"
              role="tab"
              aria-selected={name === chosen}
              aria-controls={`${id}-panel`}
              tabIndex={name === chosen ? 0 : -1}
              onClick={() => setChosen(name)}
              className="min-h-10 min-w-10 shrink-0 rounded-sm px-1.5 font-medium max-sm:text-xs text-soft hover:text-ink focus-visible:-outline-offset-2 sm:px-3 aria-selected:bg-accent-wash aria-selected:text-accent"
            >
              {title}
            </button>
          ))}
        </div>
        <CopyButton text={shown?.code ?? ''} isShort />
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${chosen}`}>
        <Code text={shown?.code ?? ''} label={`Sample: ${shown?.title ?? ''}`} />
      </div>
    </div>
  );
}
