/** One file: format, packing, name with a live example, splitting. */
import { Button, Group, NumberInput, Select, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useId } from "react";
import { formats, packagings, type ReportOutput } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { exampleName, fileNameTokens, withNumber } from "./fileName";
import { editorMessages } from "./messages";
import { faultText } from "./places";
import { useFaultsAt } from "./useExpressions";

const text = editorMessages.output;

interface OutputCardProps {
  number: number;
  output: ReportOutput;
  onChange: (output: ReportOutput) => void;
  onRemove?: (() => void) | undefined;
}

export function OutputCard({ number, output, onChange, onRemove }: OutputCardProps) {
  const { slug, reportingDate, document } = useEditor();
  const title = useId();
  const faults = useFaultsAt(`/outputs/${number - 1}`);
  return (
    <div className={styles.card} role="group" aria-labelledby={title}>
      <Group justify="space-between">
        <Text fw={600} id={title}>
          {text.file(number)}
        </Text>
        {onRemove && (
          <Button variant="default" onClick={onRemove}>
            {text.remove(number)}
          </Button>
        )}
      </Group>
      <div className={styles.pair}>
        <Select
          label={text.format}
          data={formats.map((one) => ({
            value: one,
            label: text.formats[one],
            disabled: one === "xml" && document.pack === null,
          }))}
          value={output.format}
          onChange={(value) => onChange({ ...output, format: formats.find((one) => one === value) ?? "csv" })}
        />
        <Select
          label={text.packaging}
          data={packagings.map((one) => ({ value: one, label: text.packagings[one] }))}
          value={output.packaging}
          onChange={(value) =>
            onChange({ ...output, packaging: packagings.find((one) => one === value) ?? "none" })
          }
        />
      </div>
      <TextInput
        label={text.fileName}
        description={text.fileNameHint}
        maxLength={150}
        value={output.file_name}
        error={faults[0] ? faultText(faults[0]) : undefined}
        onChange={(event) => onChange({ ...output, file_name: event.currentTarget.value })}
      />
      <div className={styles.chips}>
        {fileNameTokens.map((token) => (
          <UnstyledButton
            key={token}
            className={styles.chip}
            aria-label={text.insertToken(token)}
            onClick={() => onChange({ ...output, file_name: `${output.file_name}{${token}}` })}
          >
            {`{${token}}`}
          </UnstyledButton>
        ))}
      </div>
      <Text size="sm" c="dimmed">
        {text.example} <span className="or-mono">{exampleName(output, slug, reportingDate)}</span>
      </Text>
      <NumberInput
        label={text.split}
        description={text.splitHint}
        min={1}
        allowDecimal={false}
        thousandSeparator=" "
        hideControls
        value={output.max_records ?? ""}
        onChange={(value) => onChange(withNumber(output, typeof value === "number" ? value : null))}
      />
    </div>
  );
}
