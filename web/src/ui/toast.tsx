/** Short news that goes away by itself; read out by screen readers. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { Icon } from './icons.tsx';

type Tone = 'good' | 'bad';
type Toast = { readonly id: number; readonly text: string; readonly tone: Tone };
type Say = (text: string, tone?: Tone) => void;

const SHOWN_MS = 5_000;
const ToastContext = createContext<Say>(() => {});
export const useToast = (): Say => useContext(ToastContext);

let lastId = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const say = useCallback<Say>((text, tone = 'good') => {
    lastId += 1;
    const toast = { id: lastId, text, tone };
    setToasts((shown) => [...shown.slice(-2), toast]);
    setTimeout(() => setToasts((shown) => shown.filter(({ id }) => id !== toast.id)), SHOWN_MS);
  }, []);
  const list = useMemo(
    () =>
      toasts.map(({ id, text, tone }) => (
        <div
          key={id}
          className={`rise flex items-center gap-2 rounded-md px-4 py-3 font-medium shadow-card ${tone === 'good' ? 'bg-ink text-ground' : 'bg-danger-wash text-danger'}`}
        >
          <Icon name={tone === 'good' ? 'check' : 'warn'} />
          {text}
        </div>
      )),
    [toasts],
  );
  return (
    <ToastContext value={say}>
      {children}
      <div
        role="status"
        className="pointer-events-none fixed inset-x-4 bottom-4 z-50 grid justify-items-center gap-2 sm:justify-items-end"
      >
        {list}
      </div>
    </ToastContext>
  );
}
