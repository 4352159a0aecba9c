export function takesNext(arg: string): boolean;
