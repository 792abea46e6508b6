/** The way of a record as steps below one another. */
import { Text } from "@mantine/core";
import { AppLink } from "@openreg/ui";
import {
  IconAlertTriangle,
  IconArrowsSplit2,
  IconDatabase,
  IconFileText,
  IconInbox,
  IconMathFunction,
  IconPencil,
  IconRepeat,
} from "@tabler/icons-react";
import { ExceptionState } from "@/features/exceptions/ExceptionState";
import { Change, RecordValue } from "@/features/exceptions/RecordValue";
import { RunState } from "@/features/runs/RunState";
import { OfficialRules } from "@/features/official-texts/OfficialRules";
import type { FieldValue, FilePlace, Lineage, Supplement } from "./api";
import type { Shown } from "./involved";
import styles from "./lineage.module.css";
import { lineageMessages as text } from "./messages";
import { PathStep, PathSteps } from "./PathSteps";

export function LineagePath({ lineage, shown }: { lineage: Lineage; shown: Shown }) {
  const { exception, parent: origin, later: supplements } = lineage;
  const { findings = [], changes: amendments = [] } = exception ?? {};
  const { files } = lineage.reporting;
  return (
    <PathSteps label={text.pathLabel}>
      {origin && (
        <PathStep title={text.origin} icon={IconArrowsSplit2}>
          <RecordLink runId={origin.run_id} rowNumber={origin.row_number} />
        </PathStep>
      )}
      <PathStep title={text.source(lineage.row_number)} icon={IconDatabase}>
        <dl className={styles.values}>
          {shown.source.map((one) => (
            <div key={one.column}>
              <dt className="or-mono">{one.column}</dt>
              <dd>
                <RecordValue value={one.value} isMasked={one.is_masked} />
              </dd>
            </div>
          ))}
        </dl>
      </PathStep>
      <PathStep title={text.fields} icon={IconMathFunction}>
        {shown.fields.map((one) => (
          <Field key={one.column} field={one} />
        ))}
      </PathStep>
      <PathStep
        title={findings.length === 0 ? text.noFinding : text.findings(findings.length)}
        icon={IconAlertTriangle}
        tone={findings.length === 0 ? "success" : "failed"}
      >
        {findings.map((one) => (
          <div key={`${one.rule_id} ${one.message}`}>
            <Text>
              <span className="or-mono">{one.rule_id}</span> {one.message}
            </Text>
            {one.official.length > 0 && <OfficialRules rules={one.official} />}
          </div>
        ))}
      </PathStep>
      {exception && (
        <PathStep
          title={text.exception}
          icon={IconInbox}
          tone="warning"
          meta={<ExceptionState state={exception.state} />}
        >
          <AppLink to="/exceptions/$exceptionId" params={{ exceptionId: exception.id }}>
            {text.openException}
          </AppLink>
        </PathStep>
      )}
      {amendments.length > 0 && (
        <PathStep title={text.amendments(amendments.length)} icon={IconPencil} tone="running">
          {amendments.map((one) => (
            <div key={one.id}>
              <span className="or-mono">{one.column}</span>{" "}
              <Change before={one.old} after={one.new} isMasked={one.is_masked} />
              <Text size="sm" c="dimmed">
                {one.reason}
              </Text>
            </div>
          ))}
        </PathStep>
      )}
      {files.length > 0 && <Files places={files} runId={lineage.run_id} />}
      {supplements.map((one) => (
        <SupplementSteps key={`${one.run_id} ${String(one.row_number)}`} supplement={one} />
      ))}
      {files.length === 0 && supplements.every((one) => one.files.length === 0) && (
        <PathStep title={text.noFile} icon={IconFileText}>
          <Text c="dimmed">{text.noFileText}</Text>
        </PathStep>
      )}
    </PathSteps>
  );
}

function Field({ field }: { field: FieldValue }) {
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <span className="or-mono">{field.column}</span>
        {field.field_name && (
          <Text span size="xs" c="dimmed">
            {field.field_number} {field.field_name}
          </Text>
        )}
        <span>
          <span aria-hidden>= </span>
          <RecordValue value={field.value} isMasked={field.is_masked} />
        </span>
      </div>
      <code className={styles.expression}>{field.expression}</code>
      {field.xpath && (
        <Text size="xs" c="dimmed" className={styles.place}>
          {text.place}: <span className="or-mono">{field.xpath}</span>
        </Text>
      )}
    </div>
  );
}

/** A supplemental run that took the record, and where it stands in its files. */
function SupplementSteps({ supplement }: { supplement: Supplement }) {
  return (
    <>
      <PathStep
        title={supplement.is_cancellation ? text.cancellation : text.supplemental}
        icon={IconRepeat}
        tone="running"
        meta={<RunState state={supplement.run_state} />}
      >
        <AppLink to="/runs/$runId" params={{ runId: supplement.run_id }}>
          {text.runNamed(supplement.run_id.slice(-12))}
        </AppLink>
        {", "}
        <RecordLink runId={supplement.run_id} rowNumber={supplement.row_number} />
        {supplement.is_reported === false && (
          <Text>
            {text.again} <span className="or-mono">{supplement.rule_ids.join(", ")}</span>
          </Text>
        )}
      </PathStep>
      {supplement.files.length > 0 && <Files places={supplement.files} runId={supplement.run_id} />}
    </>
  );
}

function RecordLink({ runId, rowNumber }: { runId: string; rowNumber: number }) {
  return (
    <AppLink to="/runs/$runId/records/$rowNumber" params={{ runId, rowNumber: String(rowNumber) }}>
      {text.row(rowNumber)}
    </AppLink>
  );
}

function Files({ places, runId }: { places: FilePlace[]; runId: string }) {
  return (
    <PathStep title={text.file(places.length)} icon={IconFileText} tone="success">
      {places.map((one) => (
        <div key={one.artifact_id}>
          <AppLink to="/runs/$runId" params={{ runId }} search={{ tab: "files" }} className="or-mono">
            {one.name}
          </AppLink>{" "}
          <Text span c="dimmed">
            {text.filePlace(one.position)}
          </Text>
        </div>
      ))}
    </PathStep>
  );
}
