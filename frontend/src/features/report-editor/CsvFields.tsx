/** How a CSV file is written. */
import { Checkbox, Select } from "@mantine/core";
import { quotings, type CsvOptions } from "./document";
import styles from "./editor.module.css";
import type { FormatOptionsProps } from "./formatOptions";
import { LineFields } from "./LineFields";
import { editorMessages } from "./messages";

const text = editorMessages.output;
const DEFAULT = ",";

export function CsvFields({ output, onChange }: FormatOptionsProps) {
  const options = output.csv ?? {};
  const separator = options.separator ?? DEFAULT;
  const known = Object.entries(text.separators).map(([value, label]) => ({ value, label }));
  const other = separator in text.separators ? [] : [{ value: separator, label: separator }];

  function set(changes: CsvOptions) {
    onChange({ ...output, csv: { ...options, ...changes } });
  }

  return (
    <>
      <div className={styles.pair}>
        <Select
          label={text.separator}
          data={[...known, ...other]}
          value={separator}
          onChange={(value) => set({ separator: value ?? DEFAULT })}
        />
        <Select
          label={text.quoting}
          data={quotings.map((one) => ({ value: one, label: text.quotings[one] }))}
          value={options.quoting ?? "necessary"}
          onChange={(value) => set({ quoting: quotings.find((one) => one === value) })}
        />
      </div>
      <LineFields options={options} onChange={set} />
      <Checkbox
        label={text.header}
        checked={options.header ?? true}
        onChange={(event) => set({ header: event.currentTarget.checked })}
      />
      <Checkbox
        label={text.escapeFormulas}
        description={text.escapeFormulasHint}
        checked={options.escape_formulas ?? false}
        onChange={(event) => set({ escape_formulas: event.currentTarget.checked })}
      />
    </>
  );
}
