/** What a destination is told, how it is served, and how it has done. */
import { Text } from "@mantine/core";
import { AppLink, Callout, CopyButton, Fact, Facts, formatList, Moment, Panel } from "@openreg/ui";
import { formMessages } from "@/forms/messages";
import { useMay } from "@/features/account/api";
import type { Destination } from "./api";
import styles from "./destinations.module.css";
import { HOST_KEY, kindOf, KINDS } from "./kinds";
import { destinationMessages as text } from "./messages";
import { draftOf, waitsOf } from "./policyDraft";
import { WaitingCount } from "./WaitingCount";

export function DestinationFacts({ destination }: { destination: Destination }) {
  const { facts } = text;
  return (
    <Facts>
      <Fact name={text.columns.kind}>{text.kindName(destination.kind)}</Fact>
      <Fact name={facts.last}>
        {destination.last_delivered_at ? <Moment at={destination.last_delivered_at} /> : text.never}
      </Fact>
      <Fact name={facts.week}>
        {facts.weekOf(destination.delivered_recently ?? 0, destination.failed_recently ?? 0)}
      </Fact>
      <Fact name={facts.waiting}>
        <WaitingCount destination={destination} />
      </Fact>
      <Fact name={facts.created}>
        <Moment at={destination.created_at} />
      </Fact>
      <Fact name={facts.changed}>
        <Moment at={destination.updated_at} />
      </Fact>
    </Facts>
  );
}

export function PlacePanel({ destination }: { destination: Destination }) {
  const kind = kindOf(destination.kind);
  const { first } = KINDS[kind];
  const names = Object.keys(destination.settings).filter((name) => name !== HOST_KEY);
  const ordered = [
    ...first.filter((name) => names.includes(name)),
    ...names.filter((name) => !first.includes(name)),
  ];
  const hostKey = destination.settings[HOST_KEY];
  return (
    <Panel title={text.overview.settings}>
      <Facts>
        {ordered.map((name) => (
          <Fact key={name} name={text.form.settings[name] ?? name}>
            <Setting name={name} value={destination.settings[name]} />
          </Fact>
        ))}
        {kind === "sftp" && (
          <Fact name={text.facts.hostKey}>
            {typeof hostKey === "string" ? (
              <>
                <span className={`or-mono ${styles.value}`}>{hostKey}</span>
                <CopyButton value={hostKey} label={text.facts.hostKey} />
              </>
            ) : (
              text.facts.notConfirmed
            )}
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}

function Setting({ name, value }: { name: string; value: unknown }) {
  if (typeof value === "boolean") return value ? text.facts.yes : text.facts.no;
  if (name === "ca_certificate") return text.facts.given;
  if (name === "security") return formMessages.option(String(value));
  const shown = Array.isArray(value) ? formatList(value.map(String)) : String(value ?? "");
  return <span className={`or-mono ${styles.value}`}>{shown}</span>;
}

export function PolicyPanel({ destination }: { destination: Destination }) {
  const draft = draftOf(destination.policy);
  const { policy } = text;
  const pace = [
    policy.atOnce(draft.max_transfers ?? 1),
    ...(draft.kilobytes_per_second === null ? [] : [policy.speed(draft.kilobytes_per_second)]),
    ...(draft.files_per_minute === null ? [] : [policy.perMinute(draft.files_per_minute)]),
  ];
  const along = [
    ...(draft.checksum_file ? [policy.checksum] : []),
    ...(draft.control_file ? [`${policy.control} (${draft.control_file.name})`] : []),
  ];
  return (
    <Panel title={text.overview.policy}>
      <Facts>
        <Fact name={policy.retried}>{policy.summary(waitsOf(draft), draft.deadline_minutes)}</Fact>
        <Fact name={policy.paced}>{formatList(pace)}</Fact>
        <Fact name={policy.companions}>{along.length === 0 ? policy.nothing : formatList(along)}</Fact>
      </Facts>
    </Panel>
  );
}

/** Where the recipient answers, and how looking there goes. */
export function AnswersPanel({ destination }: { destination: Destination }) {
  const { answers } = text;
  const maySee = useMay("feedback:read");
  const { response_folder: folder, look_error: error, next_look_at: next } = destination;
  if (folder === null) {
    return (
      <Panel title={answers.title}>
        <Text c="dimmed">{answers.none}</Text>
      </Panel>
    );
  }
  const isAway = destination.is_paused || destination.archived_at !== null;
  return (
    <Panel
      title={answers.title}
      aside={
        maySee && (
          <AppLink to="/feedback" search={{}} size="sm">
            {answers.toFeedback}
          </AppLink>
        )
      }
    >
      {error && (
        <Callout tone="failed" title={answers.failing} fix={error.fix}>
          {error.message} {answers.failedTimes(destination.failed_looks ?? 1)}
        </Callout>
      )}
      <Facts>
        <Fact name={answers.folder}>
          <span className={`or-mono ${styles.value}`}>{folder}</span>
        </Fact>
        <Fact name={answers.next}>
          {isAway ? answers.notWhile : next ? <Moment at={next} /> : answers.atOnce}
        </Fact>
      </Facts>
    </Panel>
  );
}
