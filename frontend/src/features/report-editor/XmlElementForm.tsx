/** What fills an element or attribute: a field of the report, or a text. */
import { Button, Group, SegmentedControl, Select, Text, TextInput } from "@mantine/core";
import { ElementFacts } from "@/features/schema-packages/ElementFacts";
import { useEffect, useRef, useState } from "react";
import type { XmlOptions } from "./document";
import { useEditor } from "./EditorContext";
import type { ChosenElement } from "./XmlFields";
import {
  EVERY_PART,
  isInRecord,
  rowsOf,
  withCopies,
  withRecord,
  withValue,
  type MappingRow,
} from "./xmlMapping";
import { xmlMessages as text } from "./xmlMessages";
import styles from "./xml.module.css";

type Kind = MappingRow["kind"];
/** More copies than these are written in the code of the document. */
const COPIES = [1, 2, 3, 4, 5, 6, 7, 8, 9];

interface XmlElementFormProps {
  chosen: ChosenElement;
  xml: XmlOptions;
  onChange: (xml: XmlOptions) => void;
}

export function XmlElementForm({ chosen: { path, node, isAsked }, xml, onChange }: XmlElementFormProps) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isAsked) frame.current?.focus();
  }, [isAsked]);
  const isElement = node?.element ?? null;
  const holdsValue = !node || node.attribute !== null || Boolean(node.element?.type.primitive);
  return (
    <div ref={frame} className={styles.form} role="group" aria-label={path} tabIndex={-1}>
      {node ? <ElementFacts node={node} /> : <Text className="or-mono">{path}</Text>}
      {isElement && path === xml.record && <Text c="dimmed">{text.isHere}</Text>}
      {isElement && path !== xml.record && !isInRecord(xml.record, path) && node?.element?.has_children && (
        <Group>
          <Button variant="default" onClick={() => onChange(withRecord(xml, path))}>
            {text.makeRecord}
          </Button>
        </Group>
      )}
      {!holdsValue && <Text c="dimmed">{text.holdsElements}</Text>}
      {holdsValue && <Value path={path} repeating={node?.repeating ?? []} xml={xml} onChange={onChange} />}
    </div>
  );
}

interface ValueProps {
  path: string;
  repeating: readonly number[];
  xml: XmlOptions;
  onChange: (xml: XmlOptions) => void;
}

function Value({ path, repeating, xml, onChange }: ValueProps) {
  const fields = Object.keys(useEditor().document.fields);
  const inRecord = isInRecord(xml.record, path);
  const depth = xml.record.split("/").length;
  const [kind, setKind] = useState<Kind>(inRecord ? "field" : "text");
  const [copies, setCopies] = useState<ReadonlyMap<number, string>>(new Map());
  const written = withCopies(path, copies);
  const before = rowsOf(xml).find((row) => row.path === written && row.kind === kind)?.value ?? "";
  const [typed, setTyped] = useState<string | null>(null);
  const value = typed ?? before;
  if (!xml.record) return <Text c="dimmed">{text.chooseFirst}</Text>;
  if (path.split("/")[0] !== xml.record.split("/")[0]) return <Text c="dimmed">{text.outside}</Text>;
  const steps = path.split("/");
  const numbered = inRecord ? repeating.filter((index) => index >= depth) : [];

  return (
    <>
      {numbered.map((index) => (
        <Select
          key={index}
          label={text.copyOf(steps[index] ?? "")}
          data={[
            ...COPIES.map((number) => ({ value: String(number), label: text.copies(number) })),
            ...(kind === "field" ? [{ value: EVERY_PART, label: text.everyPart }] : []),
          ]}
          value={copies.get(index) ?? "1"}
          onChange={(copy) => {
            setTyped(null);
            setCopies(new Map([...copies, [index, copy ?? "1"]]));
          }}
        />
      ))}
      {inRecord && (
        <SegmentedControl
          aria-label={text.kind}
          data={(["field", "text"] as const).map((one) => ({ value: one, label: text.kinds[one] }))}
          value={kind}
          onChange={(next) => {
            setTyped(null);
            setKind(next === "text" ? "text" : "field");
          }}
        />
      )}
      {kind === "field" ? (
        <Select
          label={text.field}
          placeholder={text.fieldChoose}
          searchable
          data={fields}
          value={value || null}
          onChange={(field) => field && setTyped(field)}
        />
      ) : (
        <TextInput
          label={text.text}
          description={inRecord ? text.textHintRecord : text.textHint}
          maxLength={2000}
          value={value}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <Group>
        <Button
          disabled={typed === null || (kind === "field" && !typed)}
          onClick={() => {
            onChange(withValue(xml, kind, written, value));
            setTyped(null);
          }}
        >
          {text.map}
        </Button>
      </Group>
    </>
  );
}
