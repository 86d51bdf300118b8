/** Where in the reference the reader is: led there by the address, and found again while they scroll. */
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'react-router';

/** What the address names behind # is gone to. `onMissing`: it is not among what is shown. */
export function useDeepLink(onMissing: () => void): void {
  const { hash, key } = useLocation();
  const missing = useRef(onMissing);
  missing.current = onMissing;
  // The key is another where the same address is opened again.
  useEffect(() => {
    const id = hash.slice(1);
    if (id === '') return;
    if (!document.getElementById(id)) missing.current();
    document.getElementById(id)?.scrollIntoView();
  }, [hash, key]);
}

/** The id of the first of them that is in the upper part of the window. */
export function useCurrent(ids: readonly string[]): string {
  const [current, setCurrent] = useState('');
  const all = ids.join(' ');
  useEffect(() => {
    const visible = new Set<string>();
    const order = all.split(' ');
    const observer = new IntersectionObserver(
      (changes) => {
        for (const { target, isIntersecting } of changes) {
          if (isIntersecting) visible.add(target.id);
          else visible.delete(target.id);
        }
        setCurrent(order.find((id) => visible.has(id)) ?? '');
      },
      { rootMargin: '-64px 0px -60% 0px' },
    );
    for (const id of order) {
      const element = document.getElementById(id);
      if (element) observer.observe(element);
    }
    return () => observer.disconnect();
  }, [all]);
  return current;
}
