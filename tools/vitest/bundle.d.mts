import type { Page } from 'playwright-core';

export const executablePath: string;
export const browserPresent: boolean;
export function bundle(
  index: URL,
  name: string,
): Promise<{ code: string; chunks: number; imports: string[]; warnings: string[] }>;
export function pageWith(code: string, name: string): Promise<Page>;
