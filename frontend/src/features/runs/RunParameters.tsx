/** What a run was given and what produced it: enough to make the same file again. */
import { Stack, Table, Text } from "@mantine/core";
import { AppLink, CopyId, Fact, Facts, formatBytes, Panel } from "@openreg/ui";
import type { RunDetail } from "./api";
import { runMessages } from "./messages";

const text = runMessages.parameters;

export function RunParameters({ run }: { run: RunDetail }) {
  const parameters = Object.entries(run.parameters);
  return (
    <Stack gap="lg">
      <Panel title={text.title}>
        {parameters.length === 0 ? (
          <Text c="dimmed">{text.none}</Text>
        ) : (
          <Table aria-label={text.title}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{text.name}</Table.Th>
                <Table.Th scope="col">{text.value}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {parameters.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" className="or-mono" fw={400}>
                    {name}
                  </Table.Th>
                  <Table.Td className="or-mono">{value === null ? text.empty : String(value)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Panel>
      <Panel title={text.versions}>
        <Facts>
          <Fact name={runMessages.detail.report}>
            <AppLink to="/reports/$reportId" params={{ reportId: run.report_id }}>
              {run.report_name}
            </AppLink>
          </Fact>
          <Fact name={runMessages.detail.version}>{run.version}</Fact>
          <Fact name={text.reportId}>
            <CopyId id={run.report_id} label={text.reportId} />
          </Fact>
          <Fact name={text.versionId}>
            <CopyId id={run.report_version_id} label={text.versionId} />
          </Fact>
          <Fact name={runMessages.detail.memory}>
            {run.peak_rss_bytes > 0 ? formatBytes(run.peak_rss_bytes) : text.empty}
          </Fact>
          <Fact name={text.input}>
            {run.input_sha256 ? <span className="or-mono">{run.input_sha256}</span> : text.noInput}
          </Fact>
        </Facts>
      </Panel>
    </Stack>
  );
}
