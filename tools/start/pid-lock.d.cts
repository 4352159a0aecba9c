export function take(file: string): number | undefined;
export function release(file: string): void;
