/** Name, description, tags and owner of a report; and taking it out of use. */
import { Alert, Button, Group, Stack, TagsInput, Text, TextInput, Textarea, Title } from "@mantine/core";
import { ErrorState, showDone } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useMay, useOwnId } from "@/features/account/api";
import { changeReport, reportKeys, reportQuery, type Report } from "./api";
import { reportMessages } from "./messages";
import styles from "./reports.module.css";
import { useReportActions } from "./useReportActions";

const route = getRouteApi("/_app/reports/$reportId");
const text = reportMessages.settings;
const form = reportMessages.form;

export function ReportSettings() {
  const { reportId } = route.useParams();
  const { data } = useSuspenseQuery(reportQuery(reportId));
  const { archive, restore } = useReportActions();
  const mayArchive = useMay("reports:archive");
  const report = data.body;
  return (
    <Stack gap="xl" className={styles.form}>
      <section>
        <Title order={3} pb="sm">
          {text.title}
        </Title>
        <SettingsForm report={report} etag={data.etag} />
      </section>
      {mayArchive && (
        <section className={styles.notice}>
          <div>
            <Text fw={600}>{text.archiveTitle}</Text>
            <Text c="dimmed">{text.archiveText}</Text>
          </div>
          {report.archived_at ? (
            <Button variant="default" onClick={() => void restore(report)}>
              {reportMessages.restore}
            </Button>
          ) : (
            <Button variant="default" onClick={() => void archive(report)}>
              {reportMessages.archive}
            </Button>
          )}
        </section>
      )}
    </Stack>
  );
}

function valuesOf(report: Report) {
  const { name, description, tags, owner_id } = report;
  return { name, description, tags, owner_id };
}

function SettingsForm({ report, etag }: { report: Report; etag: string | null }) {
  const queries = useQueryClient();
  const mayWrite = useMay("reports:write");
  const ownId = useOwnId();
  const [values, setValues] = useState(() => valuesOf(report));
  const change = (part: Partial<typeof values>) => setValues({ ...values, ...part });
  const save = useMutation({
    mutationFn: (tag: string | null) => changeReport(report.id, values, tag),
    onSuccess: () => {
      showDone(form.saved);
      return queries.invalidateQueries({ queryKey: reportKeys.all });
    },
  });
  const isConflict = isProblem(save.error) && save.error.status === 412;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (values.name.trim()) save.mutate(etag);
  }

  async function loadTheirs() {
    save.reset();
    const stored = await queries.fetchQuery({ ...reportQuery(report.id), staleTime: 0 });
    setValues(valuesOf(stored.body));
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {!mayWrite && <Alert>{text.mayNotWrite}</Alert>}
        <TextInput
          label={form.name}
          required
          readOnly={!mayWrite}
          maxLength={200}
          value={values.name}
          error={values.name.trim() ? undefined : form.nameMissing}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <Textarea
          label={form.description}
          readOnly={!mayWrite}
          autosize
          minRows={3}
          maxLength={5000}
          value={values.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
        <TagsInput
          label={form.tags}
          description={form.tagsHint}
          readOnly={!mayWrite}
          maxTags={20}
          value={values.tags}
          onChange={(tags) => change({ tags })}
        />
        <Group gap="sm" align="end">
          <TextInput
            label={form.owner}
            readOnly
            value={ownerName(report, values.owner_id, ownId) ?? form.noOwner}
          />
          {mayWrite && values.owner_id !== ownId && (
            <Button variant="default" onClick={() => change({ owner_id: ownId })}>
              {form.takeOver}
            </Button>
          )}
        </Group>
        {isConflict ? (
          <Alert color="yellow" title={text.conflictTitle} role="alert">
            <Stack gap="sm">
              {text.conflict}
              <Group gap="sm">
                <Button variant="default" onClick={() => void loadTheirs()}>
                  {text.loadTheirs}
                </Button>
                <Button onClick={() => save.mutate(isProblem(save.error) ? save.error.etag : null)}>
                  {text.saveMine}
                </Button>
              </Group>
            </Stack>
          </Alert>
        ) : (
          save.isError && <ErrorState error={save.error} />
        )}
        {mayWrite && (
          <Group>
            <Button type="submit" loading={save.isPending}>
              {form.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

/** The name behind an id, as far as this page knows it. */
function ownerName(report: Report, ownerId: string | null, ownId: string | null): string | null {
  if (ownerId === report.owner_id) return report.owner_name;
  return ownerId === ownId ? reportMessages.settings.you : ownerId;
}
