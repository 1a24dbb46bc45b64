export function vulkanLoader(): string | undefined;
export function useSwiftShader(): string | undefined;
