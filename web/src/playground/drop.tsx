/** Where pictures come from: dropped, chosen, pasted, or one of the samples. */
import { type DragEvent, useId, useState } from 'react';
import { PHOTOS, type Photo, photoUrl } from '../lib/photos.ts';
import type { Picture } from '../pages/playground.tsx';
import { Icon } from '../ui/icons.tsx';
import { useToast } from '../ui/toast.tsx';

type Props = { isLarge: boolean; onPictures: (pictures: readonly Picture[]) => void };

export function Drop({ isLarge, onPictures }: Props) {
  const [isOver, setOver] = useState(false);
  const inputId = useId();
  const say = useToast();
  const take = (files: Iterable<File>): void => {
    const all = [...files];
    // A picture of a kind that the system has no name for is left to the server.
    const pictures = all.filter(({ type }) => type === '' || type.startsWith('image/'));
    if (pictures.length < all.length) say('Only pictures can be sent', 'bad');
    onPictures(pictures.map((file) => ({ file, name: file.name })));
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <section
      aria-label="Add pictures"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
      className={`flex flex-wrap items-center justify-center gap-x-10 gap-y-6 rounded-lg border-2 border-dashed px-5 transition-colors ${
        isOver ? 'border-accent bg-accent-wash' : 'border-line-strong bg-surface'
      } ${isLarge ? 'min-h-[22rem] flex-col py-12' : 'py-4'}`}
    >
      <div
        className={`flex flex-wrap items-center justify-center gap-x-4 gap-y-2 ${isLarge ? 'flex-col text-center' : ''}`}
      >
        {isLarge && (
          <span className="grid size-14 place-items-center rounded-full bg-accent-wash text-accent">
            <Icon name="upload" className="size-7" />
          </span>
        )}
        <label
          htmlFor={inputId}
          className="inline-flex min-h-11 items-center gap-2 whitespace-nowrap rounded-md bg-accent px-5 font-medium text-on-accent transition-colors hover:bg-accent-strong has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2"
        >
          <Icon name="image" />
          Choose pictures
          <input
            id={inputId}
            type="file"
            multiple
            accept="image/*"
            className="sr-only"
            onChange={(event) => {
              take(event.currentTarget.files ?? []);
              event.currentTarget.value = '';
            }}
          />
        </label>
        <p className="text-soft">or drop them here, or paste one</p>
      </div>
      <Samples onPictures={onPictures} />
    </section>
  );
}

function Samples({ onPictures }: Pick<Props, 'onPictures'>) {
  const say = useToast();
  const take = async (photo: Photo): Promise<void> => {
    try {
      const response = await fetch(photoUrl(photo));
      onPictures([{ file: await response.blob(), name: `${photo.name}.jpg` }]);
    } catch {
      say('The sample could not be loaded', 'bad');
    }
  };
  return (
    <div className="flex items-center gap-3">
      <span className="text-soft">Samples</span>
      {PHOTOS.map((photo) => (
        <button
          key={photo.name}
          type="button"
          aria-label={`Take the sample: ${photo.title}`}
          title={`${photo.title}: ${photo.rights}`}
          onClick={() => void take(photo)}
          className="size-12 overflow-hidden rounded-md border border-line transition-transform hover:scale-105"
        >
          <img src={photoUrl(photo)} alt="" width={48} height={48} className="size-full object-cover" />
        </button>
      ))}
    </div>
  );
}
