/** Where pictures come from: chosen here, or one of the samples; dropped and pasted ones come by `use-incoming.ts`. */
import { type ReactNode, useId } from 'react';
import { PHOTOS, type Photo, photoUrl } from '../lib/photos.ts';
import { Icon } from '../ui/icons.tsx';
import { useToast } from '../ui/toast.tsx';
import type { Picture } from './use-batch.ts';

type FilesProps = { onFiles: (files: readonly File[]) => void };
type PicturesProps = { onPictures: (pictures: readonly Picture[]) => void };

/** The whole window while there is no picture yet. */
export function FirstPicture({ onFiles, onPictures }: FilesProps & PicturesProps) {
  return (
    <section
      aria-label="Add pictures"
      className="grid min-h-[24rem] place-content-center justify-items-center gap-3 rounded-lg border-2 border-line-strong border-dashed bg-surface px-5 py-12 text-center lg:min-h-[58dvh]"
    >
      <span className="mb-2 grid size-14 place-items-center rounded-full bg-accent-wash text-accent">
        <Icon name="upload" className="size-7" />
      </span>
      <ChooseFiles
        onFiles={onFiles}
        className="inline-flex min-h-12 items-center gap-2 whitespace-nowrap rounded-md bg-accent px-6 font-medium text-base text-on-accent hover:bg-accent-strong"
      >
        <Icon name="image" />
        Choose pictures
      </ChooseFiles>
      <p className="text-soft">or drop them anywhere here, or paste one</p>
      <div className="mt-8 grid justify-items-center gap-3">
        <p className="text-soft">No picture at hand? Take one of these:</p>
        <Samples onPictures={onPictures} size="size-14 sm:size-16" />
      </div>
    </section>
  );
}

/** The first tile of the strip. */
export function AddTile({ onFiles }: FilesProps) {
  return (
    <ChooseFiles
      onFiles={onFiles}
      className="grid size-20 place-content-center justify-items-center gap-1 rounded-md border-2 border-line-strong border-dashed bg-surface font-medium text-soft text-xs hover:border-accent hover:text-accent"
    >
      <Icon name="plus" />
      Add
      <span className="sr-only"> pictures</span>
    </ChooseFiles>
  );
}

function ChooseFiles({ onFiles, className, children }: FilesProps & { className: string; children: ReactNode }) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className={`transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2 ${className}`}
    >
      {children}
      <input
        id={id}
        type="file"
        multiple
        accept="image/*"
        className="sr-only"
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}

export function Samples({ onPictures, size }: PicturesProps & { size: string }) {
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
    <div className="flex gap-3">
      {PHOTOS.map((photo) => (
        <button
          key={photo.name}
          type="button"
          aria-label={`Take the sample: ${photo.title}`}
          title={`${photo.title}: ${photo.rights}`}
          onClick={() => void take(photo)}
          className={`${size} overflow-hidden rounded-md border border-line transition-transform hover:scale-105`}
        >
          <img src={photoUrl(photo)} alt="" width={64} height={64} className="size-full object-cover" />
        </button>
      ))}
    </div>
  );
}
