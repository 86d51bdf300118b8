import { useState } from 'react';
import { Icon } from './icons.tsx';

/** A small picture; a sign for one where there is none, or none that the browser can read. */
export function Thumb({ src, className = '' }: { src: string | null; className?: string }) {
  const [broken, setBroken] = useState<string | null>(null);
  if (src === null || src === broken) return <Icon name="image" className="m-auto text-soft" />;
  return (
    <img
      src={src}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => setBroken(src)}
      className={`size-full object-contain ${className}`}
    />
  );
}
