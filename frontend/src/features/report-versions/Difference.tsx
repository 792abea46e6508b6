/** What differs between two documents of a report, in its own words. */
import { Stack, Text, Title } from "@mantine/core";
import { Callout, StatusBadge, type StatusTone } from "@openreg/ui";
import type { Schema } from "@/api/types";
import type { Diff, PartChange } from "./api";
import { foldLines, settingName, valueText } from "./diffText";
import styles from "./difference.module.css";
import { versionMessages } from "./messages";

const text = versionMessages.compare;
const PARTS = [
  "fields",
  "rules",
  "eligibility",
  "inputs",
  "parameters",
  "outputs",
  "envelope",
  "settings",
] as const;
type Kind = Schema<"ChangeKind">;

const TONES: Record<Kind, StatusTone> = {
  added: "success",
  removed: "failed",
  changed: "warning",
  reformatted: "neutral",
  moved: "neutral",
};

export function Difference({ diff }: { diff: Diff }) {
  if (diff.is_empty) return <Text c="dimmed">{text.same}</Text>;
  return (
    <Stack gap="lg">
      {diff.is_formatting_only && <Callout tone="neutral" title={text.formatting} />}
      {diff.query && <QueryLines query={diff.query} title={text.sections.query} />}
      {diff.join && <QueryLines query={diff.join} title={text.sections.join} />}
      {PARTS.filter((part) => diff[part].length > 0).map((part) => (
        <Section key={part} part={part} changes={diff[part]} />
      ))}
    </Stack>
  );
}

function Section({ part, changes }: { part: (typeof PARTS)[number]; changes: PartChange[] }) {
  return (
    <section>
      <Title order={4} pb="xs">
        {text.sections[part]} <span className={styles.count}>{text.counts(changes.length)}</span>
      </Title>
      <ul className={styles.changes}>
        {changes.map((change) => (
          <li key={`${change.name} ${change.kind}`} className={styles.change}>
            <div className={styles.head}>
              <StatusBadge tone={TONES[change.kind]}>{text.kinds[change.kind]}</StatusBadge>
              <span className={part === "settings" ? undefined : "or-mono"}>{nameOf(part, change.name)}</span>
            </div>
            <Values change={change} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function nameOf(part: string, name: string): string {
  if (part === "settings") return settingName(name);
  return part === "outputs" ? text.output(name) : name;
}

function Values({ change }: { change: PartChange }) {
  if (change.kind === "moved") {
    return <Text c="dimmed">{text.moved(Number(change.before), Number(change.after))}</Text>;
  }
  return (
    <div className={styles.values}>
      {change.kind !== "added" && (
        <del className={styles.before} aria-label={text.before}>
          {valueText(change.before)}
        </del>
      )}
      {change.kind !== "removed" && (
        <ins className={styles.after} aria-label={text.after}>
          {valueText(change.after)}
        </ins>
      )}
    </div>
  );
}

function QueryLines({ query, title }: { query: NonNullable<Diff["query"]>; title: string }) {
  return (
    <section>
      <Title order={4} pb="xs">
        {title} <span className={styles.count}>{text.kinds[query.kind]}</span>
      </Title>
      {/* A region that scrolls must be reachable by the keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it */}
      <div className={styles.query} role="region" aria-label={title} tabIndex={0}>
        {foldLines(query.lines).map((line, index) =>
          line.kind === "skipped" ? (
            // Lines have no identity but their place.
            <div key={index} className={styles.skipped}>
              {text.skipped(line.count)}
            </div>
          ) : (
            <div key={index} className={styles.line} data-kind={line.kind}>
              <span className={styles.number}>{line.old_number}</span>
              <span className={styles.number}>{line.new_number}</span>
              <span aria-hidden>{line.kind === "added" ? "+" : line.kind === "removed" ? "−" : " "}</span>
              <span>
                {line.kind !== "kept" && (
                  <span className={styles.spoken}>
                    {line.kind === "added" ? text.lineAdded : text.lineRemoved}{" "}
                  </span>
                )}
                {line.text}
              </span>
            </div>
          ),
        )}
      </div>
    </section>
  );
}
