/** Name, description, tags and owner of a report; and taking it out of use. */
import { Button, Group, Stack, TagsInput, TextInput, Textarea } from "@mantine/core";
import { Callout, ErrorState, Section, showDone } from "@openreg/ui";
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
      <Section title={text.title}>
        <SettingsForm report={report} etag={data.etag} />
      </Section>
      {mayArchive && (
        <Callout
          tone="neutral"
          title={text.archiveTitle}
          fix={text.archiveText}
          actions={
            <Button variant="default" onClick={() => void (report.archived_at ? restore : archive)(report)}>
              {report.archived_at ? reportMessages.restore : reportMessages.archive}
            </Button>
          }
        />
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
        {!mayWrite && <Callout tone="neutral" title={text.mayNotWrite} />}
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
          <Callout
            tone="warning"
            role="alert"
            title={text.conflictTitle}
            fix={text.conflict}
            actions={
              <>
                <Button variant="default" onClick={() => void loadTheirs()}>
                  {text.loadTheirs}
                </Button>
                <Button onClick={() => save.mutate(isProblem(save.error) ? save.error.etag : null)}>
                  {text.saveMine}
                </Button>
              </>
            }
          />
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
