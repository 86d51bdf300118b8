import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';
import { Icon } from './icons.tsx';

const BOX =
  'w-full min-h-10 rounded-md border border-line-strong bg-surface px-3 py-2 text-base sm:text-sm text-ink placeholder:text-soft focus:outline-2 focus:outline-accent focus:outline-offset-0';

type Texts = { label: string; isLabelHidden?: boolean; hint?: ReactNode; error?: string | undefined };

export function Field({
  label,
  isLabelHidden = false,
  hint,
  error,
  ...rest
}: Texts & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="grid content-start gap-1.5">
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'font-medium text-sm'}>
        {label}
      </label>
      <input
        {...rest}
        id={id}
        className={BOX}
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? noteId : undefined}
      />
      {note && (
        <p id={noteId} className={`text-xs ${error ? 'text-danger' : 'text-soft'}`}>
          {note}
        </p>
      )}
    </div>
  );
}

export function Select({
  label,
  isLabelHidden = false,
  children,
  ...rest
}: SelectHTMLAttributes<HTMLSelectElement> & { label: string; isLabelHidden?: boolean; children: ReactNode }) {
  const id = useId();
  return (
    <div className="grid content-start gap-1.5">
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'font-medium text-sm'}>
        {label}
      </label>
      <div className="relative">
        <select {...rest} id={id} className={`${BOX} appearance-none pr-9`}>
          {children}
        </select>
        <Icon name="down" className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-soft" />
      </div>
    </div>
  );
}

type Choice<T extends string> = { readonly value: T; readonly title: string; readonly note?: string };

/** A few choices of which one holds, as radio buttons that look like one control. */
export function Segmented<T extends string>(props: {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
  isLabelHidden?: boolean;
}) {
  const name = useId();
  return (
    <fieldset className="grid gap-1.5">
      <legend className={props.isLabelHidden ? 'sr-only' : 'mb-1.5 font-medium text-sm'}>{props.label}</legend>
      <div className="flex rounded-md border border-line bg-sunken">
        {props.choices.map(({ value, title }) => (
          <label
            key={value}
            className="flex min-h-10 flex-auto items-center justify-center rounded-md border-3 border-transparent bg-clip-padding px-2.5 text-center font-medium text-sm text-soft transition-colors hover:text-ink has-checked:bg-surface has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent sm:px-3"
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={props.value === value}
              onChange={() => props.onChange(value)}
            />
            {title}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
