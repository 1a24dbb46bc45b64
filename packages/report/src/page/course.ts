import type { StageCourse } from '../data/types.js';
import { html, type Markup, trusted } from '../markup/html.js';
import { courseSvg } from '../plots/course.js';
import type { PageContext } from './context.js';
import { figure } from './parts.js';

/** How fast a stage went and what memory it held, as its event log has it. */
export function coursePlots(context: PageContext, course: StageCourse): Markup {
  const { points, unit, stage } = course;
  const timeTitle = 'seconds of work';
  // Between two entries of the log: a mean since the start would hide a stop.
  const rates = points.slice(1).flatMap(({ seconds, done }, i) => {
    const span = seconds - points[i]!.seconds;
    return span > 0 ? [{ seconds, value: Math.max(0, done - points[i]!.done) / span }] : [];
  });
  const memory = points.flatMap(({ seconds, memoryBytes }) =>
    memoryBytes ? [{ seconds, value: memoryBytes / 1e6 }] : [],
  );
  const rateId = context.id(`${stage}-rate`);
  const memoryId = context.id(`${stage}-memory`);
  return html`<div class="pair plots">
    ${
      rates.length > 1 &&
      figure(
        rateId,
        trusted(courseSvg({ title: `${unit} a second`, timeTitle, points: rates })),
        html`<b>Rate of the stage ${stage}</b>, between the entries of its log.`,
      )
    }
    ${
      memory.length > 1 &&
      figure(
        memoryId,
        trusted(courseSvg({ title: 'memory, MB', timeTitle, points: memory })),
        html`<b>Memory</b> of the process and its workers.`,
      )
    }
  </div>`;
}
