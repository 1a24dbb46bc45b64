import { describe, expect, test } from 'vitest';
import { exampleReport } from '../testing/report.fixture.js';
import { renderReport } from './render.js';

const points = (memory: boolean) =>
  [0, 10, 25, 60].map((done, i) => ({
    seconds: 2 * i,
    done,
    ...(memory ? { memoryBytes: 1e8 * (i + 1) } : {}),
  }));

describe('the course of a stage', () => {
  test('is drawn as the rate between two entries, and the memory', () => {
    const data = {
      ...exampleReport(),
      courses: [{ stage: 'images', unit: 'images', points: points(true) }],
    };
    const page = renderReport(data);
    // 10 in 2 s, 15 in 2 s, 35 in 2 s.
    expect(page).toContain('images a second against time: 5 to 17.5');
    expect(page).toContain('memory, MB against time: 100 to 400');
  });

  test('without memory has one plot, without points none', () => {
    const page = (list: ReturnType<typeof points>) =>
      renderReport({
        ...exampleReport(),
        courses: [{ stage: 'images', unit: 'images', points: list }],
      });
    expect(page(points(false))).not.toContain('memory, MB');
    expect(page(points(true).slice(0, 1))).not.toContain('images a second');
    expect(renderReport(exampleReport())).not.toContain('images a second');
  });
});
