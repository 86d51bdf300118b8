/** The browser's own dialog: it keeps the focus inside, and closes by Escape. */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button, IconButton } from './button.tsx';

type Props = { title: string; children: ReactNode; onClose: () => void; isWide?: boolean };

export function Dialog({ title, children, onClose, isWide = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    if (!dialog.current?.open) dialog.current?.showModal();
    // By itself the browser takes the button that closes, since it comes first.
    body.current?.querySelector<HTMLElement>('input, select, button, a')?.focus();
    return () => {
      // Also where one dialog gives way to the next; the browser does it only for one that is closed.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      // What opened it may be gone by what was done in it.
      else document.getElementById('main')?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={onClose}
      className={`rise max-h-[92dvh] w-[calc(100%-2rem)] overflow-y-auto rounded-lg border border-line bg-surface p-0 shadow-card ${isWide ? 'max-w-2xl' : 'max-w-lg'}`}
    >
      <div className="flex items-center justify-between gap-4 border-line border-b py-3 pr-3 pl-5">
        <h2 id={titleId} className="wrap-anywhere text-lg">
          {title}
        </h2>
        <IconButton icon="cross" label="Close" onClick={() => dialog.current?.close()} />
      </div>
      <div ref={body} className="p-5">
        {children}
      </div>
    </dialog>
  );
}

export function Confirm(props: {
  title: string;
  children: ReactNode;
  verb: string;
  look?: 'destroy' | 'primary';
  isBusy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div className="grid gap-5">
        <div className="text-soft">{props.children}</div>
        {props.error instanceof Error && (
          <p role="alert" className="text-danger">
            {props.error.message}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button look={props.look ?? 'destroy'} isBusy={props.isBusy} onClick={props.onConfirm}>
            {props.verb}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
