/** Two pictures over one another, and a line between them that can be moved by pointer and by arrow keys. */
import { useState } from 'react';
import { Icon } from './icons.tsx';

/** `after` is undefined until it is known. */
type Props = { before: string; after: string | undefined; alt: string; width: number; height: number };

export function Compare({ before, after, alt, width, height }: Props) {
  const [split, setSplit] = useState(50);
  return (
    <div
      className="checkerboard relative select-none overflow-hidden rounded-lg border border-line shadow-card"
      style={{ aspectRatio: `${width} / ${height}` }}
    >
      {after && (
        <img
          src={after}
          alt={`${alt}, background removed`}
          width={width}
          height={height}
          fetchPriority="high"
          className="size-full object-cover"
        />
      )}
      <img
        src={before}
        alt={alt}
        width={width}
        height={height}
        fetchPriority="high"
        className="absolute inset-0 size-full object-cover"
        style={{ clipPath: `inset(0 ${100 - split}% 0 0)` }}
      />
      <input
        type="range"
        min={0}
        max={100}
        value={split}
        aria-label="How much of the original to show"
        aria-valuetext={`${split} % original`}
        onChange={(event) => setSplit(Number(event.currentTarget.value))}
        className="peer absolute inset-0 size-full cursor-ew-resize touch-pan-y opacity-0"
      />
      <div
        className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-1/2 bg-accent peer-focus-visible:w-1"
        style={{ left: `${split}%` }}
      >
        <span className="absolute top-1/2 left-1/2 grid size-11 -translate-x-1/2 -translate-y-1/2 place-items-center rounded-full bg-accent text-on-accent shadow-card">
          <Icon name="split" className="stroke-2" />
        </span>
      </div>
    </div>
  );
}
