/** How records are written by own schemas: the package, the element of a record, and what fills which element. */
import { Button, Select, Stack, Text } from "@mantine/core";
import { AppLink, Callout, StatusBadge } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { schemaPackagesQuery } from "@/features/schema-packages/api";
import { ElementTree } from "@/features/schema-packages/ElementTree";
import type { TreeNode } from "@/features/schema-packages/tree";
import { useElementTree } from "@/features/schema-packages/useElementTree";
import type { XmlOptions } from "./document";
import type { FormatOptionsProps } from "./formatOptions";
import { faultText } from "./places";
import { useFaultsAt } from "./useExpressions";
import { faultsOfRows, rowsOf, wantedOf, withoutCopies, type MappingRow, type Wanted } from "./xmlMapping";
import { XmlElementForm } from "./XmlElementForm";
import { xmlMessages as text } from "./xmlMessages";
import styles from "./xml.module.css";
import { XmlRows } from "./XmlRows";

/** What is looked at: an element of the tree, or a path that the check asks for. */
export interface ChosenElement {
  path: string;
  /** Null where the tree has no such element. */
  node: TreeNode | null;
  /** Somebody came here from what the schemas ask for, far below: the form gets the focus. */
  isAsked: boolean;
}

export function XmlFields({ output, pointer, onChange }: FormatOptionsProps) {
  const { xml } = output;
  return xml ? (
    <Mapping xml={xml} pointer={`${pointer}/xml`} onChange={(next) => onChange({ ...output, xml: next })} />
  ) : null;
}

interface MappingProps {
  xml: XmlOptions;
  pointer: string;
  onChange: (xml: XmlOptions) => void;
}

function Mapping({ xml, pointer, onChange }: MappingProps) {
  const faults = useFaultsAt(pointer);
  const rows = rowsOf(xml);
  const { byRow, others } = faultsOfRows(faults, pointer, rows);
  return (
    <Stack gap="md">
      <PackageChoice
        value={xml.schema_package_id}
        onChange={(id) => onChange({ ...xml, schema_package_id: id })}
      />
      {xml.schema_package_id && (
        <>
          <div>
            <Text fw={600}>{text.record}</Text>
            {xml.record ? (
              <span className="or-mono">{xml.record}</span>
            ) : (
              <Text c="dimmed">{text.recordNone}</Text>
            )}
          </div>
          <Elements
            key={xml.schema_package_id}
            xml={xml}
            rows={rows}
            wanted={wantedOf(faults, xml.record)}
            onChange={onChange}
          />
          <XmlRows xml={xml} rows={rows} faults={byRow} onChange={onChange} />
        </>
      )}
      {others.map((fault) => (
        <Callout key={fault.pointer + fault.detail} tone="failed" title={faultText(fault)} />
      ))}
    </Stack>
  );
}

interface ElementsProps {
  xml: XmlOptions;
  rows: readonly MappingRow[];
  wanted: readonly Wanted[];
  onChange: (xml: XmlOptions) => void;
}

function Elements({ xml, rows, wanted, onChange }: ElementsProps) {
  const tree = useElementTree(xml.schema_package_id);
  const [chosen, setChosen] = useState<ChosenElement | null>(null);
  const values = new Map(rows.map((row) => [withoutCopies(row.path), row.value]));

  function mark(node: TreeNode) {
    if (node.path === xml.record) return <StatusBadge tone="success">{text.isRecord}</StatusBadge>;
    const value = values.get(node.path);
    return value === undefined ? null : <span className={styles.mark}>{value}</span>;
  }

  async function ask(path: string) {
    const node = await tree.reveal(withoutCopies(path)).catch(() => null);
    setChosen({ path, node, isAsked: true });
  }

  return (
    <>
      <div className={styles.split}>
        <ElementTree
          tree={tree}
          chosen={chosen?.node?.path ?? null}
          onChoose={(node) => setChosen({ path: node.path, node, isAsked: false })}
          mark={mark}
        />
        {chosen && <XmlElementForm key={chosen.path} chosen={chosen} xml={xml} onChange={onChange} />}
      </div>
      {wanted.length > 0 && (
        <Callout tone="warning" title={text.wanted(wanted.length)}>
          <ul className={styles.wanted}>
            {wanted.map((one) => (
              <li key={one.path}>
                <Text>{one.detail}</Text>
                <Button variant="default" onClick={() => void ask(one.path)}>
                  {text.go(one.path)}
                </Button>
              </li>
            ))}
          </ul>
        </Callout>
      )}
    </>
  );
}

function PackageChoice({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const mayRead = useMay("schemas:read");
  const packages = useQuery({ ...schemaPackagesQuery(), enabled: mayRead }).data?.items ?? [];
  if (!mayRead) return <Text c="dimmed">{text.mayNot}</Text>;
  const known = packages.map((one) => ({ value: one.id, label: one.name }));
  const isUnknown = value !== "" && !packages.some((one) => one.id === value);
  return (
    <div>
      <Select
        label={text.package}
        description={text.packageHint}
        placeholder={text.packageChoose}
        data={isUnknown ? [...known, { value, label: value }] : known}
        value={value || null}
        onChange={(id) => id && onChange(id)}
      />
      {packages.length === 0 && (
        <AppLink to="/schema-packages" size="sm">
          {text.packageNone}
        </AppLink>
      )}
    </div>
  );
}
