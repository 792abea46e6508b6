/** What all files of lines have: encoding, line end, decimal sign, lines around the records. */
import { Select, Textarea } from "@mantine/core";
import { decimalSigns, encodings, lineEnds, type LineOptions } from "./document";
import styles from "./editor.module.css";
import { editorMessages } from "./messages";

const text = editorMessages.output;

interface LineFieldsProps {
  options: LineOptions;
  onChange: (changes: LineOptions) => void;
}

export function LineFields({ options, onChange }: LineFieldsProps) {
  return (
    <>
      <div className={styles.pair}>
        <Select
          label={text.encoding}
          description={text.encodingHint}
          data={encodings.map((one) => ({ value: one, label: text.encodings[one] }))}
          value={options.encoding ?? "utf-8"}
          onChange={(value) => onChange({ encoding: encodings.find((one) => one === value) })}
        />
        <Select
          label={text.decimalSign}
          data={decimalSigns.map((one) => ({ value: one, label: text.decimalSigns[one] }))}
          value={options.decimal_sign ?? "."}
          onChange={(value) => onChange({ decimal_sign: decimalSigns.find((one) => one === value) })}
        />
        <Select
          label={text.lineEnd}
          data={lineEnds.map((one) => ({ value: one, label: text.lineEnds[one] }))}
          value={options.line_end ?? "crlf"}
          onChange={(value) => onChange({ line_end: lineEnds.find((one) => one === value) })}
        />
      </div>
      <div className={styles.pair}>
        <Lines
          label={text.headerLines}
          lines={options.header_lines}
          onChange={(header_lines) => onChange({ header_lines })}
        />
        <Lines
          label={text.footerLines}
          lines={options.footer_lines}
          onChange={(footer_lines) => onChange({ footer_lines })}
        />
      </div>
    </>
  );
}

interface LinesProps {
  label: string;
  lines: string[] | undefined;
  onChange: (lines: string[]) => void;
}

function Lines({ label, lines = [], onChange }: LinesProps) {
  return (
    <Textarea
      label={label}
      description={text.linesHint}
      autosize
      minRows={1}
      maxRows={8}
      spellCheck={false}
      value={lines.join("\n")}
      onChange={(event) => {
        const value = event.currentTarget.value;
        onChange(value ? value.split("\n") : []);
      }}
    />
  );
}
