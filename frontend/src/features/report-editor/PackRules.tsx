/** The rules that come with the regulation pack, to read. */
import { Stack, Text, TextInput, Title } from "@mantine/core";
import { DataTable, type Column } from "@openreg/ui";
import { useState } from "react";
import type { Pack } from "./api";
import { Unverified } from "./FieldPanel";
import { editorMessages } from "./messages";
import { RuleSeverity } from "./RuleSeverity";

const text = editorMessages.rules;
const HEIGHT = 420;
type PackRule = Pack["rules"][number];

const columns: Column<PackRule>[] = [
  { key: "id", header: text.id, cell: (rule) => <span className="or-mono">{rule.id}</span> },
  { key: "title", header: text.ruleTitle, cell: (rule) => rule.title },
  { key: "severity", header: text.severity, cell: (rule) => <RuleSeverity severity={rule.severity} /> },
  { key: "fields", header: editorMessages.fields.list, cell: (rule) => rule.fields.join(", ") },
  {
    key: "citation",
    header: text.citation,
    cell: (rule) => (
      <>
        {rule.citation}
        {rule.source !== "verified" && <Unverified />}
      </>
    ),
  },
];

export function PackRules({ pack }: { pack: Pack }) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const shown = pack.rules.filter((rule) =>
    [rule.id, rule.title, rule.message, rule.citation ?? ""].some((one) =>
      one.toLowerCase().includes(wanted),
    ),
  );
  return (
    <Stack gap="sm" component="section">
      <div>
        <Title order={3}>{text.pack(pack.title)}</Title>
        <Text c="dimmed">{text.packHint}</Text>
      </div>
      <TextInput
        maw={320}
        aria-label={text.packSearch}
        placeholder={text.packSearch}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <DataTable
        label={text.pack(pack.title)}
        rows={shown}
        rowKey={(rule) => rule.id}
        columns={columns}
        virtualHeight={HEIGHT}
      />
    </Stack>
  );
}
