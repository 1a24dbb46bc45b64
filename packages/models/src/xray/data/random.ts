import { openUnit, philox4x32 } from '@spectraloom/sampling';

/** Random numbers of one seed and purpose (Philox): the same on every machine. */
export interface RandomStream {
  /** In (0, 1). */
  uniform(): number;
  /** Mean 0, standard deviation 1 (Box and Muller). */
  normal(): number;
  /** Shuffles in place (Fisher and Yates). */
  shuffle(items: Int32Array): void;
}

/** @param purpose streams of one seed with different purposes are independent */
export function randomStream(seed: number, purpose: number): RandomStream {
  const words = new Uint32Array(4);
  const key = [
    seed >>> 0,
    (Math.floor(seed / 2 ** 32) ^ Math.imul(purpose, 0x9e3779b9)) >>> 0,
  ] as const;
  let counter = 0;
  const uniform = () => {
    philox4x32(key, counter >>> 0, Math.floor(counter / 2 ** 32), purpose >>> 0, 0, words);
    counter++;
    return openUnit(words[0], words[1]);
  };
  return {
    uniform,
    normal() {
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        const held = items[i];
        items[i] = items[j];
        items[j] = held;
      }
    },
  };
}
