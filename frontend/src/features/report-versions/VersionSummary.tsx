/** What a version does, in a few facts. */
import { Fact, Facts } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { connectorQuery } from "@/features/report-editor/api";
import { readDocument } from "@/features/report-editor/document";
import { editorMessages } from "@/features/report-editor/messages";
import { useMay } from "@/features/account/api";
import type { Version } from "./api";
import { versionMessages } from "./messages";

const text = versionMessages.summary;

export function VersionSummary({ version }: { version: Version }) {
  const document = readDocument(version.document);
  const mayRead = useMay("connectors:read");
  const connectorId = document.source.connector_id;
  const connector = useQuery({
    ...connectorQuery(connectorId ?? ""),
    enabled: mayRead && Boolean(connectorId),
  });
  const policies = editorMessages.output;
  return (
    <Facts>
      <Fact name={text.connector}>{connector.data?.name ?? versionMessages.none}</Fact>
      <Fact name={text.fields}>{text.fieldCount(Object.keys(document.fields).length)}</Fact>
      <Fact name={text.rules}>{text.ruleCount(document.rules.length)}</Fact>
      <Fact name={text.outputs}>
        {document.outputs.map((output) => policies.formats[output.format]).join(", ") || versionMessages.none}
      </Fact>
      <Fact name={text.onEmpty}>{policies.onEmpty[document.on_empty].label}</Fact>
      <Fact name={text.onPartial}>{policies.onPartial[document.on_partial].label}</Fact>
    </Facts>
  );
}
