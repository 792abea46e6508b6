/** A value that can be chosen, and its name. */
export interface Choice<T extends string = string> {
  value: T;
  label: string;
}

export function choicesOf<T extends string>(values: readonly T[], names: Record<T, string>): Choice<T>[] {
  return values.map((value) => ({ value, label: names[value] }));
}
