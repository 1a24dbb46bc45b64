/**
 * Imports an optional package. The name is a variable on purpose: neither the compiler nor a
 * bundler may insist that it is installed. Throws with a one-line reason.
 */
export async function importOptional(name: string): Promise<Record<string, unknown>> {
  try {
    return (await import(name)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(reason(name, error), { cause: error });
  }
}

function reason(name: string, error: unknown): string {
  const code = (error as { code?: string }).code;
  const text = error instanceof Error ? error.message : String(error);
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && text.includes(name)) {
    return `${name} is not installed`;
  }
  if (/native addon module .* can not be found/.test(text)) {
    return `${name} is here without its library, which its install step did not download`;
  }
  return `${name} does not load: ${firstLine(text)}`;
}

/** The first non-empty line: native modules put whole stacks into their messages. */
export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim())
      ?.trim() ?? ''
  );
}
