import type { ReactNode } from 'react';
import { Card } from './states.tsx';

/** One matter of a page, with its name and what it is about. */
export function Section({ title, lead, children }: { title: ReactNode; lead?: ReactNode; children: ReactNode }) {
  return (
    <Card>
      <h2 className="text-lg">{title}</h2>
      {lead && <div className="mt-1 text-soft">{lead}</div>}
      <div className="mt-4">{children}</div>
    </Card>
  );
}
