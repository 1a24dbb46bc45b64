import { describe, expect, test } from 'vitest';
import { Curves, sparkline } from './curves.js';

test('sparkline spans its numbers, from the lowest bar to the highest', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([3, 1])).toBe('█▁');
  expect(sparkline([2, 2, 2])).toBe('▅▅▅');
  expect(sparkline([1, Number.NaN, 2])).toBe('▁ █');
  expect(sparkline([])).toBe('');
  // More numbers than places: means of parts.
  expect(sparkline([0, 0, 4, 4, 8, 8], 3)).toBe('▁▅█');
});

describe('curves of trainings', () => {
  const epoch = (network: string, at: number, trainLoss: number, accuracy: number) => ({
    ...({ type: 'epoch', stage: 'train', network, epoch: at, epochs: 9 } as const),
    ...{ trainLoss, validation: { accuracy, nll: trainLoss + 0.1 }, best: at === 2, seconds: 1 },
  });

  test('grow by an epoch, and start anew with another network', () => {
    const curves = new Curves();
    expect(curves.text()).toBe('');
    curves.add(epoch('compact', 1, 0.9, 0.5));
    curves.add(epoch('compact', 2, 0.5, 0.75));
    expect(curves.line()).toBe(
      'train      compact epoch 2/9  loss █▁ 0.500  validation nll █▁ 0.600  accuracy ▁█ 75.0 %  best',
    );
    curves.add(epoch('ddu', 1, 0.8, 0.6));
    expect(curves.text()).toBe('loss ▅ 0.800  validation nll ▅ 0.900  accuracy ▅ 60.0 %');
  });

  test('of a denoiser show its loss', () => {
    const curves = new Curves();
    curves.add({ ...epoch('denoiser', 1, 9000.4, 0), validation: { loss: 8000.2 } });
    expect(curves.text()).toBe('loss ▅ 9000  validation loss ▅ 8000');
  });
});
