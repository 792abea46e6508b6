/** One file: format, packing, name with a live example, splitting. */
import { Button, Group, NumberInput, Select, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useId } from "react";
import { packagings, type ReportOutput } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { exampleName, fileNameTokens, withLimits } from "./fileName";
import { formatOptions } from "./formatOptions";
import { choiceOf, formatChoices, isPackedInItself, withFormat } from "./outputFormat";
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
  const Options = formatOptions[output.format];
  const pointer = `/outputs/${number - 1}`;
  // What is wrong with the mapping to XML stands there.
  const faults = useFaultsAt(pointer).filter((fault) => !fault.pointer.startsWith(`${pointer}/xml`));
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
          data={formatChoices.map((one) => ({
            value: one,
            label: text.formats[one],
            disabled: one === "xml" && document.pack === null,
          }))}
          value={choiceOf(output)}
          onChange={(value) => {
            const choice = formatChoices.find((one) => one === value) ?? "csv";
            onChange(withFormat(output, choice, Object.keys(document.fields)));
          }}
        />
        <Select
          label={text.packaging}
          data={packagings.map((one) => ({ value: one, label: text.packagings[one] }))}
          value={output.packaging}
          disabled={isPackedInItself(output.format)}
          description={isPackedInItself(output.format) ? text.packedInItself : undefined}
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
      <div className={styles.tokens}>
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
      <div className={styles.pair}>
        <NumberInput
          label={text.split}
          description={text.splitHint}
          min={1}
          allowDecimal={false}
          thousandSeparator=" "
          hideControls
          value={output.max_records ?? ""}
          onChange={(value) => onChange(withLimits(output, { max_records: numberOrNull(value) }))}
        />
        {!isPackedInItself(output.format) && (
          <NumberInput
            label={text.splitBytes}
            description={text.splitBytesHint}
            min={1024}
            allowDecimal={false}
            thousandSeparator=" "
            hideControls
            value={output.max_bytes ?? ""}
            onChange={(value) => onChange(withLimits(output, { max_bytes: numberOrNull(value) }))}
          />
        )}
      </div>
      {Options && <Options output={output} pointer={pointer} onChange={onChange} />}
    </div>
  );
}

function numberOrNull(value: string | number): number | null {
  return typeof value === "number" ? value : null;
}
