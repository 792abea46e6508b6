/** Files of a run: how large, which hash, what the regulator's schema says, and the way to get them. */
import { Button, Group, Stack, Text } from "@mantine/core";
import {
  Callout,
  CopyButton,
  DataTable,
  EmptyState,
  ErrorState,
  formatBytes,
  formatNumber,
  JsonView,
  Panel,
  showProblem,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { apiUrl, session } from "@/api/client";
import { useMay } from "@/features/account/api";
import { artifactsQuery, type Artifact } from "./api";
import { runMessages } from "./messages";

const text = runMessages.files;

const TONES: Record<string, StatusTone> = {
  valid: "success",
  invalid: "failed",
  unverified: "warning",
  not_applicable: "neutral",
};

export function RunFiles({ runId }: { runId: string }) {
  const query = useQuery(artifactsQuery(runId));
  const mayDownload = useMay("artifacts:download");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const files = query.data?.items;
  if (files?.length === 0) return <EmptyState title={text.none}>{text.noneText}</EmptyState>;
  return (
    <Stack gap="lg">
      {files?.some((file) => file.schema_check.status === "unverified") && (
        <Callout tone="warning" title={text.unverifiedTitle} fix={text.unverifiedFix} />
      )}
      <DataTable
        label={text.label}
        columns={mayDownload ? [...columns, downloadColumn] : columns}
        rows={files}
        rowKey={(file) => file.id}
      />
      {files
        ?.filter((file) => file.schema_check.errors.length > 0)
        .map((file) => (
          <Panel key={file.id} title={`${text.errors}: ${file.name}`}>
            <JsonView value={file.schema_check.errors} label={text.errors} />
          </Panel>
        ))}
    </Stack>
  );
}

const columns: Column<Artifact>[] = [
  { key: "name", header: text.name, cell: (file) => <span className="or-mono">{file.name}</span> },
  {
    key: "schema",
    header: text.schema,
    cell: (file) => (
      <StatusBadge tone={TONES[file.schema_check.status] ?? "neutral"}>
        {runMessages.schemaName(file.schema_check.status)}
      </StatusBadge>
    ),
  },
  { key: "records", header: text.records, isNumber: true, cell: (file) => formatNumber(file.records) },
  {
    key: "size",
    header: text.size,
    isNumber: true,
    cell: (file) => (
      <>
        {formatBytes(file.size_bytes)}
        {file.content_size_bytes !== file.size_bytes && (
          <Text size="xs" c="dimmed">
            {text.content(formatBytes(file.content_size_bytes))}
          </Text>
        )}
      </>
    ),
  },
  {
    key: "sha",
    header: text.sha,
    cell: (file) => (
      <Group gap={2} wrap="nowrap">
        <span className="or-mono" title={file.sha256}>
          {file.sha256.slice(0, 12)}…
        </span>
        <CopyButton value={file.sha256} label={text.copySha} />
      </Group>
    ),
  },
];

const downloadColumn: Column<Artifact> = {
  key: "download",
  header: text.download,
  cell: (file) => <Download file={file} />,
};

function Download({ file }: { file: Artifact }) {
  const get = useMutation({
    mutationFn: () => download(session.fetch, `${apiUrl}/api/v1/artifacts/${file.id}/content`, file.name),
    onError: showProblem,
  });
  return (
    <Button
      variant="default"
      aria-label={text.downloadOf(file.name)}
      leftSection={<IconDownload size={14} aria-hidden />}
      loading={get.isPending}
      onClick={() => get.mutate()}
    >
      {text.download}
    </Button>
  );
}
