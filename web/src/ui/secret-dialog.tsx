/** A secret that was just made: shown once, to be copied. */
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { CopyButton } from './code.tsx';
import { Dialog } from './dialog.tsx';
import { Note } from './states.tsx';

type SecretDialogProps = {
  title: string;
  warning: string;
  /** What the copy button names, and tests look for: `key`, `secret`. */
  what: 'key' | 'secret';
  secret: string;
  /** Between the buttons. */
  links?: ReactNode;
  onClose: () => void;
  children?: ReactNode;
};

export function SecretDialog({ title, warning, what, secret, links, onClose, children }: SecretDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="grid gap-4">
        <Note tone="warn">{warning}</Note>
        <p data-testid={`new-${what}`} className="break-all rounded-md bg-sunken p-4 font-mono text-sm">
          {secret}
        </p>
        {children}
        <div className="flex flex-wrap justify-end gap-2">
          <CopyButton text={secret} label={`Copy the ${what}`} />
          {links}
          <Button look="primary" onClick={onClose}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
