/** The editor: its steps, what is saved, and what the check says of all of it. */
import { Button, Group } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { AppLink, ConfirmDialog, PageHeader } from "@openreg/ui";
import { IconFlask } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useBlocker } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import { session } from "@/api/client";
import { useOwnId } from "@/features/account/api";
import { packQuery, type Report } from "@/features/reports/api";
import { checkQuery } from "./api";
import { ConflictDialog } from "./ConflictDialog";
import { toJson, type ReportDocument } from "./document";
import type { DraftKeeper, StoredDraft } from "./draftKeeper";
import styles from "./editor.module.css";
import { EditorContext, type Editor } from "./EditorContext";
import { EligibilityStep } from "./EligibilityStep";
import { FieldsStep } from "./FieldsStep";
import { editorMessages as text } from "./messages";
import { OutputStep } from "./OutputStep";
import { countByStep } from "./places";
import { lastWorkingDay } from "./reportingDate";
import { ReviewStep } from "./ReviewStep";
import { RulesStep } from "./RulesStep";
import { SaveStateLine } from "./SaveStateLine";
import { SourceStep } from "./SourceStep";
import { editorSteps, type EditorStep } from "./steps";
import { useDraft } from "./useDraft";

const route = getRouteApi("/_app/reports/$reportId_/edit");
const DryRunPanel = lazy(() => import("./DryRunPanel"));
const CHECK_MS = 700;
const STEPS: Record<EditorStep, () => ReactNode> = {
  source: SourceStep,
  eligibility: EligibilityStep,
  fields: FieldsStep,
  rules: RulesStep,
  output: OutputStep,
  review: ReviewStep,
};

interface ReportEditorProps {
  report: Report;
  stored: StoredDraft;
  document?: ReportDocument | undefined;
}

export function ReportEditor({ report, stored, document: typed }: ReportEditorProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const userId = useOwnId();
  const [keeper, snapshot] = useDraft({ reportId: report.id, userId, stored, document: typed });
  const { document } = snapshot;
  const [settled] = useDebouncedValue(document, CHECK_MS);
  const json = useMemo(() => toJson(settled), [settled]);
  const check = useQuery(checkQuery(json));
  const pack = useQuery({ ...packQuery(document.pack ?? ""), enabled: document.pack !== null });
  const [isTrying, trial] = useDisclosure(false);
  const step = search.step ?? "source";
  const Step = STEPS[step];
  const change: Editor["change"] = (changes) => {
    const now = keeper.read().document;
    keeper.change({ ...now, ...(typeof changes === "function" ? changes(now) : changes) });
  };
  const editor: Editor = {
    reportId: report.id,
    slug: report.slug,
    keeper,
    document,
    change,
    changeSource: (changes) => change((now) => ({ source: { ...now.source, ...changes } })),
    check: check.data,
    isChecking: check.isFetching || settled !== document,
    pack: document.pack === null ? undefined : pack.data,
    reportingDate: search.date ?? lastWorkingDay(new Date()),
    setReportingDate: (date) =>
      void navigate({ search: (previous) => ({ ...previous, date }), replace: true }),
  };

  return (
    <EditorContext value={editor}>
      <AppLink to="/reports/$reportId" params={{ reportId: report.id }} size="sm">
        {text.back}
      </AppLink>
      <PageHeader
        title={text.title(report.name)}
        meta={<SaveStateLine keeper={keeper} snapshot={snapshot} />}
        actions={
          <Button variant="default" leftSection={<IconFlask size={14} aria-hidden />} onClick={trial.open}>
            {text.dryRun.open}
          </Button>
        }
      />
      <Steps counts={countByStep(check.data?.faults ?? [])} current={step} />
      <Step />
      <Neighbours current={step} />
      <ConflictDialog keeper={keeper} snapshot={snapshot} reportId={report.id} />
      <Suspense>{isTrying && <DryRunPanel onClose={trial.close} />}</Suspense>
      <LeaveGuard keeper={keeper} />
    </EditorContext>
  );
}

function Steps({ counts, current }: { counts: Partial<Record<EditorStep, number>>; current: EditorStep }) {
  return (
    <nav aria-label={text.stepsLabel}>
      <ol className={styles.steps}>
        {editorSteps.map((step, index) => (
          <li key={step}>
            <Link
              from="/reports/$reportId/edit"
              to="."
              search={(previous) => ({ ...previous, step })}
              className={styles.step}
              aria-current={step === current ? "step" : undefined}
            >
              <span className={styles.stepNumber} aria-hidden>
                {index + 1}
              </span>
              {text.steps[step]}
              {counts[step] !== undefined && (
                <span className={styles.problemCount}>{text.problems(counts[step])}</span>
              )}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Neighbours({ current }: { current: EditorStep }) {
  const navigate = route.useNavigate();
  const index = editorSteps.indexOf(current);
  const go = (step: EditorStep | undefined) =>
    step && void navigate({ search: (previous) => ({ ...previous, step }) });
  return (
    <Group justify="space-between" pt="xl">
      <Button variant="default" disabled={index === 0} onClick={() => go(editorSteps[index - 1])}>
        {text.previous}
      </Button>
      {index < editorSteps.length - 1 && (
        <Button onClick={() => go(editorSteps[index + 1])}>{text.next}</Button>
      )}
    </Group>
  );
}

/** Leaving saves first; only what cannot be saved is asked about. */
function LeaveGuard({ keeper }: { keeper: DraftKeeper }) {
  const [editorPath] = useState(() => window.location.pathname);
  const blocker = useBlocker({
    shouldBlockFn: async ({ next }) => {
      // A session that ended keeps the text by itself, and must reach the page for signing in.
      if (session.state !== "signed_in" || next.pathname === editorPath) return false;
      return keeper.isUnsaved && !(await keeper.flush());
    },
    enableBeforeUnload: () => keeper.isUnsaved,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      isOpen={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      title={text.leave.title}
      action={text.leave.action}
      isDangerous
      onConfirm={() => {
        keeper.close();
        blocker.proceed?.();
        return Promise.resolve();
      }}
    >
      {text.leave.effect}
    </ConfirmDialog>
  );
}
