import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FarmError } from '../errors.js';
import type { FarmTask, TaskModule, TaskSource } from './port.js';

/**
 * Loads a task module and has it make its task.
 * @throws FarmError TASK_INVALID when there is no such module or it has no createTask; whatever
 *   createTask throws
 */
export async function loadTask({ job, taskModule }: TaskSource): Promise<FarmTask> {
  const url =
    taskModule === undefined ? new URL('./ins.js', import.meta.url).href : urlOf(taskModule);
  let module: Partial<TaskModule>;
  try {
    module = (await import(url)) as Partial<TaskModule>;
  } catch (error) {
    throw new FarmError(
      {
        code: 'TASK_INVALID',
        what: 'The task module could not be loaded',
        where: url,
        got: error instanceof Error ? error.message : String(error),
        expected: 'the URL or absolute path of an ES module',
      },
      { cause: error },
    );
  }
  if (typeof module.createTask !== 'function') {
    throw new FarmError({
      code: 'TASK_INVALID',
      what: 'The task module has no createTask',
      where: url,
      got: `exports ${Object.keys(module).join(', ') || 'nothing'}`,
      expected: 'export function createTask(job)',
    });
  }
  return module.createTask(job);
}

function urlOf(taskModule: string): string {
  return isAbsolute(taskModule) ? pathToFileURL(taskModule).href : taskModule;
}
