import { useState } from 'react';
import { messageOf } from '../api/client.ts';
import { resultName } from '../lib/file-names.ts';
import { Button } from '../ui/button.tsx';
import { useToast } from '../ui/toast.tsx';
import type { Background } from './background.ts';
import type { Editor } from './editor.ts';
import { Panel } from './panel.tsx';
import { saveBlob } from './save.ts';

type Props = {
  editor: Editor;
  name: string;
  /** The bytes that the server sent, as long as nothing was touched. */
  original: Blob | null;
  background: Background;
};

const TYPES = { PNG: 'png', WebP: 'webp', JPG: 'jpeg' } as const;

export function DownloadPanel({ editor, name, original, background }: Props) {
  const [isBusy, setBusy] = useState(false);
  const say = useToast();
  const save = async (make: () => Promise<Blob>, fileName: string): Promise<void> => {
    setBusy(true);
    try {
      saveBlob(await make(), fileName);
    } catch (error) {
      say(messageOf(error), 'bad');
    } finally {
      setBusy(false);
    }
  };
  const render = async (type: string): Promise<Blob> =>
    type === 'png' && original && background.kind === 'transparent'
      ? original
      : editor.export(`image/${type}`, background);
  return (
    <Panel title="Download">
      <div className="grid grid-cols-2 gap-2">
        {Object.entries(TYPES).map(([title, type]) => (
          <Button
            key={type}
            icon="download"
            look={type === 'png' ? 'primary' : 'plain'}
            disabled={isBusy}
            onClick={() => save(() => render(type), resultName(name, title.toLowerCase()))}
          >
            {title}
          </Button>
        ))}
        <Button
          icon="download"
          disabled={isBusy}
          onClick={() => save(() => editor.exportMask(), resultName(name, 'png', 'mask'))}
        >
          Mask
        </Button>
      </div>
      {background.kind === 'transparent' && <p className="mt-2 text-soft text-xs">A JPG stands on white.</p>}
    </Panel>
  );
}
