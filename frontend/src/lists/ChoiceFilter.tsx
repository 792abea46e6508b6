/** A filter that is one of several values, or none of them. */
import { Select } from "@mantine/core";
import type { Choice } from "./choices";

interface ChoiceFilterProps<T extends string> {
  label: string;
  /** What it says while nothing is chosen, where that is not its label. */
  any?: string;
  choices: readonly Choice<T>[];
  value: T | undefined;
  onChange: (value: T | undefined) => void;
  /** For so many choices that one types to find one. */
  isSearchable?: boolean;
}

export function ChoiceFilter<T extends string>(props: ChoiceFilterProps<T>) {
  const { label, any = label, choices, value, onChange, isSearchable = false } = props;
  return (
    <Select<string>
      aria-label={label}
      placeholder={any}
      searchable={isSearchable}
      clearable
      data={choices}
      value={value ?? null}
      onChange={(chosen) => onChange(choices.find((one) => one.value === chosen)?.value)}
    />
  );
}
