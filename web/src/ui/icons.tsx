/** Line icons, 20 by 20, drawn with the colour of the text beside them. */
const PATHS = {
  wand: 'M3 17 12.5 7.5M14 3v3M14 9v1M11 6h-1M18 6h-1M16.2 3.8l-.7.7M16.2 8.2l-.7-.7',
  key: 'M7.5 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 9.5 17 3M14.5 5.5l2 2',
  chart: 'M3 17h14M5.5 14V9M10 14V4M14.5 14V7',
  list: 'M7 5h10M7 10h10M7 15h10M3.5 5h.01M3.5 10h.01M3.5 15h.01',
  bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.500 1.500h-13zM8.500 15.500a1.500 1.500 0 0 0 3 0M10 4V2.500',
  card: 'M2.5 6.5a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2zM2.5 8.5h15M5.5 12.5h3',
  person:
    'M10 10a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3.5 17c.8-3 3.400-4.500 6.500-4.500s5.700 1.500 6.500 4.500',
  book: 'M10 5.500C8 4 5.500 3.700 3 4v11.500c2.500-.3 5 0 7 1.500 2-1.500 4.500-1.800 7-1.500V4c-2.500-.3-5 0-7 1.500zM10 5.500V17',
  shield: 'M10 2.500 16 5v4.500c0 4-2.600 6.600-6 8-3.400-1.400-6-4-6-8V5zM7.500 10l2 2 3.500-4',
  upload: 'M10 13V4M6.500 7 10 3.500 13.500 7M3.500 13v2.500a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V13',
  download: 'M10 3.500v9M6.500 9.500 10 13l3.500-3.500M3.500 13v2.500a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V13',
  copy: 'M7.500 7.500h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-8a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM13.500 7.500v-4a1 1 0 0 0-1-1h-8a1 1 0 0 0-1 1v8a1 1 0 0 0 1 1h2',
  check: 'm4 10.500 4 4 8-9',
  cross: 'm5 5 10 10M15 5 5 15',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  undo: 'M4 8h8a4 4 0 0 1 0 8H8M4 8l3.500-3.500M4 8l3.500 3.500',
  redo: 'M16 8H8a4 4 0 0 0 0 8h4M16 8l-3.500-3.500M16 8l-3.500 3.500',
  brush: 'M16.500 3.500 9 11M9 11c-2.500-.5-4 1-4 3 0 1.500-1 2-2 2.200 3 1 7.500.3 7.500-3.200 0-1-.6-1.700-1.500-2Z',
  fit: 'M3.500 7V3.500H7M13 3.500h3.500V7M16.500 13v3.500H13M7 16.500H3.500V13',
  sun: 'M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1 1M14.700 14.700l1 1M4.300 15.700l1-1M14.700 5.300l1-1',
  moon: 'M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300Z',
  system: 'M3 4.500h14v9H3zM7.500 16.500h5M10 13.500v3',
  menu: 'M3 6h14M3 10h14M3 14h14',
  out: 'M12 3.500H5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h7M9 10h8M14 7l3 3-3 3',
  refresh: 'M16 10a6 6 0 1 1-2-4.500M16 3v3.500h-3.500',
  trash: 'M4 6h12M8 6V4h4v2M5.500 6l.8 10.500h7.400L14.500 6',
  split: 'm7 5-5 5 5 5M13 5l5 5-5 5',
  down: 'm5.500 7.500 4.500 4.500 4.500-4.500',
  left: 'M12 4.500 6.500 10l5.500 5.500',
  right: 'm8 4.500 5.500 5.500L8 15.500',
  warn: 'M10 3 18 16.500H2zM10 8.500v3.500M10 14.300v.1',
  image: 'M3 4.500h14v11H3zM3 13l4-4 4 4 2-2 4 3.500M13 7.800v.1',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      className={`size-5 shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo({ className = '' }: { className?: string }) {
  return (
    <span
      className={`inline-flex items-center gap-2.5 font-semibold text-ink text-lg leading-none tracking-tight ${className}`}
    >
      <svg viewBox="0 0 32 32" className="size-7" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="var(--accent)" />
        <path fill="var(--on-accent)" fillOpacity=".35" d="M16 6h5v5h-5zM21 11h5v5h-5zM16 16h5v5h-5zM21 21h5v5h-5z" />
        <path fill="var(--on-accent)" d="M16 6a10 10 0 0 0 0 20z" />
      </svg>
      Remuvr
    </span>
  );
}
