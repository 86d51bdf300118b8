/** One finished picture: the window onto it, the tools beside it. */
import { useCallback, useEffect, useState } from 'react';
import { messageOf } from '../api/client.ts';
import type { Plane } from '../lib/touch-up.ts';
import { Button } from '../ui/button.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import type { Background } from './background.ts';
import { BackgroundPanel } from './background-panel.tsx';
import { BrushPanel } from './brush-panel.tsx';
import { DownloadPanel } from './download-panel.tsx';
import { Editor, type Tool } from './editor.ts';
import type { Item } from './use-batch.ts';
import { Viewer } from './viewer.tsx';

type Props = {
  item: Item;
  result: Blob;
  background: Background;
  onBackground: (background: Background) => void;
  onTouches: (touches: Plane) => void;
  /** There where another quality is chosen than this was made with. */
  onAgain?: () => void;
};

export function Workbench({ item, result, background, onBackground, onTouches, onAgain }: Props) {
  const [editor, setEditor] = useState<Editor | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [tool, setTool] = useState<Tool>({ mode: 'look', radius: 24 });
  const [revision, setRevision] = useState(0);

  useEffect(() => {
    let isGone = false;
    Editor.open(item.file, result, item.touches).then(
      (opened) => {
        if (isGone) return;
        setEditor(opened);
        // A fortieth of the picture: about an eye of a portrait.
        setTool({ mode: 'look', radius: Math.max(4, Math.round(Math.max(opened.width, opened.height) / 40)) });
      },
      (failure: unknown) => setError(messageOf(failure)),
    );
    return () => {
      isGone = true;
    };
  }, []);

  const changed = useCallback((): void => {
    if (!editor) return;
    onTouches(editor.plane);
    setRevision((count) => count + 1);
  }, [editor, onTouches]);

  if (error !== null) return <Failed error={new Error(error)} />;
  if (!editor) return <Loading label="Opening the result" />;
  return (
    <div className="grid gap-5 xl:grid-cols-[minmax(0,1fr)_17.5rem]">
      <div className="grid min-w-0 gap-3">
        <Viewer editor={editor} background={background} tool={tool} revision={revision} onStroke={changed} />
        <p className="numbers flex flex-wrap items-center justify-between gap-2 text-soft text-xs">
          <span className="min-w-0 truncate">
            {item.name} · {editor.width} × {editor.height} · quality {item.quality}
          </span>
          <span className="hidden sm:inline">
            {tool.mode === 'look'
              ? 'Ctrl and wheel, or + and −, zoom. Drag to move.'
              : '[ and ] set the size. Ctrl Z takes back.'}
          </span>
        </p>
        {onAgain && (
          <div>
            <Button icon="refresh" onClick={onAgain}>
              Make it again in the quality chosen now
            </Button>
          </div>
        )}
      </div>
      <div className="grid content-start gap-4 sm:grid-cols-2 xl:grid-cols-1 sm:max-xl:[&>:first-child]:row-span-2">
        <BackgroundPanel background={background} onBackground={onBackground} />
        <BrushPanel editor={editor} tool={tool} onTool={setTool} onChanged={changed} />
        <DownloadPanel
          editor={editor}
          name={item.name}
          original={item.touches ? null : result}
          background={background}
        />
      </div>
    </div>
  );
}
