/** The photos that are shipped, with the cut-outs that `bin/remuvr remove --quality best` made of them, for where a server has made none. */

export type Photo = {
  readonly name: string;
  readonly title: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  readonly rights: string;
};

export const PHOTOS: readonly Photo[] = [
  {
    name: 'astronaut',
    title: 'Portrait',
    alt: 'Portrait of an astronaut in an orange suit, her helmet beside her',
    width: 512,
    height: 512,
    rights: 'NASA Great Images database, public domain',
  },
  {
    name: 'chelsea',
    title: 'Cat',
    alt: 'Face of a cat with long whiskers',
    width: 451,
    height: 300,
    rights: 'Stefan van der Walt, CC0',
  },
  {
    name: 'coffee',
    title: 'Cup',
    alt: 'A red cup of coffee on its saucer, with a spoon',
    width: 600,
    height: 400,
    rights: 'Rachel Michetti, CC0',
  },
  {
    name: 'rocket',
    title: 'Rocket',
    alt: 'A rocket at its pad between lattice towers',
    width: 640,
    height: 427,
    rights: 'SpaceX, CC0',
  },
];

export const photoUrl = ({ name }: Photo): string => `/samples/${name}.jpg`;
export const cutoutUrl = ({ name }: Photo): string => `/samples/${name}-cutout.webp`;
