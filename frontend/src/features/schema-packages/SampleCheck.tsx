/** A document checked against the schemas: every fault with its place and what stands there. */
import { FileInput, Stack, Text } from "@mantine/core";
import { Callout, DataTable, ErrorState, type Column } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { checkDocument, type DocumentFault } from "./api";
import { schemaPackageMessages } from "./messages";
import { excerptAt } from "./tree";
import styles from "./schemaPackages.module.css";

const text = schemaPackageMessages.check;
/** More than a person reads before mending the first ones. */
const MOST_FAULTS = 200;

export function SampleCheck({ packageId }: { packageId: string }) {
  const check = useMutation({
    mutationFn: async (file: File) => {
      const [found, content] = await Promise.all([checkDocument(packageId, file), file.text()]);
      return { name: file.name, found, lines: content.split(/\r\n|\n|\r/) };
    },
  });
  return (
    <Stack gap="md">
      <Text c="dimmed">{text.explain}</Text>
      <FileInput
        maw={420}
        label={text.file}
        placeholder={text.choose}
        accept=".xml,application/xml,text/xml"
        clearable={false}
        onChange={(file) => file && check.mutate(file)}
      />
      {check.isPending && <Text role="status">{text.running}</Text>}
      {check.isError && <ErrorState error={check.error} />}
      {check.data?.found.is_valid && (
        <Callout tone="success" role="status" title={text.valid(check.data.name)} />
      )}
      {check.data && !check.data.found.is_valid && (
        <Faults faults={check.data.found.faults} lines={check.data.lines} />
      )}
    </Stack>
  );
}

function Faults({ faults, lines }: { faults: DocumentFault[]; lines: string[] }) {
  const rows = faults.slice(0, MOST_FAULTS).map((fault, number) => ({ ...fault, number }));
  const columns: Column<(typeof rows)[number]>[] = [
    {
      key: "place",
      header: text.place,
      cell: (one) => (
        <span className="or-number">
          {one.line}:{one.column}
        </span>
      ),
    },
    { key: "message", header: text.message, cell: (one) => one.message },
    { key: "excerpt", header: text.excerpt, cell: (one) => <Excerpt fault={one} lines={lines} /> },
  ];
  return (
    <>
      <Callout tone="failed" title={text.faults(faults.length)}>
        {faults.length > MOST_FAULTS && <Text>{text.first(MOST_FAULTS)}</Text>}
      </Callout>
      <DataTable label={text.table} columns={columns} rows={rows} rowKey={(one) => String(one.number)} />
    </>
  );
}

function Excerpt({ fault, lines }: { fault: DocumentFault; lines: string[] }) {
  const { before, at, after } = excerptAt(lines, fault.line, fault.column);
  return (
    <span className={styles.excerpt}>
      {before}
      {at && <mark>{at}</mark>}
      {after}
    </span>
  );
}
