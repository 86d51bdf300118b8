import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';

const BOX =
  'w-full min-h-10 rounded-md border border-line-strong bg-surface px-3 py-2 text-base sm:text-sm text-ink placeholder:text-soft focus:outline-2 focus:outline-accent focus:outline-offset-0';

type Texts = { label: string; hint?: ReactNode; error?: string | undefined };

export function Field({ label, hint, error, ...rest }: Texts & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
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
    <div className="grid gap-1.5">
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'font-medium text-sm'}>
        {label}
      </label>
      <select {...rest} id={id} className={`${BOX} px-2`}>
        {children}
      </select>
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
      <div className="flex flex-wrap gap-1 rounded-md border border-line bg-sunken p-1">
        {props.choices.map(({ value, title }) => (
          <label
            key={value}
            className="flex-1 rounded-sm px-3 py-1.5 text-center font-medium text-sm text-soft transition-colors hover:text-ink has-checked:bg-surface has-checked:text-ink has-checked:shadow-card has-focus-visible:outline-2 has-focus-visible:outline-accent"
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
