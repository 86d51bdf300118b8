import { type Part, parseInline, parseMarkup } from '../lib/markup.ts';
import { Code } from '../ui/code.tsx';

const CODE = 'rounded-sm bg-sunken px-1 py-0.5 font-mono text-[0.9em] text-ink wrap-anywhere';

export const Token = ({ children }: { children: string }) => <code className={CODE}>{children}</code>;

/** A text in the Markdown of descriptions. */
export function Prose({ text, className = '' }: { text: string; className?: string }) {
  return (
    <div className={`grid max-w-[72ch] gap-2 ${className}`}>
      {parseMarkup(text).map((block, index) => {
        const key = `${block.kind}-${index}`;
        if (block.kind === 'code') return <Code key={key} text={block.text} label="Example" />;
        if (block.kind === 'paragraph') return <p key={key}>{block.parts.map(showPart)}</p>;
        const List = block.isOrdered ? 'ol' : 'ul';
        return (
          <List key={key} className={`grid gap-1 pl-5 ${block.isOrdered ? 'list-decimal' : 'list-disc'}`}>
            {block.items.map((parts) => (
              <li key={parts.map(({ text: words }) => words).join('')}>{parts.map(showPart)}</li>
            ))}
          </List>
        );
      })}
    </div>
  );
}

/** The same in the middle of a line. */
export const Inline = ({ text }: { text: string }) => <>{parseInline(text).map(showPart)}</>;

function showPart(part: Part, index: number) {
  const key = `${part.kind}-${index}`;
  if (part.kind === 'code') return <Token key={key}>{part.text}</Token>;
  if (part.kind === 'strong') return <strong key={key}>{part.text}</strong>;
  if (part.kind !== 'link') return <span key={key}>{part.text}</span>;
  return (
    <a key={key} href={part.href} className="prose-link" rel="noreferrer">
      {part.text}
    </a>
  );
}
