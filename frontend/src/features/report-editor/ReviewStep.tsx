/** Everything that stands against the document, what it changes, and the way to its approval. */
import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { AppLink, Callout, ConfirmDialog, JsonView, Section } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Difference } from "@/features/report-versions/Difference";
import { discardDraft, draftComparisonQuery } from "./api";
import { toJson } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { faultText, placeOf } from "./places";
import { SubmitForm } from "./SubmitForm";

const text = editorMessages.review;

export function ReviewStep() {
  const { document } = useEditor();
  const [isShown, setIsShown] = useState(false);
  return (
    <Stack gap="xl">
      <Problems />
      <Changes />
      <div className={styles.form}>
        <Section title={text.submit}>
          <SubmitForm />
        </Section>
      </div>
      <Stack gap="sm" component="section">
        <Group gap="sm">
          <Button variant="default" aria-expanded={isShown} onClick={() => setIsShown(!isShown)}>
            {isShown ? text.hideJson : text.showJson}
          </Button>
          <Discard />
        </Group>
        {isShown && <JsonView value={toJson(document)} label={text.json} />}
      </Stack>
    </Stack>
  );
}

function Problems() {
  const { reportId, check, isChecking } = useEditor();
  const faults = check?.faults ?? [];
  const missing = check?.mandatory_missing ?? [];
  return (
    <Section title={text.problems} meta={isChecking && <Loader size="xs" aria-label={text.checking} />}>
      <Stack gap="sm" aria-live="polite">
        {check?.ok && <Callout tone="success" title={text.ok} />}
        {faults.length > 0 && (
          <ul className={styles.plain}>
            {faults.map((fault) => {
              const place = placeOf(fault.pointer);
              return (
                <li key={`${fault.pointer} ${fault.detail}`} className={styles.problem}>
                  <AppLink
                    to="/reports/$reportId/edit"
                    params={{ reportId }}
                    search={{ step: place.step, field: place.field }}
                  >
                    {place.label}
                  </AppLink>
                  <Text>{faultText(fault)}</Text>
                </li>
              );
            })}
          </ul>
        )}
        {check?.notices.map((notice) => (
          <Callout key={notice.detail} tone="warning" title={notice.detail} />
        ))}
        {missing.length > 0 && (
          <Callout tone="warning" title={text.missing(missing.length)} fix={text.missingHint}>
            <Group gap="md">
              {missing.map((field) => (
                <AppLink
                  key={field.number}
                  to="/reports/$reportId/edit"
                  params={{ reportId }}
                  search={{ step: "fields", field: field.columns[0] }}
                >
                  {field.number} {field.name}
                </AppLink>
              ))}
            </Group>
          </Callout>
        )}
      </Stack>
    </Section>
  );
}

/** Compares what is saved: it asks again whenever the draft was. */
function Changes() {
  const { reportId, keeper } = useEditor();
  const { etag } = keeper.read().stored;
  const query = useQuery({ ...draftComparisonQuery(reportId, etag), enabled: etag !== null });
  if (!query.data) return null;
  return (
    <Section title={text.changes}>
      {query.data.before ? <Difference diff={query.data.diff} /> : <Text c="dimmed">{text.changesNone}</Text>}
    </Section>
  );
}

function Discard() {
  const { reportId, keeper } = useEditor();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const { etag } = keeper.read().stored;
  if (etag === null) return null;
  return (
    <>
      <Button variant="default" onClick={() => setIsAsking(true)}>
        {text.discard}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.discardTitle}
        action={text.discard}
        isDangerous
        onConfirm={async () => {
          await discardDraft(reportId, keeper.read().stored.etag);
          keeper.finish();
          await navigate({ to: "/reports/$reportId", params: { reportId } });
        }}
      >
        {text.discardEffect}
      </ConfirmDialog>
    </>
  );
}
