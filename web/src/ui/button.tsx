import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Link, type LinkProps } from 'react-router';
import { Icon, type IconName } from './icons.tsx';

type Look = 'primary' | 'plain' | 'quiet' | 'danger' | 'destroy';

const LOOKS: Readonly<Record<Look, string>> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'border border-line-strong bg-surface text-ink hover:bg-sunken',
  quiet: 'text-ink hover:bg-sunken',
  // The first opens a question, the second answers it.
  danger: 'border border-line-strong bg-surface text-danger hover:border-danger hover:bg-danger-wash',
  destroy: 'bg-danger text-on-danger hover:opacity-90',
};

export const buttonClass = (look: Look = 'plain', size: 'md' | 'lg' = 'md'): string =>
  `inline-flex items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-60 ${
    size === 'lg' ? 'px-5 py-3 text-base' : 'min-h-10 px-3.5 py-2 text-sm'
  } ${LOOKS[look]}`;

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: Look;
  size?: 'md' | 'lg';
  icon?: IconName;
  isBusy?: boolean;
};

export function Button({ look, size, icon, isBusy = false, children, className = '', ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={`${buttonClass(look, size)} ${className}`}
    >
      {isBusy ? <Spinner /> : icon && <Icon name={icon} className="size-[1.125rem]" />}
      {children}
    </button>
  );
}

export function IconButton({ icon, label, className = '', ...rest }: Props & { icon: IconName; label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={`inline-flex size-10 shrink-0 items-center justify-center rounded-md text-soft transition-colors hover:bg-sunken hover:text-ink disabled:opacity-40 aria-pressed:bg-accent-wash aria-pressed:text-accent ${className}`}
    >
      <Icon name={icon} />
    </button>
  );
}

export function ButtonLink({
  look,
  size,
  icon,
  children,
  className = '',
  ...rest
}: LinkProps & { look?: Look; size?: 'md' | 'lg'; icon?: IconName; children: ReactNode }) {
  return (
    <Link {...rest} className={`${buttonClass(look, size)} ${className}`}>
      {icon && <Icon name={icon} className="size-[1.125rem]" />}
      {children}
    </Link>
  );
}

export function Spinner() {
  return (
    <span
      className="size-4 shrink-0 animate-spin rounded-full border-2 border-current border-t-transparent"
      aria-hidden="true"
    />
  );
}
