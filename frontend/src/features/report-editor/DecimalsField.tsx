/** How decimals are written where the format has numbers. */
import { Select } from "@mantine/core";
import { numberForms } from "./document";
import type { FormatOptionsProps } from "./formatOptions";
import { editorMessages } from "./messages";

const text = editorMessages.output;

export function DecimalsField({ output, onChange }: FormatOptionsProps) {
  return (
    <Select
      label={text.decimals}
      data={numberForms.map((one) => ({ value: one, label: text.decimalForms[one] }))}
      value={output.decimals ?? (output.format === "xlsx" ? "number" : "text")}
      onChange={(value) => onChange({ ...output, decimals: numberForms.find((one) => one === value) })}
    />
  );
}
